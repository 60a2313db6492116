"""An index is of type hash.

What happens
    A hash index serves equality of one column only: no order, no ranges, no uniqueness, no further columns.

Why it hurts
    It is seldom faster than a btree, and when a query asks for more it is of no use.

Safer form
    A btree, the default:

        CREATE INDEX CONCURRENTLY users_token_idx ON users (token);

    Alembic: without `postgresql_using="hash"`. Django: `Index` in the place of `HashIndex`.

When it is fine
    For long values that are looked up by equality only, where it is much smaller. This rule is an opinion, and off
    unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 11.2.2 "Hash".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateIndex
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import alone, outside


@statement_rule(RuleInfo(code="MS942", name="hash-index", since="0.1.0", default=False), CreateIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, create in situation.clauses(CreateIndex):
        if create.method != "hash":
            continue
        table = situation.schema.resolve(create.table)
        better = create.replace(method="btree")
        yield Hit(
            severity=Severity.INFO,
            message=f"A hash index on {table} serves equality only: no order, no ranges, no uniqueness.",
            why="A btree serves equality as well, and is seldom slower.",
            remedy=Remedy("Use a btree.", (outside(better) if create.concurrently else alone(better),)),
            clause=number,
            relation=table,
        )
