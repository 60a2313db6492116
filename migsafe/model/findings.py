"""What is wrong, and what to do instead."""

from __future__ import annotations

from enum import StrEnum

from migsafe.model.effects import StatementRef, Work
from migsafe.model.expressions import Expression
from migsafe.model.locks import LockMode
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
    """One step of a remedy: operations to run together, or words where no statement can do it."""

    operations: tuple[Operation, ...] = ()
    batch: Batch | None = None
    note: str = ""
    transaction: StepTransaction = StepTransaction.OWN
    slot: Slot = Slot.PRE_DEPLOY


class Remedy(Record):
    """The safer form, as data. `advice` is one sentence; writers print the steps in the file's own language."""

    advice: str
    steps: tuple[Step, ...] = ()


class Place(Record):
    """A span in a file of the run."""

    path: str
    span: Span


class Related(Record):
    place: Place
    message: str


class Finding(KeywordRecord):
    """One hazard at one place.

    `message` is one sentence: what happens to whom. `why` is the reason in the server's terms. `explains` is the
    work that this finding reports, so that the general rule about windows does not report it again. `held` is the lock
    on `relation` that matters when an earlier statement of the transaction took it.
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
    suppressed: str | None = None  # the reason given in the suppression
