"""Rows of a table are changed, and then the table itself, in one transaction.

What happens
    The changed rows stay locked until the transaction ends. A writer who waits for one of them holds a ROW EXCLUSIVE
    lock on the table. The ALTER TABLE that follows waits for that lock, and the writer waits for the row.

Why it hurts
    That is a deadlock: after a second the server ends either the migration, with all the rows that it has changed,
    or a transaction of the application. Where a deferred foreign key or constraint trigger has yet to check the
    changed rows, the ALTER TABLE is refused: "it has pending trigger events".

Safer form
    Change the rows in one migration, in batches, and the table in the next one:

        -- migration 1, in batches, each committed
        UPDATE orders SET state = 'new' WHERE state IS NULL AND id BETWEEN … AND …;
        -- migration 2
        ALTER TABLE orders ADD CONSTRAINT orders_state_check CHECK (state IS NOT NULL) NOT VALID;

    Alembic: two revisions, with `transaction_per_migration=True`. Django: two migrations, the first `atomic = False`.

When it is fine
    When nobody else writes to these rows. Changes of single rows by their key are not reported, nor rows that are
    inserted, nor changes under a lock that kept writers out from the start.

Versions
    All supported versions.

Evidence
    Manual, 13.3.4 "Deadlocks"; `CheckTableNotInUse` in tablecmds.c. Both are shown on a server by a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.effects import StatementRef, Window, WorkKind
from migsafe.model.findings import Related, Remedy, Severity, Slot
from migsafe.model.names import Name
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, place, transaction_rule
from migsafe.rules.held_locks import table_locks
from migsafe.rules.steps import by_hand

_REMEDY = Remedy(
    "Change the rows in a migration before this one.",
    (
        by_hand("The change of the rows in a migration of its own, in batches, each committed.", Slot.BACKGROUND),
        by_hand("The change of the table in the next one.", Slot.POST_DEPLOY),
    ),
)


@transaction_rule(RuleInfo(code="MS307", name="rows-before-schema-change", since="0.2.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    """One finding for a transaction, at the first lock that writers of changed rows are in the way of."""
    starts: dict[StatementRef, list[Window]] = {}
    for window in table_locks(situation):
        starts.setdefault(window.start, []).append(window)
    changed: dict[Name, Executed] = {}
    for executed in situation.run if starts else ():
        for window in starts.get(executed.ref, ()):
            if window.relation in changed:
                yield _hit(window, changed[window.relation], situation)
                return
        for table in _tables_with_locked_rows(executed):
            changed.setdefault(table, executed)


def _tables_with_locked_rows(executed: Executed) -> Iterator[Name]:
    return (work.table for work in executed.heavy_work if _locks_rows(work.kind, work.change))


def _locks_rows(kind: WorkKind, change: str | None) -> bool:
    return kind is WorkKind.DATA and change in ("update", "delete")


def _hit(window: Window, changed: Executed, situation: TransactionSituation) -> Hit:
    taker = situation.executed(window.start)
    where = Related(place(changed.migration, changed.statement), "these rows stay locked")
    return Hit(
        severity=Severity.WARNING,
        message=f"A writer who waits for a row of {window.relation} that was changed before deadlocks with this.",
        why=f"It waits for the row and holds ROW EXCLUSIVE on the table, which {window.mode.manual_name} waits for.",
        remedy=_REMEDY,
        relation=window.relation,
        at=taker,
        related=(where,),
    )
