"""A table gets more than ten indexes.

What happens
    Every INSERT writes all indexes of a table, and every UPDATE that is not HOT does.

Why it hurts
    Writes get slower with each index, VACUUM reads all of them, and up to PostgreSQL 17 a query that uses the table
    locks every index, of which only sixteen locks are cheap.

Safer form
    Look which ones are used (`pg_stat_user_indexes.idx_scan`), and drop the others first:

        DROP INDEX CONCURRENTLY orders_old_idx;

    Alembic and Django: in the migration before.

When it is fine
    For tables that are mostly read. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 11.1 "Indexes, Introduction": "indexes add overhead to data manipulation operations".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateIndex
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand

_MOST = 10


@statement_rule(RuleInfo(code="MS943", name="many-indexes", since="0.1.0", default=False), CreateIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, create in situation.clauses(CreateIndex):
        table = situation.schema.resolve(create.table)
        count = len(situation.schema.indexes_of(table)) + 1
        if count <= _MOST:
            continue
        look = by_hand(f"Look in pg_stat_user_indexes which indexes of {table} are used, and drop the others.")
        yield Hit(
            severity=Severity.INFO,
            message=f"This is index number {count} of {table}: each INSERT writes all of them.",
            why="Every index makes writes and VACUUM slower.",
            remedy=Remedy("Drop those that are not used first.", (look,)),
            clause=number,
            relation=table,
        )
