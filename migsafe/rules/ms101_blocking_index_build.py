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
from migsafe.model.names import Name
from migsafe.model.operations import AttachIndexPartition, CreateIndex
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_names import index_name
from migsafe.rules.steps import alone, by_hand, outside
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
        return _on_partitions(operation, schema)
    build = operation.replace(concurrently=True)
    return Remedy("Build the index concurrently, outside a transaction.", (outside(build),))


def _on_partitions(operation: CreateIndex, schema: Schema) -> Remedy:
    """CONCURRENTLY is refused on a partitioned table: an empty index there, then one for each partition."""
    advice = "Create the index on the partitioned table only, build it on each partition concurrently, and attach."
    name = operation.name or index_name(operation.table, operation.elements, operation.include, schema)
    parent = Name(operation.table.schema, name)
    partitions = schema.partitions_of(operation.table)
    empty = alone(operation.replace(name=name, only=True))
    if not partitions or any(p.kind is RelationKind.PARTITIONED_TABLE for p in partitions):
        each = by_hand(f"For each partition: CREATE INDEX CONCURRENTLY, then ALTER INDEX {name} ATTACH PARTITION.")
        return Remedy(advice, (empty, each))
    steps = [empty]
    for partition in partitions:
        own = index_name(partition.name, operation.elements, operation.include, schema)
        build = operation.replace(table=partition.name, name=own, concurrently=True, only=False)
        attach = AttachIndexPartition(table=parent, keyword="index", partition=Name(partition.name.schema, own))
        steps += [outside(build), alone(attach)]
    return Remedy(advice, tuple(steps))
