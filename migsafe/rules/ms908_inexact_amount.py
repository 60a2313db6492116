"""A column that looks like an amount of money is a floating-point number.

What happens
    `real` and `double precision` hold most decimal fractions only nearly.

Why it hurts
    Sums are off by cents, and two equal amounts compare as different.

Safer form
    numeric, which is exact:

        CREATE TABLE orders (total numeric(14, 2));

When it is fine
    For measured values. The rule goes by the name of the column (price, amount, total, cost, balance, fee, tax,
    salary). This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 8.1.3 "Floating-Point Types": "If you require exact storage and calculations (such as for monetary
    amounts), use the numeric type".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MAKING, made_columns, type_advice

_WORDS = frozenset({"price", "amount", "total", "cost", "balance", "fee", "tax", "salary"})


@statement_rule(RuleInfo(code="MS908", name="inexact-amount", since="0.1.0", default=False), *MAKING)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.type.name in {"float4", "float8"} and not _WORDS.isdisjoint(made.name.lower().split("_")):
            message = f"Column {made.words} looks like an amount of money and is not exact."
            yield type_advice(
                made,
                message,
                "Floating-point numbers hold most decimal fractions only nearly.",
                made.type.replace(name="numeric"),
            )
