"""What is wrong, and what to do instead."""

from __future__ import annotations

from enum import StrEnum

from migsafe.model.duration import Bytes, Seconds
from migsafe.model.effects import StatementRef, Work
from migsafe.model.expressions import Expression
from migsafe.model.locks import Blocked, LockMode
from migsafe.model.names import Name
from migsafe.model.operations import Operation
from migsafe.model.record import KeywordRecord, Record
from migsafe.model.text import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Slot(StrEnum):
    """When a phase of a plan runs, relative to the release of the application."""

    PRE_DEPLOY = "pre-deploy"
    DEPLOY = "deploy"
    BACKGROUND = "background"
    POST_DEPLOY = "post-deploy"
    CLEANUP = "cleanup"


class StepTransaction(StrEnum):
    """How a step of a remedy relates to transactions."""

    OWN = "own"  # a transaction of its own, committed before the next step
    NONE = "none"  # outside any transaction block


class Batch(KeywordRecord):
    """A change of many rows, to be done in pieces: an UPDATE of one column, or a DELETE.

    `where` is what is still to be done, so that the same statement can be repeated until it finds no row; without
    it an UPDATE goes by ranges of `key`.
    """

    table: Name
    key: tuple[str, ...]
    column: str | None = None  # None: the rows are deleted
    value: Expression | None = None
    where: Expression | None = None


class Step(KeywordRecord):
    """One step of a remedy: operations to run together, or words where no statement can do it. `instead_of` is the
    index or the constraint whose place is taken later by the one that is made here."""

    operations: tuple[Operation, ...] = ()
    batch: Batch | None = None
    note: str = ""
    transaction: StepTransaction = StepTransaction.OWN
    slot: Slot = Slot.PRE_DEPLOY
    instead_of: str | None = None


class Remedy(Record):
    """The safer form, as data. `advice` is one sentence; writers print the steps in the file's own language. `once`
    when it is done in one place for all migrations of the project."""

    advice: str
    steps: tuple[Step, ...] = ()
    once: bool = False


class Place(Record):
    """A span in a file of the run."""

    path: str
    span: Span


class Related(Record):
    place: Place
    message: str


class LockWait(KeywordRecord):
    """How long a statement waits for its lock, in which time everybody who comes later waits behind it.

    `longest` is the age in seconds of the oldest transaction at capture; None when it is assumed that transactions
    are short. `limit` is the lock_timeout in seconds; True for one of unknown length.
    """

    seconds: Seconds
    longest: float | None = None
    limit: float | bool = False


class Impact(KeywordRecord):
    """How long others wait for the work that a finding is about, in seconds, and what that means for them.

    `blocks` are those who wait for a lock on `table`; empty when only changed rows are locked. `seconds` is at
    today's size, `grown` at `growth` times that; None when the size of one of `unknown` is not known.
    `holds_up_to_rows` is the size of `holds_for` at which the expected time reaches the budget, for what is within it;
    other tables grow with it.
    """

    table: Name
    blocks: tuple[Blocked, ...] = ()
    seconds: Seconds | None = None
    grown: Seconds | None = None
    growth: float = 1.0
    budget: float = 1.0
    unknown: tuple[Name, ...] = ()
    rows: float | None = None
    holds_up_to_rows: float | None = None
    holds_for: Name | None = None
    queries_per_second: float | None = None
    pool_size: int = 0
    lock_wait: LockWait | None = None
    disk: Bytes | None = None  # at the worst moment besides what is used before
    log: Bytes | None = None  # write-ahead log
    lag: Seconds | None = None  # how far replicas fall behind

    @property
    def queries_blocked(self) -> float | None:
        """Queries that come while the work is done today, expected."""
        if self.queries_per_second is None or self.seconds is None or not self.blocks:
            return None
        return self.queries_per_second * self.seconds.expected

    @property
    def pool_exhausted_after(self) -> float | None:
        """Seconds until every connection of the pool waits; None when the work ends before, or rates are unknown."""
        if not self.queries_blocked or self.queries_per_second is None or self.queries_blocked < self.pool_size:
            return None
        return self.pool_size / self.queries_per_second

    @property
    def straddles(self) -> bool:
        """Whether the budget lies inside of the range, so that it may be kept or not."""
        return self.grown is not None and self.grown.low <= self.budget < self.grown.high


class Prolonged(Record):
    """Work of a statement that others wait for under a lock of an earlier one, as a finding about that work may say
    it too. `message` is a sentence that can follow those of the other finding, `related` where the lock is taken."""

    ref: StatementRef
    work: tuple[Work, ...]
    message: str
    related: tuple[Related, ...] = ()


class Finding(KeywordRecord):
    """One hazard at one place.

    `message` is one sentence: what happens to whom. `why` is the reason in the server's terms. `explains` is the
    work that this finding reports, so that the general rule about windows does not report it again. `held` is the lock
    on `relation` that matters when an earlier statement of the transaction took it. `impact` is how long others wait,
    as far as sizes are known. `reports` is all work that it tells of; `prolongs` is what it says about work that may
    have a finding of its own (`rules.joining`).
    """

    code: str
    name: str
    severity: Severity
    place: Place
    message: str
    why: str = ""
    remedy: Remedy | None = None
    migration: str | None = None  # key of the migration
    ref: StatementRef | None = None
    relation: Name | None = None
    held: LockMode | None = None
    related: tuple[Related, ...] = ()
    explains: tuple[Work, ...] = ()
    reports: tuple[Work, ...] = ()
    prolongs: tuple[Prolonged, ...] = ()
    impact: Impact | None = None
    suppressed: str | None = None  # the reason given in the suppression
