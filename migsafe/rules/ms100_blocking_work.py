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

from collections.abc import Callable, Iterator, Sequence

from migsafe.effects.windows import Executed
from migsafe.model.effects import Window, Work, WorkKind
from migsafe.model.findings import Remedy
from migsafe.model.locks import Blocked, LockMode, RelationKind
from migsafe.model.operations import (
    Cluster,
    Operation,
    RefreshMaterializedView,
    Reindex,
    SetAccessMethod,
    SetPersistence,
    SetTablespace,
    Vacuum,
)
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, TransactionSituation, transaction_rule
from migsafe.rules.steps import alone, by_hand, outside
from migsafe.rules.target import Target
from migsafe.rules.wording import listed, waiting, work_in_words


@transaction_rule(RuleInfo(code="MS100", name="blocking-work", since="0.1.0", fallback=True))
def check(situation: TransactionSituation) -> Iterator[Hit]:
    for executed in situation.run:
        work = tuple(w for w in executed.heavy_work if (executed.ref, w) not in situation.explained)
        held = [w for w in situation.taken_by(executed) if _blocks(w, executed)]
        if work and held:
            yield _hit(executed, work, held, situation.target)


def _blocks(window: Window, executed: Executed) -> bool:
    if window.kind is RelationKind.INDEX or window.relation in executed.private:
        return False
    if window.kind is RelationKind.MATERIALIZED_VIEW:  # nobody writes to one but REFRESH
        return Blocked.READ in window.blocks
    return Blocked.READ in window.blocks or Blocked.WRITE in window.blocks


def _hit(executed: Executed, work: tuple[Work, ...], held: Sequence[Window], target: Target) -> Hit:
    strongest = max(held, key=lambda window: window.mode)
    who = _who(executed, work, held)
    return Hit(
        severity=severity.of_blocking_work(work, executed.statement, target),
        message=f"{who} on {listed(w.relation for w in held)} wait during {work_in_words(work)}.",
        why=work[0].reason or f"The statement holds {strongest.mode.manual_name} while it works.",
        remedy=_remedy(executed),
        clause=work[0].clause,
        relation=strongest.relation,
        at=executed,
        explains=work,
    )


def _who(executed: Executed, work: tuple[Work, ...], held: Sequence[Window]) -> str:
    if all(window.kind is RelationKind.MATERIALIZED_VIEW for window in held):
        return "Reads"
    if _hides_an_index(executed, work):
        return "Reads and writes"
    return waiting(max(window.mode for window in held))


def _hides_an_index(executed: Executed, work: tuple[Work, ...]) -> bool:
    """Whether an index that exists is held under ACCESS EXCLUSIVE while it is built: planning any query locks every
    index of the table (manual, REINDEX, Notes), so that readers wait, too."""
    built = {w.relation for w in work if w.kind is WorkKind.INDEX_BUILD}
    locks = executed.effect.locks if executed.effect is not None else ()
    return any(lock.mode is LockMode.ACCESS_EXCLUSIVE and lock.relation in built for lock in locks)


def _remedy(executed: Executed) -> Remedy | None:
    for operation in executed.statement.operations:
        if type(operation) in _SAFER:
            return _SAFER[type(operation)](operation)
    return None


def _reindex(operation: Operation) -> Remedy:
    build = operation.replace(concurrently=True)
    return Remedy("Rebuild it concurrently, outside a transaction.", (outside(build),))


def _refresh(operation: Operation) -> Remedy:
    note = "needs a unique index on the view that covers all of its rows:"
    return Remedy("Refresh it concurrently: readers go on.", (alone(operation.replace(concurrently=True), note=note),))


def _copy(_: Operation) -> Remedy:
    words = by_hand("Copy the table while it is in use with pg_repack, or be content with a plain VACUUM.")
    return Remedy("Do not rewrite a table in use.", (words,))


def _move(_: Operation) -> Remedy:
    words = by_hand("pg_repack with --tablespace copies the table while it is in use, and swaps the files at the end.")
    return Remedy("Do not copy a table in use under a lock.", (words,))


def _swap(_: Operation) -> Remedy:
    copy = by_hand("Create a table of the other kind, keep it in step with a trigger, and fill it in batches.")
    names = by_hand("In one short transaction rename the two tables; drop the old one later.")
    return Remedy("Fill a new table and swap the names.", (copy, names))


_SAFER: dict[type[Operation], Callable[[Operation], Remedy]] = {
    Reindex: _reindex,
    RefreshMaterializedView: _refresh,
    Vacuum: _copy,
    Cluster: _copy,
    SetTablespace: _move,
    SetPersistence: _swap,
    SetAccessMethod: _swap,
}
