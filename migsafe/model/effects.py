"""What the server does when it runs a statement, and what follows for everybody else."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, final

from migsafe.model.duration import Seconds, total
from migsafe.model.locks import Blocked, Lock, LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record


class WorkKind(StrEnum):
    """Work whose time grows with the table."""

    REWRITE = "rewrite"  # every row is copied into a new file
    INDEX_BUILD = "index-build"  # an index gets a new file
    SCAN = "scan"  # every row is read, to validate, build or copy
    DATA = "data"  # rows are inserted, updated or deleted
    EMPTY = "empty"  # TRUNCATE: a new empty file


class Work(Record):
    """One piece of work on one relation.

    For an index build `relation` is the index and `table` its table; otherwise both are the same. `seconds` is
    its time at today's size, `grown` at the size that the table is expected to reach; None when the size is unknown.
    """

    kind: WorkKind
    relation: Name
    table: Name
    clause: int = 0  # which clause of the statement causes it
    reason: str = ""  # one sentence for the user
    source: str = ""  # manual section or server source file that proves it
    change: str | None = None  # "insert", "update", "delete" for DATA
    seconds: Seconds | None = None
    grown: Seconds | None = None


class SettledBy(StrEnum):
    SCHEMA = "schema"
    STATS = "stats"
    DATABASE = "database"


class Assumption(Record):
    """Something that the text does not tell, taken as its worst case, and what would settle it."""

    what: str
    settled_by: SettledBy = SettledBy.SCHEMA


class Effect(KeywordRecord):
    """The prediction for one statement. See the JSON report's definitions in docs for what each part lists.

    `seconds` is how long the statement runs at today's sizes once it has its locks; None when a size is unknown.
    """

    locks: tuple[Lock, ...] = ()
    work: tuple[Work, ...] = ()
    transactional: bool = True
    waits_for_snapshots: bool = False
    reason: str = ""
    source: str = ""
    assumptions: tuple[Assumption, ...] = ()
    seconds: Seconds | None = None

    def relations(self, kind: WorkKind) -> tuple[Name, ...]:
        """The relations that this kind of work touches, each once, in order."""
        return tuple(dict.fromkeys(w.relation for w in self.work if w.kind is kind))

    def lock_on(self, relation: Name) -> LockMode | None:
        return max((lock.mode for lock in self.locks if lock.relation == relation), default=None)


class Refusal(Record):
    """The target does not run the statement: its own message and SQLSTATE, and the clause that it refuses."""

    message: str
    sqlstate: str
    clause: int = 0
    source: str = ""


class StatementRef(NamedTuple):
    """A statement in a run: the migration's key and the statement's index."""

    migration: str
    statement: int


@final
class WorkLog:
    """The work of one transaction in its order. The locks of the transaction are held over ranges of it, of which
    there can be thousands, so that each window says its range instead of copying it."""

    def __init__(self) -> None:
        self.work: list[Work] = []
        self._ranges: dict[StatementRef, tuple[int, int]] = {}
        self._places: dict[WorkKind, list[int]] = {}

    def add(self, ref: StatementRef, work: Sequence[Work]) -> None:
        """What one statement does."""
        if not work:
            return
        first = len(self.work)
        self.work.extend(work)
        self._ranges[ref] = (first, len(self.work))
        for at, one in enumerate(work, first):
            self._places.setdefault(one.kind, []).append(at)

    def is_by(self, ref: StatementRef, first: int, end: int) -> bool:
        """Whether a statement works in a range."""
        begin, stop = self._ranges.get(ref, (0, 0))
        return max(begin, first) < min(stop, end)

    def kinds(self, first: int, end: int) -> tuple[WorkKind, ...]:
        """The kinds of work in a range, each once, in the order in which they begin."""
        begins: list[tuple[int, WorkKind]] = []
        for kind, places in self._places.items():
            at = bisect_left(places, first)
            if at < len(places) and places[at] < end:
                begins.append((places[at], kind))
        return tuple(kind for _, kind in sorted(begins))


class Window(KeywordRecord):
    """How long one lock is kept: from the statement that takes it to the last one before the transaction ends.

    The work from `first_work` to `end_work` in the log is done while it is held, by the taking statement or later ones.
    """

    transaction: int | None
    relation: Name
    kind: RelationKind
    mode: LockMode
    start: StatementRef
    end: StatementRef
    log: WorkLog
    first_work: int
    end_work: int

    @property
    def blocks(self) -> tuple[Blocked, ...]:
        return self.mode.blocks

    @property
    def work(self) -> tuple[Work, ...]:
        return tuple(self.log.work[self.first_work : self.end_work])

    @property
    def seconds(self) -> Seconds | None:
        """How long the lock is kept at today's sizes; None when the time of any of its work is unknown."""
        return total(work.seconds for work in self.work)

    @property
    def work_kinds(self) -> tuple[WorkKind, ...]:
        """Each once, in the order in which they begin."""
        return self.log.kinds(self.first_work, self.end_work)

    def outlasts(self, ref: StatementRef) -> bool:
        """Whether the statement works while the lock is held."""
        return self.log.is_by(ref, self.first_work, self.end_work)
