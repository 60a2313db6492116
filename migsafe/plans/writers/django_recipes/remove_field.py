"""RemoveField: the model forgets the field in one release, the table in the next."""

from __future__ import annotations

from migsafe.model.findings import Slot
from migsafe.model.operations import DropColumn, DropConstraint, DropNotNull, DropTable, RenameRelation
from migsafe.plans.writers.django_back import needs_value
from migsafe.plans.writers.django_entries import accepted, run_sql, separate
from migsafe.plans.writers.django_files import Draft, Note, Part
from migsafe.plans.writers.django_sql import SHORT_WAIT, Sql, sql_of
from migsafe.plans.writers.django_tables import without_table
from migsafe.plans.writers.django_task import Task
from migsafe.plans.writers.sql_statements import Unwritable, statement
from migsafe.text.identifiers import identifier

COVERS = (DropColumn, DropConstraint, DropTable, RenameRelation)


def write(task: Task) -> tuple[Part, ...]:
    if any(task.operations(DropTable)):  # of a many-to-many relation
        return without_table(task)
    drops = tuple(task.operations(DropColumn))
    if len(drops) != 1 or not task.written.text:
        raise Unwritable(task.written.operation)
    nullable = DropNotNull(table=drops[0].table, column=drops[0].column)
    required = any(task.proposed(DropNotNull)) or needs_value(task.written.back)
    sent = (run_sql(sql_of(nullable)),) if required else ()
    forget = separate(sent, (task.written.text,))
    column = identifier(drops[0].column)
    return (
        Draft(entries=(forget,), slot=Slot.DEPLOY),
        Note(f"Archive {column} with the table's key, if its values may be needed.", Slot.CLEANUP),
        Draft(entries=_drop(task, drops[0]), word="drop", slot=Slot.CLEANUP),
    )


def _drop(task: Task, drop: DropColumn) -> tuple[str, ...]:
    """The drop, which takes a foreign key along, and with it a trigger of another table; to undo it brings an empty
    column back, which may be NULL."""
    back = "; ".join(_nullable(sql) for sql in task.written.back)
    entry = run_sql(Sql(sql=statement(drop.replace(cascade=False)), reverse=back or None))
    waits = (run_sql(sql_of(SHORT_WAIT)),) if any(task.operations(DropConstraint)) else ()
    return (*waits, accepted(entry, "MS401", "no release uses the column any more, and its values are archived"))


def _nullable(sql: str) -> str:
    return sql.replace(" NOT NULL", " NULL", 1) if " ADD COLUMN " in sql else sql
