"""AlterUniqueTogether: each constraint is made of an index that is built before."""

from __future__ import annotations

from migsafe.model.operations import AddUnique, DropConstraint
from migsafe.plans.writers.django_files import Note, Part
from migsafe.plans.writers.django_task import Task, drafts_of
from migsafe.plans.writers.sql_statements import Unwritable

COVERS = (AddUnique, DropConstraint)


def write(task: Task) -> tuple[Part, ...]:
    """The new ones first: until then the old ones guard the rows."""
    if not task.written.text:
        raise Unwritable(task.written.operation)
    gone = [each.name for each in task.operations(DropConstraint)]
    added = [one for one in task.safe if not isinstance(one.operation, DropConstraint)]
    dropped = [one for one in task.safe if isinstance(one.operation, DropConstraint)]
    notes = (Note(f"Release an application that does not rely on {', '.join(gone)}."),) if gone else ()
    return (*notes, *drafts_of((*added, *dropped), task.written.text))
