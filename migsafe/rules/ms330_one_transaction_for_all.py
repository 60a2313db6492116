"""Several revisions are applied in one transaction, and their locks pile up.

What happens
    By default Alembic runs all pending revisions in one transaction. Every lock that the first one takes is kept until
    the last one has ended.

Why it hurts
    Each revision may be instant by itself; together they hold the tables of all of them, and the first table waits for
    all that comes after. A failure in the last one takes back all of them.

Safer form
    One transaction for each revision, in env.py:

        context.configure(..., transaction_per_migration=True)

When it is fine
    When the revisions must be applied together or not at all, and all of them are instant.

Versions
    Alembic 1.0 and later.

Evidence
    `MigrationContext.begin_transaction` in alembic/runtime/migration.py; manual, 13.3: locks are kept until the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.findings import Related, Severity
from migsafe.model.locks import Blocked
from migsafe.model.migration import TransactionKind
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, place, transaction_rule


@transaction_rule(RuleInfo(code="MS330", name="one-transaction-for-all", since="0.2.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    """At the first strong lock of a second revision: from there on the locks pile up."""
    transaction = situation.transaction
    if transaction is None or transaction.kind is not TransactionKind.RUNNER or len(transaction.migrations) < 2:
        return
    takers = [executed for executed in situation.run if executed.migration.source == "alembic" and _is_strong(executed)]
    if not takers:
        return
    first = takers[0]
    second = next((e for e in takers if e.migration.key != first.migration.key), None)
    if second is None:
        return
    revisions = len({executed.migration.key for executed in situation.run})
    yield Hit(
        severity=Severity.INFO,
        message=f"{revisions} revisions run in one transaction: their locks pile up until the last one ends.",
        why="env.py does not set transaction_per_migration, so Alembic commits once, behind all pending revisions.",
        at=second,
        related=(Related(place(first.migration, first.statement), "the first lock is taken here"),),
    )


def _is_strong(executed: Executed) -> bool:
    if executed.effect is None:
        return False
    return any(
        lock.relation not in executed.private and Blocked.WRITE in lock.mode.blocks for lock in executed.effect.locks
    )
