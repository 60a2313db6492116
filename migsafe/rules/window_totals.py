"""Work that is short piece by piece and long together: all of it is done under one lock."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

from migsafe.effects.windows import Executed
from migsafe.model.duration import total
from migsafe.model.effects import Window, Work
from migsafe.model.locks import Blocked, RelationKind
from migsafe.model.record import Record
from migsafe.rules.base import TransactionSituation

_NEARLY: Final = 1 - 1e-9
"""Differences of running sums are not exact; what comes so near to the budget is added up by itself."""


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
    if not situation.target.knows_sizes or not situation.windows:
        return
    working = _Working(situation)
    for window in situation.windows:
        if working.may_exceed(window) and _can_exceed(window, situation):
            sum_ = _sum(window, working.under(window))
            if _exceeds(sum_, situation.target.max_blocking):
                yield sum_


class _Working:
    """The statements that work, in the order of the transaction's log, with running sums over their pieces: thousands
    of locks are held over ranges of them."""

    def __init__(self, situation: TransactionSituation) -> None:
        budget = situation.target.max_blocking
        log = situation.windows[0].log  # all windows of a transaction have the same
        self._budget = budget
        self._members = [executed for executed in situation.run if executed.heavy_work]
        self._ranges = [log.range_of(executed.ref) for executed in self._members]
        self._unfit = [0]  # pieces before each member whose time is unknown, or above the budget by itself
        self._seconds = [0.0]
        for executed in self._members:
            times = [total(w.grown for w in piece) for piece in _pieces(executed)]
            self._unfit.append(self._unfit[-1] + sum(time is None or time.expected > budget for time in times))
            self._seconds.append(self._seconds[-1] + sum(time.expected for time in times if time is not None))

    def may_exceed(self, window: Window) -> bool:
        """False when `_exceeds` cannot hold of its sum."""
        first, end = self._range(window)
        if self._unfit[first] != self._unfit[end]:
            return False
        return self._seconds[end] - self._seconds[first] > self._budget * _NEARLY

    def under(self, window: Window) -> Sequence[Executed]:
        """Those that the lock outlasts."""
        first, end = self._range(window)
        return self._members[first:end]

    def _range(self, window: Window) -> tuple[int, int]:
        first = bisect_right(self._ranges, window.first_work, key=itemgetter(1))
        return first, max(first, bisect_left(self._ranges, window.end_work, key=itemgetter(0)))


def _can_exceed(window: Window, situation: TransactionSituation) -> bool:
    if window.kind is RelationKind.INDEX or not {Blocked.READ, Blocked.WRITE} & set(window.blocks):
        return False
    if window.relation in situation.executed(window.start).private:
        return False
    return window.grown is not None and window.grown.expected > situation.target.max_blocking


def _sum(window: Window, members: Sequence[Executed]) -> Sum:
    return Sum(window, tuple(members), tuple(piece for executed in members for piece in _pieces(executed)))


def _pieces(executed: Executed) -> Iterator[tuple[Work, ...]]:
    for clause in dict.fromkeys(w.clause for w in executed.heavy_work):
        yield tuple(w for w in executed.heavy_work if w.clause == clause)


def _exceeds(sum_: Sum, budget: float) -> bool:
    times = [total(w.grown for w in piece) for piece in sum_.pieces]
    known = [time.expected for time in times if time is not None]
    return len(known) == len(times) > 1 and max(known) <= budget < sum(known)
