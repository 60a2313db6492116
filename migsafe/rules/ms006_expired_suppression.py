"""A suppression has expired.

What happens
    The date in `until=…` has passed, so the suppression no longer holds.

Why it hurts
    What was accepted for a while is still there.

Safer form
    Do what was put off, or set a new date with its reason.

When it is fine
    Never; it costs one edit.

Versions
    All.

Evidence
    None needed: this is a statement about the check, not about the server.
"""

from __future__ import annotations

from migsafe.rules.base import RuleInfo, RunRule

rule = RunRule(RuleInfo(code="MS006", name="expired-suppression", since="0.1.0"))
