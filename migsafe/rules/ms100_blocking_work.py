"""Reads or writes wait while a statement does work that grows with the table.

What happens
    A lock that blocks reads or writes is held while a table is rewritten or read in full, an index is built, or many
    rows are changed. Everybody who needs the table waits for all of it.

Why it hurts
    The time grows with the table: nothing on a laptop, minutes on tens of millions of rows. Whoever waits holds a
    connection, so the pool runs dry and pages that never touch the table fail as well.

Safer form
    It depends on the statement: a CONCURRENTLY form, a NOT VALID form with a later VALIDATE, or a new object that is
    filled in batches and swapped in. This general rule speaks where no rule knows the statement better.

When it is fine
    On a table that is small enough, or in a maintenance window that the blocked work allows for.

Versions
    All supported versions; what a statement does on which version is in the report.

Evidence
    Manual, 13.3.1 "Table-Level Locks". The effects are compared with servers 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.effects.windows import Executed
from migsafe.model.effects import Window, Work
from migsafe.model.locks import Blocked, RelationKind
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, transaction_rule
from migsafe.rules.wording import listed, waiting, work_in_words


@transaction_rule(RuleInfo(code="MS100", name="blocking-work", since="0.1.0", fallback=True))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    for executed in situation.run:
        work = tuple(w for w in executed.heavy_work if (executed.ref, w) not in situation.explained)
        held = [w for w in situation.windows if w.start == executed.ref and _blocks(w, executed)]
        if work and held:
            yield _hit(executed, work, held)


def _blocks(window: Window, executed: Executed) -> bool:
    if window.kind is RelationKind.INDEX or window.relation in executed.private:
        return False
    return Blocked.READ in window.blocks or Blocked.WRITE in window.blocks


def _hit(executed: Executed, work: tuple[Work, ...], held: Sequence[Window]) -> Hit:
    strongest = max(held, key=lambda window: window.mode)
    return Hit(
        severity=severity.of_blocking_work(work, executed.statement),
        message=f"{waiting(strongest.mode)} on {listed(w.relation for w in held)} wait during {work_in_words(work)}.",
        why=work[0].reason or f"The statement holds {strongest.mode.manual_name} while it works.",
        clause=work[0].clause,
        relation=strongest.relation,
        at=executed,
        explains=work,
    )
