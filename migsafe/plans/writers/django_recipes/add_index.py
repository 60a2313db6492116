"""AddIndex: AddIndexConcurrently has the same arguments."""

from __future__ import annotations

from migsafe.model.operations import CreateIndex
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_task import Task, stepwise

COVERS = (CreateIndex,)


def write(task: Task) -> tuple[Draft, ...]:
    if task.call.name != "AddIndex":  # of a library or of the project
        return stepwise(task)
    return (Draft(entries=(task.call.to("AddIndexConcurrently").source,), atomic=False),)
