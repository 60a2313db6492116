"""One DELETE touches every row of a table, or any number of them.

What happens
    The rows are locked one after the other until the transaction ends, so that every other writer of a row waits for
    the whole statement. The space of the rows is free for others only after VACUUM.

Why it hurts
    Minutes of row locks, a burst of WAL that replicas have to catch up with, and all of it is lost if the statement
    fails at its end.

Safer form
    Small batches by the key, each in a transaction of its own, outside of the deploy's migration:

        DELETE FROM events WHERE id IN (SELECT id FROM events WHERE created_at < '2020-01-01' LIMIT 1000);

    Alembic: in an `autocommit_block()`, or a script of its own. Django: `RunPython` with `atomic = False` and
    batches of primary keys.

When it is fine
    On a small or a new table, and where the condition fits few rows. A condition that gives a value, both ends of a
    range or a LIMIT is not reported. An open range (`created_at < …`), a join and nothing more, and a test for NULL may
    fit any number of rows: that is a warning.

Versions
    All supported versions.

Evidence
    Manual, 13.3.2 "Row-Level Locks"; 24.1 "Routine Vacuuming".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import Work
from migsafe.model.findings import Remedy, Slot, Step
from migsafe.model.operations import Delete
from migsafe.rules import broad_changes, severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.elsewhere import is_dropped_here
from migsafe.rules.steps import by_hand, delete_all, primary_key
from migsafe.text.identifiers import identifiers


@statement_rule(RuleInfo(code="MS602", name="unbatched-delete", since="0.1.0"), Delete)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.statement.rendered and situation.statement.repeated:
        return  # a program's loop: MS310 is about it
    for number, operation, work in situation.working(Delete):
        table = situation.schema.resolve(operation.table)
        if is_dropped_here(situation, table):
            continue  # who writes to it fails soon, and that is told at the drop
        if severity.narrows(operation.where):
            yield from _broad(number, operation, work, situation)
            continue
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Every row of {table} is deleted at once, and other writers wait for the whole DELETE.",
            why="Each row stays locked until the transaction ends.",
            remedy=Remedy(
                "Work in batches by the key, each in its own transaction.",
                (delete_all(operation.table, situation.schema),),
            ),
            clause=number,
            relation=table,
            lasts=work,
        )


def _broad(number: int, operation: Delete, work: tuple[Work, ...], situation: StatementSituation) -> Iterator[Hit]:
    table = situation.schema.resolve(operation.table)
    rows = broad_changes.rows_in_words(table, operation.where, operation.query)
    level = broad_changes.level(work, situation)
    if level is None or not rows:
        return
    yield Hit(
        severity=level,
        message=f"{rows} is deleted at once, which may be most of them, and other writers wait for the whole DELETE.",
        why="Each row stays locked until the transaction ends.",
        remedy=Remedy("Work in batches by the key, each in its own transaction.", (_in_batches(operation, situation),)),
        clause=number,
        relation=table,
        lasts=work,
    )


def _in_batches(operation: Delete, situation: StatementSituation) -> Step:
    """In words: the condition may hold values that no output shows."""
    key = identifiers(primary_key(operation.table, situation.schema))
    few = f"the first 1000 {key} that fit" if key else "some of the rows"
    return by_hand(f"Delete {few}, commit, and so on until none is left.", Slot.BACKGROUND)
