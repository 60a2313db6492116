"""A unique constraint builds its index while nobody can read or write the table.

What happens
    `ADD CONSTRAINT … UNIQUE` builds the index under ACCESS EXCLUSIVE: stronger than CREATE INDEX, which lets reads
    go on.

Why it hurts
    Reads and writes wait for a full read and a sort of the table.

Safer form
    Build the index first, without blocking, then make it the constraint's, which is instant:

        CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);
        ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;

    Alembic: `op.create_index(…, unique=True, postgresql_concurrently=True)` in an `autocommit_block()`, then
    `op.execute("ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX …")`.
    Django: the index with RunSQL in a migration with `atomic = False`, then `SeparateDatabaseAndState`.

When it is fine
    On a small or a new table. Not possible on a partitioned table: build the index on each partition, and attach.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "ADD table_constraint_using_index"; `DefineIndex` in indexcmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy
from migsafe.model.locks import RelationKind
from migsafe.model.operations import AddUnique
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import ON_PARTITIONS, unique_steps
from migsafe.rules.steps import look_for_duplicates


@statement_rule(RuleInfo(code="MS203", name="blocking-unique-constraint", since="0.1.0"), AddUnique)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AddUnique):
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {table} wait until the unique index is built.",
            why="ADD CONSTRAINT … UNIQUE builds its index under ACCESS EXCLUSIVE.",
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
            explains=work,
        )


def _remedy(operation: AddUnique, situation: StatementSituation) -> Remedy:
    if situation.schema.relation(operation.table).kind is RelationKind.PARTITIONED_TABLE:
        return ON_PARTITIONS
    look = look_for_duplicates(operation.table, operation.constraint.columns)
    steps = (look, *unique_steps(operation.table, operation.constraint, situation.schema))
    return Remedy("Build the unique index concurrently, then add the constraint with USING INDEX.", steps)
