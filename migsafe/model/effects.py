"""What the server does when it runs a statement, and what follows for everybody else."""

from __future__ import annotations

from bisect import bisect_left
from enum import StrEnum
from typing import NamedTuple, final

from migsafe.model.duration import NO_TIME, Seconds, total
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

    @property
    def grown(self) -> Seconds | None:
        """The same at the sizes that the tables are expected to reach."""
        today, later = total(w.seconds for w in self.work), total(w.grown for w in self.work)
        if self.seconds is None or today is None or later is None:
            return None
        return self.seconds.plus(later).plus(today.times(-1))

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


class Lapse(NamedTuple):
    """Time that goes by in a transaction; the numbers are of the statements whose time is unknown."""

    seconds: Seconds
    grown: Seconds
    unknown: int = 0
    unknown_grown: int = 0

    def and_then(self, effect: Effect) -> Lapse:
        today, later = effect.seconds, effect.grown
        return Lapse(
            self.seconds if today is None else self.seconds.plus(today),
            self.grown if later is None else self.grown.plus(later),
            self.unknown + (today is None),
            self.unknown_grown + (later is None),
        )

    def since(self, earlier: Lapse) -> Lapse:
        return Lapse(
            self.seconds.plus(earlier.seconds.times(-1)),
            self.grown.plus(earlier.grown.times(-1)),
            self.unknown - earlier.unknown,
            self.unknown_grown - earlier.unknown_grown,
        )


_NO_LAPSE = Lapse(NO_TIME, NO_TIME)


@final
class WorkLog:
    """The work of one transaction in its order. The locks of the transaction are held over ranges of it, of which
    there can be thousands, so that each window says its range instead of copying it."""

    def __init__(self) -> None:
        self.work: list[Work] = []
        self._until: list[Lapse] = [_NO_LAPSE]  # what has run before each statement
        self._ranges: dict[StatementRef, tuple[int, int]] = {}
        self._places: dict[WorkKind, list[int]] = {}

    @property
    def statements(self) -> int:
        return len(self._until) - 1

    def lapse(self, first: int, end: int) -> Lapse:
        """The time from one statement to another, by their numbers."""
        return self._until[end].since(self._until[first])

    def add_unknown(self) -> None:
        """A statement of which nothing is known."""
        last = self._until[-1]
        self._until.append(last._replace(unknown=last.unknown + 1, unknown_grown=last.unknown_grown + 1))

    def add(self, ref: StatementRef, effect: Effect) -> None:
        """What one statement does."""
        self._until.append(self._until[-1].and_then(effect))
        work = effect.work
        if not work:
            return
        first = len(self.work)
        self.work.extend(work)
        self._ranges[ref] = (first, len(self.work))
        for at, one in enumerate(work, first):
            self._places.setdefault(one.kind, []).append(at)

    def range_of(self, ref: StatementRef) -> tuple[int, int]:
        """Where the work of a statement begins and ends; an empty range when it does none."""
        return self._ranges.get(ref, (0, 0))

    def is_by(self, ref: StatementRef, first: int, end: int) -> bool:
        """Whether a statement works in a range."""
        begin, stop = self.range_of(ref)
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

    The work from `first_work` to `end_work` in the log is done while it is held, by the taking statement or later ones,
    which are those from `first_statement` to `end_statement`.
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
    first_statement: int = 0
    end_statement: int = 0

    @property
    def blocks(self) -> tuple[Blocked, ...]:
        return self.mode.blocks

    @property
    def work(self) -> tuple[Work, ...]:
        return tuple(self.log.work[self.first_work : self.end_work])

    @property
    def seconds(self) -> Seconds | None:
        """How long the lock is kept at today's sizes; None when the time of a statement under it is unknown."""
        lapse = self.log.lapse(self.first_statement, self.end_statement)
        return None if lapse.unknown else lapse.seconds

    @property
    def grown(self) -> Seconds | None:
        """The same at the sizes that the tables are expected to reach."""
        lapse = self.log.lapse(self.first_statement, self.end_statement)
        return None if lapse.unknown_grown else lapse.grown

    @property
    def work_kinds(self) -> tuple[WorkKind, ...]:
        """Each once, in the order in which they begin."""
        return self.log.kinds(self.first_work, self.end_work)

    def outlasts(self, ref: StatementRef) -> bool:
        """Whether the statement works while the lock is held."""
        return self.log.is_by(ref, self.first_work, self.end_work)
