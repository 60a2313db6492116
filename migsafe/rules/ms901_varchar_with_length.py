"""A column limits its length by its type.

What happens
    `varchar(n)` refuses longer values, exactly as a CHECK would. It takes the same space as text and is not faster.

Why it hurts
    Limits are guesses. A wider one is instant, a narrower one copies the table, and views on the column stand in
    the way of both.

Safer form
    text, and a CHECK where a limit is meant, which can be added and dropped without copying:

        CREATE TABLE users (name text CONSTRAINT users_name_length CHECK (length(name) <= 200));

When it is fine
    Where the limit is part of a standard, such as a country code. This rule is an opinion, and off unless it is
    selected.

Versions
    All supported versions.

Evidence
    Manual, 8.3 "Character Types": "There is no performance difference among these three types".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MAKING, made_columns, type_advice


@statement_rule(RuleInfo(code="MS901", name="varchar-with-length", since="0.1.0", default=False), *MAKING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name == "varchar" and made.type.modifiers:
            message = f"The length of {made.words} is limited by its type, and hard to change later."
            yield type_advice(
                made,
                message,
                "text with a CHECK can be changed without copying the table.",
                made.type.replace(name="text", modifiers=()),
            )
