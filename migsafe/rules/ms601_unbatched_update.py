"""One UPDATE touches every row of a table, or any number of them.

What happens
    The rows are locked one after the other until the transaction ends, so that every other writer of a row waits for
    the whole statement. Each changed row is written anew with its index entries, so the table can double in size.

Why it hurts
    Minutes of row locks, a burst of WAL that replicas have to catch up with, and all of it is lost if the statement
    fails at its end.

Safer form
    Small batches by the key, each in a transaction of its own, outside of the deploy's migration:

        UPDATE users SET state = 'active' WHERE id > 0 AND id <= 10000;

    Alembic: in an `autocommit_block()`, or a script of its own. Django: `RunPython` with `atomic = False` and
    batches of primary keys.

When it is fine
    On a small or a new table, and where the condition fits few rows. A condition that gives a value, both ends of a
    range or a LIMIT is not reported. A join and nothing more, an open range and a test for NULL may fit any number of
    rows: that is a warning; a column that the same migration has added is NULL in every row.

Versions
    All supported versions.

Evidence
    Manual, 13.3.2 "Row-Level Locks"; 24.1 "Routine Vacuuming".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import Work
from migsafe.model.findings import Remedy, Slot
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, Merge, Update
from migsafe.rules import broad_changes, severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here, on, up_to_here
from migsafe.rules.steps import by_hand, primary_key
from migsafe.rules.wording import listed
from migsafe.schema.objects import Trigger
from migsafe.text.identifiers import identifier

_NUMBERS = ("int2", "int4", "int8", "serial", "bigserial", "smallserial", "serial4", "serial8", "serial2")


@statement_rule(RuleInfo(code="MS601", name="unbatched-update", since="0.1.0"), Update, Merge)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.statement.rendered and situation.statement.repeated:
        return  # a program's loop: MS310 is about it
    for number, operation, work in situation.working(Update):
        table = situation.schema.resolve(operation.table)
        if is_dropped_here(situation, table):
            continue  # who writes to it fails soon, and that is told at the drop
        if severity.narrows(operation.where) and not _fits_every_row(operation, table, situation):
            yield from _broad(number, operation, work, situation)
            continue
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Every row of {table} is changed at once, and other writers wait for the whole UPDATE.",
            why=_why(operation, table, situation),
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
            lasts=work,
        )
    for number, merge, work in situation.working(Merge):
        yield from _merged(number, merge, work, situation)


def _broad(number: int, operation: Update, work: tuple[Work, ...], situation: StatementSituation) -> Iterator[Hit]:
    table = situation.schema.resolve(operation.table)
    rows = broad_changes.rows_in_words(table, operation.where, operation.query)
    level = broad_changes.level(work, situation)
    if level is None or not rows:
        return
    yield Hit(
        severity=level,
        message=f"{rows} is changed at once, which may be all of them, and other writers wait for the whole UPDATE.",
        why=_why(operation, table, situation),
        remedy=_remedy(operation, situation),
        clause=number,
        relation=table,
        lasts=work,
    )


def _merged(number: int, merge: Merge, work: tuple[Work, ...], situation: StatementSituation) -> Iterator[Hit]:
    table = situation.schema.resolve(merge.table)
    others = broad_changes.partners(None, merge.query)
    level = broad_changes.level(work, situation)
    if level is None or not others or not {"update", "delete"} & set(merge.actions):
        return
    step = by_hand(f"This MERGE for one range of the rows of {listed(others)} after the other.", Slot.BACKGROUND)
    yield Hit(
        severity=level,
        message=f"Every row of {table} with a match in {listed(others)} may be changed at once, and other writers "
        "wait for the whole MERGE.",
        why="Each row stays locked until the transaction ends.",
        remedy=Remedy("Work in batches by the key, each in its own transaction.", (step,)),
        clause=number,
        relation=table,
        lasts=work,
    )


def _fits_every_row(operation: Update, table: Name, situation: StatementSituation) -> bool:
    """Whether the condition is that a column is NULL which the migration has just added: it is, in every row."""
    where = operation.where
    if where is None or not where.whole or len(where.conjuncts) != 1 or where.conjuncts[0].operator != "is null":
        return False
    added = on(table, up_to_here(situation, AddColumn), situation)
    return any(a.column.name == where.conjuncts[0].column and a.column.default is None for a in added)


def _why(operation: Update, table: Name, situation: StatementSituation) -> str:
    fired = [t.name for t in situation.schema.relation(table).triggers if _fires(t, operation)]
    also = f" For each row {listed(fired)} fires." if fired else ""
    return f"Each row stays locked until the transaction ends; the table can grow to twice its size.{also}"


def _fires(trigger: Trigger, operation: Update) -> bool:
    if not (trigger.enabled and trigger.row and "update" in trigger.events):
        return False
    return not trigger.update_columns or not set(trigger.update_columns).isdisjoint(operation.columns)


def _remedy(operation: Update, situation: StatementSituation) -> Remedy:
    table, schema = operation.table, situation.schema
    key = primary_key(table, schema)
    known = schema.relation(table).column(key[0]) if len(key) == 1 else None
    numbers = known is not None and known.type is not None and known.type.name in _NUMBERS
    ranges = f"WHERE {identifier(key[0])} BETWEEN 1 AND 1000, then 1001 to 2000, and so on" if numbers else ""
    words = f"This UPDATE for one range of keys after the other, each committed: {ranges}."
    step = by_hand(words if numbers else f"UPDATE {table} in batches by its key, each committed.", Slot.BACKGROUND)
    return Remedy("Work in batches by the key, each in its own transaction.", (step,))
