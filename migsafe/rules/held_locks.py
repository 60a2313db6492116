"""Locks that a transaction keeps from one statement to the next, and who waits for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.effects import Window, Work
from migsafe.model.locks import Blocked, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import DropIndex, DropSequence, DropView, Operation
from migsafe.model.record import Record
from migsafe.rules.base import TransactionSituation

_READ_OR_WRITE = frozenset((Blocked.READ, Blocked.WRITE))
_WITH_ROWS = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE)
_HOLE = "…"  # stands for a name that is put together at run time (sources/rendered.py)
_OF_OTHER_KINDS = (DropIndex, DropSequence, DropView)


class Overlap(Record):
    """Work of one statement (in the transaction's log from `first_work` to `end_work`), and the locks of earlier ones
    that it prolongs, without those that the work of a statement before it prolongs already."""

    executed: Executed
    work: tuple[Work, ...]
    held: tuple[Window, ...]
    first_work: int
    end_work: int


def overlaps(situation: TransactionSituation) -> Iterator[Overlap]:
    """Long work that is done under a lock of an earlier statement, as far as no finding reports it already."""
    if not situation.windows:
        return
    log = situation.windows[0].log  # all windows of a transaction have the same
    earlier = _Earlier(situation)
    for executed in situation.run:
        work = tuple(w for w in executed.heavy_work if (executed.ref, w) not in situation.explained_held)
        first, end = log.range_of(executed.ref)
        if work and earlier.has_waiting(executed, first, end):
            yield Overlap(executed, work, earlier.newly_prolonged(), first, end)


class _Earlier:
    """The locks that make somebody wait, as the statements of their transaction go by.

    A transaction can hold thousands, and nearly all of them to its end: each is looked at when it begins and never
    again, so that a run costs a step for each lock and not for each lock and statement.
    """

    def __init__(self, situation: TransactionSituation) -> None:
        strong = [window for window in situation.windows if _makes_wait(window, situation)]
        self._names = situation.first_names
        self._order = {id(window): number for number, window in enumerate(strong)}
        self._coming = deque(sorted(strong, key=lambda window: window.first_work))
        self._begun: list[Window] = []  # … that no statement has prolonged yet
        self._prolonged: deque[Window] = deque()
        self._new: list[Window] = []

    def has_waiting(self, executed: Executed, first: int, end: int) -> bool:
        """Whether somebody waits while a statement works from `first` to `end` who would not wait anyway."""
        while self._coming and self._coming[0].first_work < end:
            self._begun.append(self._coming.popleft())
        while self._prolonged and self._prolonged[0].end_work <= first:
            self._prolonged.popleft()
        begun = [window for window in self._begun if window.end_work > first]
        self._new = [window for window in begun if _adds_to_the_wait(window, executed, self._names)]
        prolonged = set(map(id, self._new))
        self._begun = [window for window in begun if id(window) not in prolonged]
        waiting = any(w.end_work > first and _adds_to_the_wait(w, executed, self._names) for w in self._prolonged)
        self._new.sort(key=lambda window: self._order[id(window)])
        self._prolonged.extend(self._new)
        return waiting or bool(self._new)

    def newly_prolonged(self) -> tuple[Window, ...]:
        """Those locks that the last statement asked about is the first to prolong, in the order of the windows."""
        return tuple(self._new)


def _makes_wait(window: Window, situation: TransactionSituation) -> bool:
    """Whether a lock makes reads or writes wait while others can know the relation. One on an index is not told, nor
    one on a sequence: who waits for that waits for the change of it, or for its table. Of a table that is renamed the
    lock that the RENAME takes is told."""
    if window.relation in situation.first_names:
        return False
    if window.kind in (RelationKind.INDEX, RelationKind.SEQUENCE) or not _READ_OR_WRITE & set(window.blocks):
        return False
    if _is_named_by(window, DropSequence, situation):
        return False
    return window.relation not in situation.executed(window.start).private


def _adds_to_the_wait(window: Window, executed: Executed, first_names: dict[Name, Name]) -> bool:
    """Whether an earlier statement's lock makes somebody wait, while this one works, who would not wait anyway."""
    if window.start == executed.ref:
        return False
    names = [window.relation, *(new for new, first in first_names.items() if first == window.relation)]
    modes = [executed.effect.lock_on(name) for name in names] if executed.effect is not None else []
    own = {blocked for mode in modes if mode is not None for blocked in mode.blocks}
    return bool((_READ_OR_WRITE & set(window.blocks)) - own)


def table_locks(situation: TransactionSituation) -> tuple[Window, ...]:
    """The locks on tables of others that make their writers or readers wait, in the order in which they are taken."""
    order = {executed.ref: number for number, executed in enumerate(situation.run)}
    strong = (w for w in situation.windows if Blocked.WRITE in w.blocks and w.kind in _WITH_ROWS)
    tables = (w for w in strong if not any(_is_named_by(w, kind, situation) for kind in _OF_OTHER_KINDS))
    named = (w for w in tables if w.relation not in situation.first_names)
    shared = [w for w in named if w.relation not in situation.executed(w.start).private]
    return tuple(sorted(shared, key=lambda window: order[window.start]))


def in_words(window: Window, situation: TransactionSituation) -> str:
    """What is locked: a table by its name, and for an index of which nothing is known the table that it belongs to."""
    if window.kind in _WITH_ROWS and _is_named_by(window, DropIndex, situation):
        return "the table of an index" if window.relation.name == _HOLE else f"the table of index {window.relation}"
    return str(window.relation)


def _is_named_by(window: Window, kind: type[Operation], situation: TransactionSituation) -> bool:
    """Whether the lock is on what such an operation drops: a relation that is not known counts as a table."""
    dropped = (op for op in situation.executed(window.start).statement.operations if isinstance(op, kind))
    return any(window.relation.name == _dropped(op) for op in dropped)


def _dropped(operation: Operation) -> str | None:
    match operation:
        case DropIndex(index=name) | DropSequence(sequence=name) | DropView(view=name):
            return name.name
        case _:
            return None


def root(table: Name, situation: TransactionSituation) -> Name:
    """The partitioned table that a partition belongs to in the end; the table itself when it is none."""
    for _ in range(_DEEPEST):
        parent = situation.schema.relation(table).partition_of
        if parent is None:
            break
        table = parent
    return table


_DEEPEST = 20  # levels of partitions
