"""A column is of type json.

What happens
    `json` keeps the text as it was sent, with its white space and double keys, and reads it anew in every query. It
    has no equality.

Why it hurts
    DISTINCT, GROUP BY and UNION on the table fail, nothing in it can be indexed well, and the change to jsonb
    copies the table.

Safer form
    jsonb:

        CREATE TABLE events (payload jsonb);

When it is fine
    Where the exact text matters, as in an archive of signed messages. This rule is an opinion, and off unless it is
    selected.

Versions
    All supported versions.

Evidence
    Manual, 8.14 "JSON Types"; SQLSTATE 42883 on DISTINCT.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MAKING, made_columns, type_advice


@statement_rule(RuleInfo(code="MS905", name="json-column", since="0.1.0", default=False), *MAKING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name == "json":
            message = f"Column {made.words} is json: it has no equality, so DISTINCT and GROUP BY on it fail."
            why = "jsonb can be compared and indexed."
            yield type_advice(made, message, why, made.type.replace(name="jsonb"))
