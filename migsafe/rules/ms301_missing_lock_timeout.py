"""A strong lock is asked for without a lock_timeout.

What happens
    A lock request waits until every conflicting transaction has ended, and everybody who comes after it waits behind
    the request, even if their lock would be compatible with the ones that are held. Without a `lock_timeout` there is
    no limit to that.

Why it hurts
    One forgotten transaction, or a long report, turns an instant ALTER TABLE into an outage of the whole table.

Safer form
    Give up soon and try again. In a transaction SET LOCAL, which ends with it and so does not stay behind in a
    pooled connection:

        SET LOCAL lock_timeout = '2s';

    Alembic: `op.execute("SET lock_timeout = '2s'")` at the start, or `connect_args` in env.py.
    Django: once for the project. For the command that migrates, as a variable of its environment:

        PGOPTIONS='-c lock_timeout=2s' python manage.py migrate

    or for all connections, in the settings of the database:

        "OPTIONS": {"options": "-c lock_timeout=2s"}

    migsafe reads the settings; of a variable it has to be told (`session-lock-timeout`). One migration by itself:
    `RunSQL("SET LOCAL lock_timeout = '2s'")` as the first of its operations. Reports for people tell it once for all
    of Django's migrations.

When it is fine
    When the role or the deploy tool sets it: say so with the setting `session-lock-timeout`, true or the length, "2s".
    An `env.py` or settings of Django that set it are read as text; so are PGMIGRATE_LOCK_TIMEOUT (django-pgmigrate) and
    ZERO_DOWNTIME_MIGRATIONS_LOCK_TIMEOUT (django-pg-zero-downtime-migrations).
    A limit of 0 is none; SET LOCAL has no effect outside of a transaction, nor has a limit that is set afterwards.

Versions
    All supported versions.

Evidence
    Manual, 20.11 "Client Connection Defaults", lock_timeout; `LockAcquireExtended` in lock.c queues in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from migsafe.effects.queue import lock_wait
from migsafe.effects.windows import Executed
from migsafe.model.findings import Related, Remedy, Severity
from migsafe.model.locks import Blocked, Lock, RelationKind
from migsafe.model.migration import Statement, TransactionKind
from migsafe.model.operations import SetParameter
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule, place
from migsafe.rules.lock_limits import LOCK, limit_of, limits
from migsafe.rules.steps import alone

_IN_BLOCK = (TransactionKind.EXPLICIT, TransactionKind.RUNNER, TransactionKind.IMPLICIT)


@migration_rule(RuleInfo(code="MS301", name="missing-lock-timeout", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """At most one finding for a migration: at the first strong lock that nothing limits."""
    if _is_told_on_the_way_up(situation):
        return
    for executed, limit in limits(situation.run, LOCK, situation.target.session_lock_timeout):
        lock = _strong_lock(executed) if limit is False else None
        if lock is not None:
            yield _hit(executed, lock, situation)
            return


def _is_told_on_the_way_up(situation: MigrationSituation) -> bool:
    """Whether both ways are the same calls in one file, so that what is said of the one holds for the other."""
    up = situation.undoes
    if up is None or up.path != situation.migration.path or not up.statements:
        return False
    same = all(statement.written_as is not None for statement in (*up.statements, *situation.migration.statements))
    return same and not any(_sets(op) for statement in up.statements for op in statement.operations)


def _strong_lock(executed: Executed) -> Lock | None:
    """The strongest lock on a relation that others use, if it blocks their reads or writes."""
    if executed.effect is None or not executed.effect.transactional:
        return None
    locks = [lock for lock in executed.effect.locks if _makes_others_wait(lock, executed)]
    return max(locks, key=lambda lock: lock.mode, default=None)


def _makes_others_wait(lock: Lock, executed: Executed) -> bool:
    if lock.relation in executed.private or lock.kind in (RelationKind.INDEX, RelationKind.SEQUENCE):
        return False
    who = Blocked.READ if lock.kind is RelationKind.MATERIALIZED_VIEW else Blocked.WRITE  # nobody writes to one
    return who in lock.mode.blocks


def _hit(executed: Executed, lock: Lock, situation: MigrationSituation) -> Hit:
    local = _in_transaction(executed, situation)
    step = alone(SetParameter(name=LOCK, value="2s", local=local))
    return Hit(
        severity=Severity.WARNING,
        message=f"Without a lock_timeout this may wait for {lock.relation} without end, and everybody behind it.",
        why=f"{lock.mode.manual_name} has to wait for every conflicting transaction, and the queue is in order.",
        remedy=Remedy("Set a lock_timeout before the statement, and retry the migration when it strikes.", (step,)),
        relation=lock.relation,
        at=executed,
        clause=lock.clause,
        lock_wait=lock_wait(situation.target.statistics.server.transactions or None, False),
        related=tuple(_in_vain(executed, situation)),
    )


def _in_transaction(executed: Executed, situation: MigrationSituation) -> bool:
    number = executed.transaction
    return number is not None and situation.transactions[number].kind in _IN_BLOCK


def _in_vain(executed: Executed, situation: MigrationSituation) -> Iterator[Related]:
    """Settings of the limit that do not help: the last one before, and the first one after."""
    setting = [(s, op) for s in situation.migration.statements for op in s.operations if _sets(op)]
    before = [(s, op) for s, op in setting if s.index < executed.statement.index]
    after = [s for s, _ in setting if s.index > executed.statement.index]
    for statement, operation in before[-1:]:
        off = limit_of(operation) is False
        reason = "this takes the limit away" if off else "SET LOCAL ends with its transaction, and this is outside"
        yield _related(situation, statement, reason)
    for statement in after[:1]:
        yield _related(situation, statement, "this comes after the lock")


def _sets(operation: object) -> TypeGuard[SetParameter]:
    return isinstance(operation, SetParameter) and operation.name in (LOCK, "all")


def _related(situation: MigrationSituation, statement: Statement, words: str) -> Related:
    return Related(place(situation.migration, statement), words)
