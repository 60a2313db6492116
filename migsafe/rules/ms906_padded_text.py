"""A column is of type char(n).

What happens
    `char(n)` fills values up with blanks, which are stored and then mostly ignored.

Why it hurts
    Comparisons with text behave otherwise than people expect, the blanks take space, and nothing is faster.

Safer form
    text, with a CHECK on the length where it is meant:

        CREATE TABLE countries (code text CHECK (length(code) = 2));

When it is fine
    Nowhere in new tables. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 8.3 "Character Types".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MAKING, made_columns, type_advice


@statement_rule(RuleInfo(code="MS906", name="padded-text", since="0.1.0", default=False), *MAKING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name == "bpchar":
            message = f"Column {made.words} is filled up with blanks."
            yield type_advice(
                made,
                message,
                "char(n) stores blanks that comparisons ignore, and is not faster.",
                made.type.replace(name="text", modifiers=()),
            )
