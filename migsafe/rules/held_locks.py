"""Locks that a transaction keeps from one statement to the next, and who waits for them."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.effects import Window, Work
from migsafe.model.locks import Blocked, RelationKind
from migsafe.model.names import Name
from migsafe.model.record import Record
from migsafe.rules.base import TransactionSituation

_WITH_ROWS = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE)


class Overlap(Record):
    """Work of one statement, and the locks of earlier ones that it prolongs."""

    executed: Executed
    work: tuple[Work, ...]
    held: tuple[Window, ...]


def overlaps(situation: TransactionSituation) -> Iterator[Overlap]:
    """Long work that is done under a lock of an earlier statement, as far as no finding reports it already."""
    for executed in situation.run:
        work = tuple(w for w in executed.heavy_work if (executed.ref, w) not in situation.explained_held)
        held = tuple(w for w in situation.windows if _adds_to_the_wait(w, executed, situation)) if work else ()
        if held:
            yield Overlap(executed, work, held)


def _adds_to_the_wait(window: Window, executed: Executed, situation: TransactionSituation) -> bool:
    """Whether an earlier statement's lock makes somebody wait, while this one works, who would not wait anyway."""
    if window.start == executed.ref or window.kind is RelationKind.INDEX or not window.outlasts(executed.ref):
        return False
    if window.relation in situation.executed(window.start).private:
        return False
    own = executed.effect.lock_on(window.relation) if executed.effect is not None else None
    others = set(window.blocks) & {Blocked.READ, Blocked.WRITE}
    return bool(others - set(own.blocks if own is not None else ()))


def table_locks(situation: TransactionSituation) -> tuple[Window, ...]:
    """The locks on tables of others that make their writers or readers wait, in the order in which they are taken."""
    order = {executed.ref: number for number, executed in enumerate(situation.run)}
    strong = (w for w in situation.windows if Blocked.WRITE in w.blocks and w.kind in _WITH_ROWS)
    shared = [w for w in strong if w.relation not in situation.executed(w.start).private]
    return tuple(sorted(shared, key=lambda window: order[window.start]))


def root(table: Name, situation: TransactionSituation) -> Name:
    """The partitioned table that a partition belongs to in the end; the table itself when it is none."""
    for _ in range(_DEEPEST):
        parent = situation.schema.relation(table).partition_of
        if parent is None:
            break
        table = parent
    return table


_DEEPEST = 20  # levels of partitions
