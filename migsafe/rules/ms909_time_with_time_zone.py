"""A column is of type time with time zone.

What happens
    A time of day with an offset, but without a date, cannot know daylight saving.

Why it hurts
    The same value means another moment in summer; the type is there for the SQL standard only.

Safer form
    timestamptz for moments, time for the clock on the wall:

        CREATE TABLE shops (opens_at time, time_zone text);

When it is fine
    Nowhere in new tables. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 8.5 "Date/Time Types": its use is not recommended.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MAKING, made_columns, type_advice


@statement_rule(RuleInfo(code="MS909", name="time-with-time-zone", since="0.1.0", default=False), *MAKING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name == "timetz":
            message = f"Column {made.words} has an offset without a date, which daylight saving makes wrong."
            yield type_advice(
                made, message, "time and a time zone of its own say what is meant.", made.type.replace(name="time")
            )
