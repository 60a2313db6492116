"""Statements that are there to fail: `DO $$ BEGIN RAISE EXCEPTION … END $$`."""

from __future__ import annotations

import re

from migsafe.model.migration import Certainty, Statement
from migsafe.model.operations import DoBlock
from migsafe.text.patterns import late

_RAISES = late(r"\A\s*(?:--[^\n]*\n\s*)*BEGIN\s+(?:--[^\n]*\n\s*)*RAISE\s+(?:EXCEPTION\b|')", re.IGNORECASE)


def refuses_to_run(statement: Statement) -> bool:
    """Whether the first thing that the statement does is to raise an error."""
    if statement.certainty is Certainty.GUARDED:
        return False
    return any(isinstance(op, DoBlock) and _RAISES.match(op.body) is not None for op in statement.operations)
