"""What is wrong, and what to do instead."""

from __future__ import annotations

from enum import StrEnum

from migsafe.model.effects import StatementRef, Work
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
    SAME = "same"  # together with the step before


class Step(KeywordRecord):
    """One step of a remedy: operations to run together, or words where no statement can do it."""

    operations: tuple[Operation, ...] = ()
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
    work that this finding reports, so that the general rule about windows does not report it again.
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
    related: tuple[Related, ...] = ()
    explains: tuple[Work, ...] = ()
    suppressed: str | None = None  # the reason given in the suppression
