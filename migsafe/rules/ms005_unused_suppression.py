"""A suppression suppresses nothing.

What happens
    A comment `migsafe: ignore[…]` stands at a statement that has no such finding.

Why it hurts
    It would hide the next real finding of that rule at that place.

Safer form
    Remove the comment, or move it to the statement that it is meant for: on a line of its own it is for the next
    statement, behind a statement for that one, and `ignore-file[…]` belongs before the first statement.

When it is fine
    Never; it costs one edit.

Versions
    All.

Evidence
    None needed: this is a statement about the check, not about the server.
"""

from __future__ import annotations

from migsafe.rules.base import RuleInfo, RunRule

rule = RunRule(RuleInfo(code="MS005", name="unused-suppression", since="0.1.0"))
