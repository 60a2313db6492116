"""A column is of type money.

What happens
    The sign, the digits after the point and the form of `money` come from the setting lc_monetary.

Why it hurts
    A dump that is read on a server with another setting holds other amounts, and there is no currency in the value.

Safer form
    numeric, and a column for the currency:

        CREATE TABLE orders (total numeric(14, 2), currency text);

When it is fine
    Nowhere in new tables. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 8.2 "Monetary Types".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MAKING, made_columns, type_advice


@statement_rule(RuleInfo(code="MS907", name="money-type", since="0.1.0", default=False), *MAKING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name == "money":
            message = f"What {made.words} holds depends on the setting lc_monetary of the server."
            yield type_advice(
                made, message, "numeric means the same on every server.", made.type.replace(name="numeric")
            )
