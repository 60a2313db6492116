"""A name needs double quotes: it has capitals, blanks or special characters.

What happens
    The server folds names without quotes to lower case. A name with capitals exists only in quotes.

Why it hurts
    `SELECT userId` looks for `userid` and fails. Every query, also those by hand at night, has to quote.

Safer form
    Lower case with underscores:

        CREATE TABLE users (user_id bigint);

    Alembic and Django: names of columns in lower case, whatever the attribute is called.

When it is fine
    Where a tool quotes every name. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 4.1.1 "Identifiers and Key Words".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import quoted_type
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_names import NAMING, made_names
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS931", name="name-in-quotes", since="0.1.0", default=False), *NAMING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_names(situation):
        if quoted_type(made.name) != made.name:
            yield Hit(
                severity=Severity.INFO,
                message=f"{made.kind.capitalize()} {quoted_type(made.name)} has to stand in quotes in every query.",
                why="Names without quotes are folded to lower case.",
                remedy=Remedy("Use lower case and underscores.", (by_hand("Write it in lower case."),)),
                clause=made.clause,
            )
