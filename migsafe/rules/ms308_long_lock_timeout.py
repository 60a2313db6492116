"""A strong lock may be waited for so long that the limit is none.

What happens
    A request that waits for a strong lock makes everybody wait who comes after it, until it is granted or until
    `lock_timeout` strikes. With a limit of a minute, a report that runs for a minute blocks the table for that long.

Why it hurts
    The limit is meant to end the queue before the application's own timeouts and its connection pool do.

Safer form
    Give up after a few seconds, and try again:

        SET LOCAL lock_timeout = '2s';

    Alembic: `op.execute("SET LOCAL lock_timeout = '2s'")`, and run the upgrade again when it fails.
    Django: `RunSQL("SET LOCAL lock_timeout = '2s'")` as the first operation.

When it is fine
    On tables without traffic. A concurrent index build may wait long: nobody waits behind it, and it is not reported.

Versions
    All supported versions.

Evidence
    Manual, 20.11 "Client Connection Defaults", lock_timeout. Ten seconds is the limit that strong_migrations warns
    at; retries use two to five.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Remedy, Severity
from migsafe.model.locks import Blocked, Lock, RelationKind
from migsafe.model.operations import SetParameter
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.lock_limits import LOCK, limits
from migsafe.rules.steps import alone
from migsafe.rules.wording import waiting

LONGEST = 10.0
"""Seconds."""


@migration_rule(RuleInfo(code="MS308", name="long-lock-timeout", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """At most one finding for a migration: at the first strong lock under such a limit."""
    for executed, limit in limits(situation.run, LOCK, situation.target.session_lock_timeout):
        lock = _strong_lock(executed) if limit is not True and limit > LONGEST else None
        if lock is not None:
            yield _hit(executed, lock, float(limit))
            return


def _strong_lock(executed: Executed) -> Lock | None:
    if executed.effect is None or not executed.effect.transactional:
        return None
    locks = [lock for lock in executed.effect.locks if _is_waited_for(lock, executed)]
    return max(locks, key=lambda lock: lock.mode, default=None)


def _is_waited_for(lock: Lock, executed: Executed) -> bool:
    if lock.relation in executed.private or lock.kind in (RelationKind.INDEX, RelationKind.SEQUENCE):
        return False
    return Blocked.WRITE in lock.mode.blocks


def _hit(executed: Executed, lock: Lock, limit: float) -> Hit:
    step = alone(SetParameter(name=LOCK, value="2s", local=executed.transaction is not None))
    return Hit(
        severity=Severity.WARNING,
        message=f"{waiting(lock.mode)} on {lock.relation} may wait for {limit:g} seconds behind this statement.",
        why=f"The lock_timeout is {limit:g} s, and whoever comes after a waiting request waits behind it.",
        remedy=Remedy("Give up after a few seconds, and retry the migration.", (step,)),
        relation=lock.relation,
        clause=lock.clause,
        at=executed,
    )
