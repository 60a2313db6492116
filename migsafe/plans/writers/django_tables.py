"""Tables that go, and tables that get another name, while a release that knows them still runs."""

from __future__ import annotations

from migsafe.model.findings import Slot
from migsafe.model.operations import DropTable, RenameColumn, RenameRelation
from migsafe.plans.writers.django_entries import accepted, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part
from migsafe.plans.writers.django_sql import Sql
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.text.identifiers import identifier, relation


def under_both_names(task: Task) -> tuple[Draft, ...]:
    """The operation as it is, and behind it a view under each old name, through which the running release reads and
    writes. Raises Unwritable when no table is renamed."""
    renamed = [each for each in task.operations(RenameRelation) if each.keyword == "table"]
    if not renamed or not task.written.text:
        raise Unwritable(task.written.operation)
    views = [_view(each, task) for each in renamed]
    drops = [
        accepted(run_sql(view.replace(sql=view.reverse or "", reverse=view.sql)), "MS505", _NOT_USED) for view in views
    ]
    return (
        Draft(entries=(task.written.text, *map(run_sql, views))),
        Draft(entries=tuple(drops), word="drop_view", slot=Slot.CLEANUP),
    )


_NOT_USED = "nothing uses the old name any more"


def _view(renamed: RenameRelation, task: Task) -> Sql:
    """All columns, and those with another name under their old one as well, of tables between two models."""
    old, new = relation(renamed.table), relation(renamed.table._replace(name=renamed.new_name))
    columns = [each for each in task.operations(RenameColumn) if each.table.name == renamed.new_name]
    aliases = "".join(f", {identifier(each.new_name)} AS {identifier(each.column)}" for each in columns)
    return Sql(sql=f"CREATE VIEW {old} AS SELECT *{aliases} FROM {new}", reverse=f"DROP VIEW {old}")


def without_table(task: Task) -> tuple[Part, ...]:
    """A table that goes: the application forgets it in one release, the database drops it in the next. Raises
    Unwritable when the operation drops no table."""
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
