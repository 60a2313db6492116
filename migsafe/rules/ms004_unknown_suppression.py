"""A suppression names a rule that does not exist.

What happens
    A comment `migsafe: ignore[…]` has no code, or one that is no rule's code or name.

Why it hurts
    A typing error would silence nothing, and its author believes that it does.

Safer form
    Write the code or the name as `migsafe rules` lists it.

When it is fine
    Never; it costs one edit.

Versions
    All.

Evidence
    None needed: this is a statement about the check, not about the server.
"""

from __future__ import annotations

from migsafe.rules.base import RuleInfo, RunRule

rule = RunRule(RuleInfo(code="MS004", name="unknown-suppression", since="0.1.0"))
