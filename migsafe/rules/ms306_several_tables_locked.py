"""Several tables in use are locked one after the other in one transaction.

What happens
    Each statement adds a lock that blocks writers, or readers too, and all of them are kept until the transaction
    ends. While the second lock is waited for, the first one is held.

Why it hurts
    Everybody who needs the first table waits until the second one is free. An application transaction that has
    already written to the second table and now needs the first one waits for the migration, and the migration for
    it: a deadlock, and the server ends one of the two. That is likeliest where the tables are locked child first,
    because applications write the parent first. Where two migrations lock the same tables in different orders, one of
    them does it in another order than the application, whatever that is.

Safer form
    One table in each transaction, each with a lock_timeout:

        -- migration 1
        ALTER TABLE users ADD COLUMN state text;
        -- migration 2
        ALTER TABLE orders ADD COLUMN state text;

    Where both have to change together, take all locks at once at the start, parents before children, and try again
    when lock_timeout strikes:

        SET LOCAL lock_timeout = '2s';
        LOCK TABLE users, orders IN ACCESS EXCLUSIVE MODE;

    Alembic: two revisions, with `transaction_per_migration=True`. Django: two migrations.

When it is fine
    When the tables have no traffic, which a snapshot of the statistics tells. Tables that the migration creates,
    tables that one statement locks together, partitions of one table and tables that are dropped do not count. It is
    told as an info where readers wait for one table at most, as with the foreign keys of a new table, and where a
    lock_timeout ends the wait, unless the tables are locked child first.

Versions
    All supported versions.

Evidence
    Manual, 13.3.4 "Deadlocks": locks should be taken in the same order everywhere. The deadlock is shown on a server
    by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.model.definitions import ForeignKey
from migsafe.model.effects import StatementRef, Window
from migsafe.model.findings import Related, Remedy, Severity
from migsafe.model.locks import Blocked
from migsafe.model.names import Name
from migsafe.model.operations import DropTable
from migsafe.rules.base import Hit, LockOrder, RuleInfo, TransactionSituation, place, transaction_rule
from migsafe.rules.held_locks import overlaps, root, table_locks
from migsafe.rules.lock_limits import LOCK, limits
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed

_QUIET = 0.1
"""Queries per second of a table that nobody is kept waiting for."""
_SHOWN = 4
_COMPARED = 50  # statements that lock another table


@transaction_rule(RuleInfo(code="MS306", name="several-tables-locked", since="0.2.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    """One finding for a transaction, at the statement that locks the second table."""
    gone = _dropped(situation)
    locks = [
        w
        for w in table_locks(situation)
        if w.relation not in gone and Name(None, w.relation.name) not in gone and not _is_quiet(w, situation)
    ]
    steps = _steps(locks, situation)
    if len(steps) > 1 and not any(overlaps(situation)):
        yield _hit(steps, situation)


def _steps(locks: Sequence[Window], situation: TransactionSituation) -> list[list[Window]]:
    """The locks on tables that were not locked before, by the statement that takes them."""
    seen: dict[Name, StatementRef] = {}
    steps: dict[StatementRef, list[Window]] = {}
    for window in locks:
        table = root(window.relation, situation)
        if seen.setdefault(table, window.start) == window.start:
            steps.setdefault(window.start, []).append(window)
    return list(steps.values())


def _dropped(situation: TransactionSituation) -> set[Name]:
    """The tables that the transaction drops, as written: nobody should use them any more."""
    operations = (op for executed in situation.run for op in executed.statement.operations)
    return {op.table for op in operations if isinstance(op, DropTable)}


def _is_quiet(window: Window, situation: TransactionSituation) -> bool:
    known = situation.target.statistics.table(window.relation)
    rate = known.queries_per_second if known is not None else None
    return rate is not None and rate < _QUIET


def _hit(steps: list[list[Window]], situation: TransactionSituation) -> Hit:
    first, second = steps[0], steps[1]
    names = list(dict.fromkeys(w.relation for step in steps for w in step))
    stops_reads = [step for step in steps if any(Blocked.READ in w.blocks for w in step)]
    who = "Reads and writes" if len(stops_reads) == len(steps) else "Writes"
    backwards = _child_first(steps, situation)
    order = tuple(step[0].relation for step in steps[:_COMPARED])
    taker = situation.executed(second[0].start)
    contrary = next((known for known in situation.lock_orders[-_COMPARED:] if _differ(known.tables, order)), None)
    return Hit(
        severity=_severity(len(stops_reads) > 1, bool(backwards), second, situation),
        message=f"{who} on {listed(names)} are blocked together until the transaction ends{backwards}."
        + (_IN_ANOTHER_ORDER if contrary is not None else ""),
        why=f"The lock on {listed(w.relation for w in first)} is held while the next one is waited for, and a "
        "transaction that uses the tables in the other order ends in a deadlock.",
        remedy=_remedy(names),
        relation=second[0].relation,
        at=taker,
        related=(*_related(steps, situation), *_elsewhere(contrary)),
        lock_order=LockOrder(order, place(taker.migration, taker.statement)),
    )


_IN_ANOTHER_ORDER = " An earlier transaction locks them in another order."


def _differ(one: tuple[Name, ...], other: tuple[Name, ...]) -> bool:
    """Whether two tables that both transactions lock are locked the other way round."""
    common = set(one) & set(other)
    return [name for name in one if name in common] != [name for name in other if name in common]


def _elsewhere(contrary: LockOrder | None) -> Iterator[Related]:
    if contrary is not None:
        yield Related(contrary.place, f"{listed(contrary.tables)} are locked in this order here")


def _severity(stops_reads: bool, backwards: bool, second: list[Window], situation: TransactionSituation) -> Severity:
    """A lock_timeout ends the wait for the second lock, and with it the first one; a deadlock it does not prevent."""
    if backwards:
        return Severity.WARNING
    held = limits(situation.run, LOCK, situation.target.session_lock_timeout)
    limit = next(limit for executed, limit in held if executed.ref == second[0].start)
    return Severity.WARNING if stops_reads and limit is False else Severity.INFO


def _child_first(steps: list[list[Window]], situation: TransactionSituation) -> str:
    """Says so when a table is locked before one that it references: applications write the parent first."""
    for number, step in enumerate(steps[:_COMPARED]):
        later = {window.relation for after in steps[number + 1 : _COMPARED] for window in after}
        for window in step:
            for key in situation.schema.relation(window.relation).foreign_keys:
                parent = situation.schema.resolve(_referenced(key.definition))
                if parent in later and parent != window.relation:
                    return f", and {window.relation} is locked before {parent}, which it references"
    return ""


def _referenced(definition: object) -> Name:
    assert isinstance(definition, ForeignKey)
    return definition.referenced


def _related(steps: list[list[Window]], situation: TransactionSituation) -> Iterator[Related]:
    for step in (steps[0], *steps[2:_SHOWN]):
        taker = situation.executed(step[0].start)
        tables = listed(w.relation for w in step)
        yield Related(place(taker.migration, taker.statement), f"{tables} is locked here")


def _remedy(names: list[Name]) -> Remedy:
    return Remedy(
        "Change one table in each transaction.",
        (
            by_hand(f"One migration for each of {listed(names)}, each with a lock_timeout."),
            by_hand("If they have to change together: LOCK TABLE all of them first, parents before children."),
        ),
    )
