"""An index holds nothing that another one does not hold.

What happens
    Another index of the table begins with the same columns in the same order, so that it serves the same queries.

Why it hurts
    Each INSERT and most UPDATEs write both, and both take space and time in VACUUM.

Safer form
    Leave it out, or drop the shorter one when nothing else needs it:

        DROP INDEX CONCURRENTLY orders_customer_idx;

    Alembic: `op.drop_index`. Django: `RemoveIndexConcurrently`.

When it is fine
    When the shorter one is much smaller and often read as a whole. A unique index is never called redundant,
    because it is a guarantee. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 11.3 "Multicolumn Indexes".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import IndexElement
from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateIndex
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand
from migsafe.schema.objects import Index


@statement_rule(RuleInfo(code="MS940", name="redundant-index", since="0.1.0", default=False), CreateIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, create in situation.clauses(CreateIndex):
        table = situation.schema.resolve(create.table)
        if create.unique or create.method != "btree" or create.name is None:
            continue
        serving = [i for i in situation.schema.indexes_of(table) if i.name.name != create.name and _serves(i, create)]
        if not serving:
            continue
        leave = by_hand(f"Leave the index out: {serving[0].name} serves the same queries.")
        yield Hit(
            severity=Severity.INFO,
            message=f"Index {serving[0].name} begins with the same columns and serves the same queries.",
            why="Each write has to keep both indexes up to date.",
            remedy=Remedy("Leave it out.", (leave,)),
            clause=number,
            relation=table,
        )


def _serves(index: Index, create: CreateIndex) -> bool:
    if index.method != "btree" or not index.valid or index.predicate != create.predicate:
        return False
    return _keys(index.elements)[: len(create.elements)] == _keys(create.elements) and not create.include


def _keys(elements: tuple[IndexElement, ...]) -> tuple[IndexElement, ...]:
    return tuple(elements)
