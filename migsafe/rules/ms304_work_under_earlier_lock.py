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

from migsafe.model.effects import Window
from migsafe.model.findings import Related, Remedy, Severity
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, place, transaction_rule
from migsafe.rules.held_locks import Overlap, overlaps
from migsafe.rules.steps import by_hand
from migsafe.rules.target import Target
from migsafe.rules.wording import listed, waiting, work_in_words

_SHOWN = 4


_REMEDY = Remedy(
    "Commit before this statement, or move it to a migration of its own.",
    (
        by_hand("One migration up to and with the statement that takes the lock."),
        by_hand("The rest in the next migration; changes of many rows in batches, each committed."),
    ),
)


@transaction_rule(RuleInfo(code="MS304", name="work-under-earlier-lock", since="0.1.0"))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    """One finding for a transaction, at the first work that an earlier lock outlasts."""
    found = list(overlaps(situation))
    if found:
        yield _hit(situation, found)


def _hit(situation: TransactionSituation, found: list[Overlap]) -> Hit:
    first = found[0].executed
    work = [w for overlap in found for w in overlap.work]
    held = [w for overlap in found for w in overlap.held]
    strongest = max(held, key=lambda window: window.mode)
    return Hit(
        severity=min((_severity(overlap, situation.target) for overlap in found), key=_badness),
        message=f"{waiting(strongest.mode)} on {listed(w.relation for w in held)} wait during {work_in_words(work)}.",
        why="A lock is kept until its transaction ends, so those of earlier statements outlast this work.",
        remedy=_REMEDY,
        clause=found[0].work[0].clause,
        relation=strongest.relation,
        held=strongest.mode,
        at=first,
        related=tuple(_related(situation, strongest, found)),
    )


def _severity(overlap: Overlap, target: Target) -> Severity:
    return severity.of_blocking_work(overlap.work, overlap.executed.statement, target)


def _badness(level: Severity) -> int:
    return list(Severity).index(level)


def _related(situation: TransactionSituation, strongest: Window, found: list[Overlap]) -> Iterator[Related]:
    taker = situation.executed(strongest.start)
    yield Related(place(taker.migration, taker.statement), f"{strongest.mode.manual_name} is taken here")
    for overlap in found[1:_SHOWN]:
        at = place(overlap.executed.migration, overlap.executed.statement)
        yield Related(at, f"and it is still held during {work_in_words(overlap.work)}")
