"""A table is replaced by a copy of itself, and what is written in between is lost.

What happens
    The rows are copied into a new table, the old one is dropped or renamed away, and the new one gets its name.
    `INSERT … SELECT` reads the rows that are committed when it begins, and stops no writer. `DROP TABLE` waits for the
    writers that are at work, and then throws away what they have written.

Why it hurts
    Rows that are added or changed while the copy runs are gone, without an error. With the old table go its indexes,
    foreign keys, triggers, privileges and statistics, unless the new one has got its own.

Safer form
    Change the table in place; the server knows which changes need no copy, and the other rules tell which. Where it has
    to be a copy, keep writers out before it begins:

        LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
        INSERT INTO users_new SELECT * FROM users;
        DROP TABLE users;
        ALTER TABLE users_new RENAME TO users;

    That blocks them for the whole copy. For a large table, let a trigger write every change to both tables, fill the
    new one in batches, and swap the names last.

    Alembic: `batch_alter_table(recreate="always")` is such a copy. On PostgreSQL leave `recreate` out. Django:
    operations in place.

When it is fine
    When nobody writes to the table while the migration runs.

Versions
    All supported versions.

Evidence
    Manual, 13.2.1 "Read Committed Isolation Level": a statement sees what was committed before it began. The lost row
    is shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.effects.windows import Executed
from migsafe.model.findings import Related, Remedy, Severity
from migsafe.model.locks import Blocked
from migsafe.model.names import Name
from migsafe.model.operations import CreateTableAs, CreateTrigger, DropTable, Insert, RenameRelation
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule, place
from migsafe.rules.steps import by_hand

_REMEDY = Remedy(
    "Change the table in place, or keep writers out before the copy begins.",
    (
        by_hand(
            "LOCK TABLE … IN SHARE ROW EXCLUSIVE MODE first, in the same transaction; or a trigger that writes both."
        ),
    ),
)
_USUAL = "public"


@migration_rule(RuleInfo(code="MS332", name="replaced-by-copy", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for each table, where its name goes to the copy."""
    run = situation.run
    for at, executed in enumerate(run):
        for operation in executed.statement.operations:
            if isinstance(operation, RenameRelation):
                old = Name(operation.table.schema, operation.new_name)
                yield from _replaced(run, at, operation.table, old)


def _replaced(run: Sequence[Executed], at: int, new: Name, old: Name) -> Iterator[Hit]:
    left = next((e for e in run[:at] if _takes_away(e, old)), None)
    copy = next((e for e in run[:at] if _copies(e, old, new)), None)
    if left is None or copy is None or _is_kept_in_step(run, copy, left, old):
        return
    yield Hit(
        severity=Severity.WARNING,
        message=f"What is written to {_shown(old)} while it is copied is lost.",
        why="The copy has the rows that were committed when it began, and nothing keeps writers out until the end.",
        remedy=_REMEDY,
        at=run[at],
        related=(
            Related(place(copy.migration, copy.statement), "the copy begins here"),
            Related(place(left.migration, left.statement), "and here the old table goes"),
        ),
    )


def _takes_away(executed: Executed, old: Name) -> bool:
    """Whether a table that others may write to is dropped, or loses its name."""
    if any(_same(relation, old) for relation in executed.private):
        return False
    return any(
        isinstance(op, (DropTable, RenameRelation)) and _same(op.table, old) for op in executed.statement.operations
    )


def _copies(executed: Executed, old: Name, new: Name) -> bool:
    return any(
        isinstance(op, (Insert, CreateTableAs))
        and _same(op.table, new)
        and op.query is not None
        and any(_same(read, old) for read in op.query.reads)
        for op in executed.statement.operations
    )


def _is_kept_in_step(run: Sequence[Executed], copy: Executed, left: Executed, old: Name) -> bool:
    """Whether writers are kept out by a lock from before the copy to the end, or a trigger hands on what they write."""
    before = run[: run.index(copy)]
    if any(isinstance(op, CreateTrigger) and _same(op.table, old) for e in before for op in e.statement.operations):
        return True
    together = copy.transaction is not None and copy.transaction == left.transaction
    return together and any(e.transaction == copy.transaction and _locks_out(e, old) for e in before)


def _locks_out(executed: Executed, old: Name) -> bool:
    locks = executed.effect.locks if executed.effect is not None else ()
    return any(_same(lock.relation, old) and Blocked.WRITE in lock.mode.blocks for lock in locks)


def _same(one: Name, other: Name) -> bool:
    return (one.schema or _USUAL, one.name) == (other.schema or _USUAL, other.name)


def _shown(name: Name) -> Name:
    return name if name.schema else Name(_USUAL, name.name)
