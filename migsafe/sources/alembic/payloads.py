"""What the domain records while a revision is evaluated, in the order in which the revision does it."""

from __future__ import annotations

from enum import Enum

from migsafe.model.record import Record


class Sent(Record):
    """SQL that is sent to the server as one string; it may hold markers of holes and several statements.

    `guard`: a condition that SQLAlchemy itself asks the server about (`checkfirst`). `holes`: a part was left out.
    """

    sql: str
    guard: str | None = None
    holes: bool = False


class NotKnown(Record):
    """Something is sent, and what it is could not be found out: a reason code and a sentence."""

    reason: str
    detail: str


class Autocommit(Enum):
    """The borders of an `autocommit_block()`, and of what another connection sends."""

    BEGIN = "begin"
    END = "end"
    APART = "apart"
    TOGETHER = "together"
