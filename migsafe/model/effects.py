"""What the server does when it runs a statement, and what follows for everybody else."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from migsafe.model.locks import Blocked, Lock, LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record, derived


class WorkKind(StrEnum):
    """Work whose time grows with the table."""

    REWRITE = "rewrite"  # every row is copied into a new file
    INDEX_BUILD = "index-build"  # an index gets a new file
    SCAN = "scan"  # every row is read, to validate, build or copy
    DATA = "data"  # rows are inserted, updated or deleted
    EMPTY = "empty"  # TRUNCATE: a new empty file


class Work(Record):
    """One piece of work on one relation.

    For an index build `relation` is the index and `table` its table; otherwise both are the same.
    """

    kind: WorkKind
    relation: Name
    table: Name
    clause: int = 0  # which clause of the statement causes it
    reason: str = ""  # one sentence for the user
    source: str = ""  # manual section or server source file that proves it
    change: str | None = None  # "insert", "update", "delete" for DATA


class SettledBy(StrEnum):
    SCHEMA = "schema"
    STATS = "stats"
    DATABASE = "database"


class Assumption(Record):
    """Something that the text does not tell, taken as its worst case, and what would settle it."""

    what: str
    settled_by: SettledBy = SettledBy.SCHEMA


class Effect(KeywordRecord):
    """The prediction for one statement. See the JSON report's definitions in docs for what each part lists."""

    locks: tuple[Lock, ...] = ()
    work: tuple[Work, ...] = ()
    transactional: bool = True
    waits_for_snapshots: bool = False
    reason: str = ""
    source: str = ""
    assumptions: tuple[Assumption, ...] = ()

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


class Window(KeywordRecord):
    """How long one lock is kept: from the statement that takes it to the last one before the transaction ends."""

    transaction: int | None
    relation: Name
    kind: RelationKind
    mode: LockMode
    start: StatementRef
    end: StatementRef
    work: tuple[Work, ...] = ()  # done while the lock is held, by the taking statement or by later ones
    worked_by: tuple[StatementRef, ...] = ()  # the statement of each entry of `work`

    @derived
    def workers(self) -> frozenset[StatementRef]:
        """The statements that work while the lock is held."""
        return frozenset(self.worked_by)

    @property
    def blocks(self) -> tuple[Blocked, ...]:
        return self.mode.blocks
