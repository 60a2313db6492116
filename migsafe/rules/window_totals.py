"""Work that is short piece by piece and long together: all of it is done under one lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migsafe.effects.windows import Executed
from migsafe.model.duration import total
from migsafe.model.effects import Window, Work
from migsafe.model.locks import Blocked, RelationKind
from migsafe.model.record import Record
from migsafe.rules.base import TransactionSituation


class Sum(Record):
    """A lock, and the statements that work under it with what they do, each piece a clause of a statement."""

    window: Window
    members: tuple[Executed, ...]
    pieces: tuple[tuple[Work, ...], ...]

    @property
    def work(self) -> tuple[Work, ...]:
        return tuple(w for piece in self.pieces for w in piece)


def sums_above_budget(situation: TransactionSituation) -> Iterator[Sum]:
    """Locks on tables of others under which work is done in pieces, each within the budget and all together not."""
    if not situation.target.knows_sizes:
        return
    working = [executed for executed in situation.run if executed.heavy_work]
    for window in situation.windows:
        if working and _can_exceed(window, situation):
            sum_ = _sum(window, working)
            if _exceeds(sum_, situation.target.max_blocking):
                yield sum_


def _can_exceed(window: Window, situation: TransactionSituation) -> bool:
    if window.kind is RelationKind.INDEX or not {Blocked.READ, Blocked.WRITE} & set(window.blocks):
        return False
    if window.relation in situation.executed(window.start).private:
        return False
    return window.grown is not None and window.grown.expected > situation.target.max_blocking


def _sum(window: Window, working: Sequence[Executed]) -> Sum:
    members = tuple(executed for executed in working if window.outlasts(executed.ref))
    return Sum(window, members, tuple(piece for executed in members for piece in _pieces(executed)))


def _pieces(executed: Executed) -> Iterator[tuple[Work, ...]]:
    for clause in dict.fromkeys(w.clause for w in executed.heavy_work):
        yield tuple(w for w in executed.heavy_work if w.clause == clause)


def _exceeds(sum_: Sum, budget: float) -> bool:
    times = [total(w.grown for w in piece) for piece in sum_.pieces]
    known = [time.expected for time in times if time is not None]
    return len(known) == len(times) > 1 and max(known) <= budget < sum(known)
