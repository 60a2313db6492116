"""An index is built while writes to the table wait.

What happens
    `CREATE INDEX` takes a SHARE lock on the table and keeps it until the transaction ends. Every INSERT, UPDATE and
    DELETE on the table waits for the whole build; reads go on.

Why it hurts
    A build reads the whole table and sorts the keys: seconds for a million rows, minutes for tens of millions.
    Writers that wait hold their own locks and connections, so the pool runs dry long before the build is done.

Safer form
    SQL, outside any transaction block:

        CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);

    Alembic:

        with op.get_context().autocommit_block():
            op.create_index("orders_user_id_idx", "orders", ["user_id"], postgresql_concurrently=True)

    Django (`atomic = False` on the migration):

        AddIndexConcurrently("order", models.Index(fields=["user"], name="orders_user_id_idx"))

    A failed concurrent build leaves an INVALID index behind: drop it with DROP INDEX CONCURRENTLY before the retry.
    A partitioned table takes no concurrent build: create the index ON ONLY the parent, build one CONCURRENTLY on
    each partition, and attach them.

When it is fine
    On a table that this migration or deploy creates, on an empty table, or on one small enough for the budget.

Versions
    All supported versions of PostgreSQL.

Evidence
    Manual, CREATE INDEX, "Building Indexes Concurrently"; `DefineIndex` in indexcmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.effects import WorkKind
from migsafe.model.findings import Remedy
from migsafe.model.locks import RelationKind
from migsafe.model.operations import CreateIndex
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.partition_steps import index_on_partitions
from migsafe.rules.steps import look_for_duplicates, outside
from migsafe.schema.schema import Schema


@statement_rule(RuleInfo(code="MS101", name="blocking-index-build", since="0.1.0"), CreateIndex)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(CreateIndex):
        if operation.concurrently or not any(w.kind is WorkKind.INDEX_BUILD for w in work):
            continue
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Writes to {table} wait until the index is built.",
            why="CREATE INDEX holds a SHARE lock on the table for the whole build.",
            remedy=_remedy(operation, situation.schema),
            clause=number,
            relation=table,
            explains=work,
        )


def _remedy(operation: CreateIndex, schema: Schema) -> Remedy:
    if schema.relation(operation.table).kind is RelationKind.PARTITIONED_TABLE:
        return index_on_partitions(operation, schema)
    build = operation.replace(concurrently=True)
    columns = tuple(e.column for e in operation.elements if e.column is not None)
    whole = len(columns) == len(operation.elements) and operation.predicate is None
    look = (look_for_duplicates(operation.table, columns),) if operation.unique and whole else ()
    return Remedy("Build the index concurrently, outside a transaction.", (*look, outside(build)))
