"""AlterIndexTogether (up to Django 5.0): the indexes are built concurrently."""

from __future__ import annotations

from migsafe.model.operations import CreateIndex, DropIndex
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_task import Task, stepwise

COVERS = (CreateIndex, DropIndex)


def write(task: Task) -> tuple[Draft, ...]:
    return stepwise(task)
