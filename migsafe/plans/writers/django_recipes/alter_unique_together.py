"""AlterUniqueTogether: each constraint is made of an index that is built before."""

from __future__ import annotations

from migsafe.model.operations import AddUnique
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_task import Task, stepwise

COVERS = (AddUnique,)


def write(task: Task) -> tuple[Draft, ...]:
    return stepwise(task)
