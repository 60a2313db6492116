"""An index is copied to another tablespace while nobody can use its table.

What happens
    `ALTER INDEX … SET TABLESPACE` takes ACCESS EXCLUSIVE on the index while it copies the file. Planning any query of
    the table looks at all of its indexes, so reads and writes wait although the table itself is not locked.

Why it hurts
    An index of a large table is gigabytes.

Safer form
    From PostgreSQL 14 on, outside any transaction block, build it anew at the other place:

        REINDEX (TABLESPACE fast) INDEX CONCURRENTLY orders_user_id_idx;

    Alembic: `op.execute` in an `autocommit_block()`. Django: `RunSQL` with `atomic = False`.

When it is fine
    On a small index.

Versions
    All supported versions; REINDEX (TABLESPACE …) from PostgreSQL 14.

Evidence
    Manual, ALTER INDEX and REINDEX, Notes; `ATExecSetTableSpace` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import WorkKind
from migsafe.model.findings import Remedy
from migsafe.model.operations import CreateIndex, DropIndex, Reindex, SetTablespace
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_names import index_name
from migsafe.rules.steps import by_hand, outside
from migsafe.schema.objects import Index

_REINDEX_MOVES_SINCE = 14


@statement_rule(RuleInfo(code="MS113", name="blocking-index-move", since="0.2.0"), SetTablespace)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(SetTablespace):
        index = situation.schema.index(operation.table)
        if index is None or work[0].kind is not WorkKind.INDEX_BUILD:
            continue
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {index.table} wait while {index.name} is copied.",
            why="ACCESS EXCLUSIVE is held on the index, and planning any query of the table has to look at it.",
            remedy=_remedy(operation, index, situation),
            clause=number,
            relation=index.table,
            explains=work,
        )


def _remedy(operation: SetTablespace, index: Index, situation: StatementSituation) -> Remedy:
    if situation.target.version >= _REINDEX_MOVES_SINCE:
        build = Reindex(keyword="index", target=operation.table, concurrently=True, tablespace=operation.tablespace)
        return Remedy("Build it anew at the other place, concurrently.", (outside(build),))
    if index.constraint is not None:
        words = by_hand("Build a second index CONCURRENTLY at the other place, and swap the constraint to it.")
        return Remedy("Build it anew at the other place, concurrently.", (words,))
    other = CreateIndex(
        table=index.table,
        name=index_name(index.table, index.elements, index.include, situation.schema),
        elements=index.elements,
        include=index.include,
        method=index.method,
        unique=index.unique,
        predicate=index.predicate,
        concurrently=True,
        tablespace=operation.tablespace,
    )
    drop = DropIndex(index=operation.table, concurrently=True)
    return Remedy("Build a second one at the other place, drop the first.", (outside(other), outside(drop)))
