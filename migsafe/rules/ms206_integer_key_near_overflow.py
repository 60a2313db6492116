"""The keys of a table that the migration changes are about to run out.

What happens
    The snapshot says how far the sequence behind a key column is. When it reaches the greatest value of its own or
    of the column's type, 2,147,483,647 for `integer`, every INSERT fails with `nextval: reached maximum value of
    sequence` (2200H) or `integer out of range` (22003).

Why it hurts
    From that moment on nothing can be added to the table. Changing the type then rewrites the table, with all that
    references it, under a lock that blocks reads and writes, while the application is down anyway.

Safer form
    Before it is urgent: add a `bigint` column, keep it in step with a trigger, fill it in batches, build its unique
    index CONCURRENTLY, and swap the two in one short transaction; likewise for the columns that reference it. For a
    sequence that ends before its column, `ALTER SEQUENCE … AS bigint` (or MAXVALUE) is instant.

When it is fine
    When the table is about to be archived, or the rate has fallen since.

Versions
    All supported versions.

Evidence
    Manual, 8.1.1 "Integer Types", CREATE SEQUENCE; `nextval_internal` in sequence.c.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING

from migsafe.effects.windows import Executed
from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.statistics import Statistics
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import column_in_words

if TYPE_CHECKING:  # with the model of time, which is loaded only where sizes are known
    from migsafe.effects.capacity import KeyRoom

_TOLD = 0.5  # share of the values
_NEAR = 0.8
_SOON = 180.0  # days
_NOTED = 3


@migration_rule(RuleInfo(code="MS206", name="integer-key-near-overflow", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for each key that is nearly used up, at the first statement that locks its table."""
    statistics = situation.target.statistics
    if not statistics.sequences:
        return
    from migsafe.effects.capacity import fullest

    tables = {sequence.name: (sequence.table, sequence.column) for sequence in statistics.sequences}
    for room in fullest(statistics):
        table, column = tables[room.sequence]
        first = _first_on(table or room.sequence, situation)
        if first is not None and (_is_soon(room) or room.share >= _TOLD):
            yield _hit(room, table, column, first)


def keys_running_out(statistics: Statistics, reported: Container[Name | None]) -> Iterator[str]:
    """Sentences about keys that end soon, of tables that no finding is about: nobody looks before they have ended."""
    if not statistics.sequences:
        return
    from migsafe.effects.capacity import fullest

    tables = {sequence.name: (sequence.table, sequence.column) for sequence in statistics.sequences}
    near = [room for room in fullest(statistics) if room.share >= _NEAR or _is_soon(room)]
    told = [room for room in near if (tables[room.sequence][0] or room.sequence) not in reported]
    yield from (_used(room, *tables[room.sequence]) for room in told[:_NOTED])
    if len(told) > _NOTED:
        yield f"{len(told) - _NOTED} more keys are nearly used up."


def _is_soon(room: KeyRoom) -> bool:
    return room.days is not None and room.days < _SOON


def _first_on(relation: Name, situation: MigrationSituation) -> Executed | None:
    for executed in situation.run:
        if executed.effect is not None and executed.effect.lock_on(relation) is not None:
            return executed
    return None


def _hit(room: KeyRoom, table: Name | None, column: str | None, executed: Executed) -> Hit:
    return Hit(
        severity=Severity.WARNING if room.share >= _NEAR or _is_soon(room) else Severity.INFO,
        message=_used(room, table, column),
        why=_why(room),
        remedy=_REMEDY if room.column is not None else _SEQUENCE,
        relation=table or room.sequence,
        at=executed,
    )


def _used(room: KeyRoom, table: Name | None, column: str | None) -> str:
    what = column_in_words(table, column) if table is not None and column is not None else str(room.sequence)
    left = f", enough for about {_days(room.days)} at today's rate" if room.days is not None else ""
    return f"{room.share:.0%} of the values for {what} are used{left}."


def _why(room: KeyRoom) -> str:
    what = "the column's type" if room.column is not None else f"the sequence {room.sequence}"
    return f"When {what} ends, every INSERT into the table fails."


def _days(days: float) -> str:
    if days < 2:
        return "a day"
    return f"{days:.0f} days" if days < 730 else f"{days / 365:.0f} years"


_REMEDY = Remedy(
    "Change the key to bigint with a new column, before it is urgent.",
    (
        by_hand("Add a bigint column, keep it in step with a trigger, and fill it in batches."),
        by_hand("Build its unique index CONCURRENTLY, and swap the columns in one short transaction."),
        by_hand("Do the same for the columns that reference it."),
    ),
)
_SEQUENCE = Remedy(
    "Raise the sequence's end: that is instant.",
    (by_hand("ALTER SEQUENCE … AS bigint, or with a greater MAXVALUE."),),
)
