"""AlterModelTable: a view under the old name, as long as the running release uses it."""

from __future__ import annotations

from migsafe.model.findings import Slot
from migsafe.model.operations import CreateView, DropView, RenameRelation
from migsafe.plans.writers.django_entries import accepted, run_sql
from migsafe.plans.writers.django_files import Draft
from migsafe.plans.writers.django_sql import Sql, sql_of
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.sql_statements import Unwritable, statement

COVERS = (RenameRelation,)


def write(task: Task) -> tuple[Draft, ...]:
    views = tuple(task.proposed(CreateView))
    if len(views) != 1 or not task.written.text:
        raise Unwritable(task.written.operation)
    drop = Sql(sql=statement(DropView(view=views[0].view)), reverse=statement(views[0]))
    return (
        Draft(entries=(task.written.text, run_sql(sql_of(views[0])))),
        Draft(
            entries=(accepted(run_sql(drop), "MS505", "nothing uses the old name any more"),),
            word="drop_view",
            slot=Slot.CLEANUP,
        ),
    )
