"""AlterModelTable: a view under the old name, as long as the running release uses it."""

from __future__ import annotations

from migsafe.model.operations import RenameColumn, RenameRelation
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_tables import under_both_names
from migsafe.plans.writers.django_task import Task

COVERS = (RenameColumn, RenameRelation)
CODES = ("MS501",)


def write(task: Task) -> tuple[Draft, ...]:
    return under_both_names(task)
