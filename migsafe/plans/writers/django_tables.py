"""A table that goes: the application forgets it in one release, the database drops it in the next."""

from __future__ import annotations

from migsafe.model.findings import Slot
from migsafe.model.operations import DropTable
from migsafe.plans.writers.django_entries import accepted, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part
from migsafe.plans.writers.django_sql import Sql
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.sql_statements import Unwritable, statement


def without_table(task: Task) -> tuple[Part, ...]:
    """The migrations. Raises Unwritable when the operation drops no table."""
    drops = tuple(task.operations(DropTable))
    if not drops or not task.written.text:
        raise Unwritable(task.written.operation)
    statements = [statement(drop.replace(cascade=False)) for drop in drops]
    back = "; ".join(task.written.back)
    drop = run_sql(Sql(sql="; ".join(statements), reverse=back or None))
    reason = "no release uses the table any more, and its rows are archived"
    return (
        Draft(entries=(separate((), (task.written.text,)),), slot=Slot.DEPLOY),
        Note("Archive the table, if its rows may be needed.", Slot.CLEANUP),
        Draft(
            entries=(accepted(drop, "MS402", reason),),
            word="drop",
            slot=Slot.CLEANUP,
        ),
    )
