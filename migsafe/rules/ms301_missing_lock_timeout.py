"""A strong lock is asked for without a lock_timeout.

What happens
    A lock request waits until every conflicting transaction has ended, and everybody who comes after it waits behind
    the request, even if their lock would be compatible with the ones that are held. Without a `lock_timeout` there is
    no limit to that.

Why it hurts
    One forgotten transaction, or a long report, turns an instant ALTER TABLE into an outage of the whole table.

Safer form
    Give up soon and try again:

        SET lock_timeout = '2s';

    Alembic: `op.execute("SET lock_timeout = '2s'")` at the start, or `connect_args` in env.py.
    Django: `RunSQL("SET lock_timeout = '2s'")`, or the option in the database settings.

When it is fine
    When the role or the deploy tool sets it: say so with the setting `session-lock-timeout`.

Versions
    All supported versions.

Evidence
    Manual, 20.11 "Client Connection Defaults", lock_timeout; `LockAcquireExtended` in lock.c queues in order.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import Blocked, Lock, RelationKind
from migsafe.model.operations import SetParameter
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.lock_limits import limited_after
from migsafe.rules.steps import alone

_SET = SetParameter(name="lock_timeout", value="2s")


@migration_rule(RuleInfo(code="MS301", name="missing-lock-timeout", since="0.1.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """At most one finding for a migration: at the first strong lock that nothing limits."""
    limited = situation.target.session_lock_timeout
    for executed in situation.run:
        limited = limited_after(executed.statement, limited)
        lock = None if limited else _strong_lock(executed)
        if lock is not None:
            yield _hit(executed, lock)
            return


def _strong_lock(executed: Executed) -> Lock | None:
    """The strongest lock on a relation that others use, if it blocks their reads or writes."""
    if executed.effect is None or not executed.effect.transactional:
        return None
    locks = [lock for lock in executed.effect.locks if _makes_others_wait(lock, executed)]
    return max(locks, key=lambda lock: lock.mode, default=None)


def _makes_others_wait(lock: Lock, executed: Executed) -> bool:
    if lock.relation in executed.private or lock.kind in (RelationKind.INDEX, RelationKind.SEQUENCE):
        return False
    return Blocked.WRITE in lock.mode.blocks


def _hit(executed: Executed, lock: Lock) -> Hit:
    return Hit(
        severity=Severity.WARNING,
        message=f"Without a lock_timeout this may wait for {lock.relation} without end, and everybody behind it.",
        why=f"{lock.mode.manual_name} has to wait for every conflicting transaction, and the queue is in order.",
        remedy=Remedy(
            "Set a lock_timeout before the statement, and retry the migration when it strikes.", (alone(_SET),)
        ),
        relation=lock.relation,
        at=executed,
        clause=lock.clause,
    )
