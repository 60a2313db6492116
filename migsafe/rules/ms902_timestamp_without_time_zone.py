"""A column holds times without a time zone.

What happens
    `timestamp` stores what the clock on the wall shows. Which moment that was depends on who wrote it.

Why it hurts
    Sessions with another TimeZone read another moment, daylight saving makes hours that exist twice, and a later
    change to timestamptz copies the table.

Safer form
    timestamptz takes the same eight bytes and means a moment:

        CREATE TABLE orders (placed_at timestamptz NOT NULL DEFAULT now());

When it is fine
    For times of a calendar that belong to no place, such as opening hours. This rule is an opinion, and off unless
    it is selected.

Versions
    All supported versions.

Evidence
    Manual, 8.5.1 "Date/Time Input".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MAKING, made_columns, type_advice


@statement_rule(RuleInfo(code="MS902", name="timestamp-without-time-zone", since="0.1.0", default=False), *MAKING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name == "timestamp":
            message = f"Column {made.words} holds times without saying which moment they are."
            yield type_advice(
                made,
                message,
                "timestamptz takes the same space and means a moment.",
                made.type.replace(name="timestamptz"),
            )
