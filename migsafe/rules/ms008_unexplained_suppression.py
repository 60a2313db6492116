"""A suppression gives no reason.

What happens
    A comment `migsafe: ignore[…]` has nothing behind the brackets that says why.

Why it hurts
    Nobody can tell later whether what made it acceptable is still true: the table was small, nothing read the column.

Safer form
    Say what makes it safe, and until when that holds if it does not hold for ever.

        -- migsafe: ignore[MS401] nothing has read it since release 41
        ALTER TABLE users DROP COLUMN name;

When it is fine
    Where the migrations of the past are taken over as they are. The rule is off unless it is selected:
    `extend-select = ["MS008"]`.

Versions
    All.

Evidence
    None needed: this is a statement about the check, not about the server.
"""

from __future__ import annotations

from migsafe.rules.base import RuleInfo, RunRule

rule = RunRule(RuleInfo(code="MS008", name="unexplained-suppression", since="0.1.0", default=False))
