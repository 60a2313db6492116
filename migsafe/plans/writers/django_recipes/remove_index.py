"""RemoveIndex: RemoveIndexConcurrently has the same arguments."""

from __future__ import annotations

from migsafe.model.operations import DropIndex
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_task import Task, stepwise

COVERS = (DropIndex,)


def write(task: Task) -> tuple[Draft, ...]:
    if task.call.name != "RemoveIndex":
        return stepwise(task)
    return (Draft(entries=(task.call.to("RemoveIndexConcurrently").source,), atomic=False),)
