"""What a remedy is for."""

from __future__ import annotations

from migsafe.model.migration import Statement
from migsafe.model.record import Record


class Subject(Record):
    """The statement of a finding, and the code of its rule. Where a framework has an operation of its own for what the
    statement does, these tell a writer which hazard of it is meant."""

    statement: Statement
    code: str = ""
