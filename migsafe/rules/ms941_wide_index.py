"""An index that is not unique has more than three columns.

What happens
    Each further column makes the index larger, and only queries that give the columns before it profit from it.

Why it hurts
    It is written with every row, it seldom helps more than one with the first two or three columns, and an UPDATE
    of any of its columns cannot be HOT.

Safer form
    The columns that leave out most rows, and the others in INCLUDE if a query reads nothing else:

        CREATE INDEX CONCURRENTLY orders_customer_placed_idx ON orders (customer_id, placed_at);

    Alembic and Django: the same columns.

When it is fine
    When a plan shows that it is used. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 11.3: "Indexes with more than three columns are unlikely to be helpful".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateIndex
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand

_MOST = 3


@statement_rule(RuleInfo(code="MS941", name="wide-index", since="0.1.0", default=False), CreateIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, create in situation.clauses(CreateIndex):
        if create.unique or len(create.elements) <= _MOST:
            continue
        table = situation.schema.resolve(create.table)
        fewer = by_hand("Keep the two or three columns that leave out most rows.")
        yield Hit(
            severity=Severity.INFO,
            message=f"An index on {len(create.elements)} columns of {table} seldom helps more than one on three.",
            why="It is written with every row, and only queries that give its first columns profit.",
            remedy=Remedy("Use fewer columns.", (fewer,)),
            clause=number,
            relation=table,
        )
