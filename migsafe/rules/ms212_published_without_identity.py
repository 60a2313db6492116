"""A published table has nothing that tells its rows apart, so they can no longer be changed.

What happens
    Logical replication sends UPDATE and DELETE with the replica identity of the row: its primary key, unless the table
    says otherwise. A published table without one refuses every UPDATE and DELETE: "cannot update table because it does
    not have a replica identity and publishes updates". INSERT goes on.

Why it hurts
    The error comes in the application, on the primary, from the moment at which the table is published or its key is
    gone. With a publication FOR ALL TABLES it hits each new table without a primary key.

Safer form
    A primary key, or an identity of another kind, before the table is published:

        ALTER TABLE log REPLICA IDENTITY USING INDEX log_id_key;   -- a unique index on NOT NULL columns
        ALTER TABLE log REPLICA IDENTITY FULL;                     -- the whole row; slow on the subscriber

    Alembic and Django: `op.execute`, `RunSQL`.

When it is fine
    On tables that are only ever inserted into, or in a publication with `publish = 'insert'`.

Versions
    All supported versions.

Evidence
    Manual, "Logical Replication", "Publication"; `CheckCmdReplicaIdentity` in execReplication.c. Shown on a server by
    a test of this rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.definitions import PrimaryKey
from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name
from migsafe.model.operations import AlterPublication, CreateTable, DropConstraint, Operation, SetReplicaIdentity
from migsafe.rules.base import Hit, MigrationSituation, RuleInfo, migration_rule
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed
from migsafe.schema.objects import Relation
from migsafe.schema.schema import RelationKind, Schema

_WITH_ROWS = (RelationKind.TABLE, RelationKind.PARTITIONED_TABLE)


@migration_rule(RuleInfo(code="MS212", name="published-without-identity", since="0.2.0"))
def check(situation: MigrationSituation) -> Iterator[Hit]:
    """One finding for each table, as it stands in the end."""
    told: set[Name] = set()
    for executed in situation.run:
        for number, operation in enumerate(executed.statement.operations):
            for name in _named(operation):
                table = situation.schema.relation(name)
                if table.name not in told and _is_refused(table, situation.schema):
                    told.add(table.name)
                    yield _hit(executed, number, name, table, situation.schema)


def _named(operation: Operation) -> tuple[Name, ...]:
    """The tables that an operation publishes, creates, or takes an identity from."""
    match operation:
        case AlterPublication():
            return operation.tables if operation.action in ("add", "set") or operation.creates else ()
        case CreateTable() | DropConstraint() | SetReplicaIdentity():
            return (operation.table,)
    return ()


def _is_refused(table: Relation, schema: Schema) -> bool:
    sure = table.known and table.complete and table.kind in _WITH_ROWS
    return sure and not _has_identity(table) and bool(schema.publications_of(table.name))


def _has_identity(table: Relation) -> bool:
    if table.replica_identity == "default":
        return any(isinstance(c.definition, PrimaryKey) for c in table.constraints)
    return table.replica_identity in ("full", "index")


def _hit(executed: Executed, number: int, written: Name, table: Relation, schema: Schema) -> Hit:
    publications = listed(publication.name for publication in schema.publications_of(table.name))
    key = by_hand(f"Add a primary key to {written}; or, if its rows have none, make it REPLICA IDENTITY FULL.")
    return Hit(
        severity=Severity.WARNING,
        message=f"UPDATE and DELETE on {table.name} are refused: {publications} publishes it, and it has no identity.",
        why="Logical replication names the rows that change by their primary key, and the table has none.",
        remedy=Remedy("Give the table a primary key, or another identity.", (key,)),
        clause=number,
        relation=table.name,
        at=executed,
    )
