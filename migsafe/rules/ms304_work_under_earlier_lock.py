"""A lock taken earlier in the transaction is held while a later statement does long work.

What happens
    A lock lives until its transaction ends. `ALTER TABLE … ADD COLUMN` is instant, but an UPDATE of all rows after
    it, in the same transaction, keeps its ACCESS EXCLUSIVE lock for the whole UPDATE.

Why it hurts
    Reads and writes of the first table wait for work that has nothing to do with the lock, often on another table.

Safer form
    Commit in between: schema changes in one migration, the data in another, in batches.

        -- migration 1
        ALTER TABLE users ADD COLUMN state text;
        -- migration 2, outside a transaction, in batches
        UPDATE users SET state = 'active' WHERE id BETWEEN … AND …;

    Alembic: two revisions, with `transaction_per_migration=True`. Django: two migrations, the second `atomic = False`.

When it is fine
    When the work is short because the tables are small.

Versions
    All supported versions.

Evidence
    Manual, 13.3: a lock is held until the end of the transaction. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.effects import Window, Work
from migsafe.model.findings import Related, Remedy
from migsafe.model.locks import Blocked, RelationKind
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, place, transaction_rule
from migsafe.rules.wording import listed, waiting, work_in_words


@transaction_rule(RuleInfo(code="MS304", name="work-under-earlier-lock", since="0.1.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    for executed in situation.run:
        work = tuple(w for w in executed.heavy_work if (executed.ref, w) not in situation.explained)
        held = [w for w in situation.windows if _held_before(w, executed, situation)]
        if work and held:
            yield _hit(situation, executed, work, held)


def _held_before(window: Window, executed: Executed, situation: TransactionSituation) -> bool:
    """Whether the lock was taken by an earlier statement and makes others wait while this one works."""
    taker = situation.executed(window.start)
    if window.start == executed.ref or window.kind is RelationKind.INDEX or window.relation in taker.private:
        return False
    if Blocked.WRITE not in window.blocks:
        return False
    return any(ref == executed.ref for ref in window.worked_by)


def _hit(situation: TransactionSituation, executed: Executed, work: tuple[Work, ...], held: list[Window]) -> Hit:
    strongest = max(held, key=lambda window: window.mode)
    taker = situation.executed(strongest.start)
    related = Related(place(taker.migration, taker.statement), f"{strongest.mode.manual_name} is taken here")
    return Hit(
        severity=severity.of_blocking_work(work, executed.statement),
        message=f"{waiting(strongest.mode)} on {listed(w.relation for w in held)} wait during {work_in_words(work)}.",
        why="An earlier statement of the same transaction took the lock, and it is kept until the transaction ends.",
        remedy=Remedy("Commit before this statement, or move it to a migration of its own."),
        clause=work[0].clause,
        relation=strongest.relation,
        at=executed,
        explains=work,
        related=(related,),
    )
