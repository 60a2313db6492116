"""DeleteModel: the application forgets the model in one release, the database drops the table in the next."""

from __future__ import annotations

from migsafe.model.operations import DropTable, RenameRelation
from migsafe.plans.writers.django_files import Part
from migsafe.plans.writers.django_tables import without_table
from migsafe.plans.writers.django_task import Task

COVERS = (DropTable, RenameRelation)


def write(task: Task) -> tuple[Part, ...]:
    return without_table(task)
