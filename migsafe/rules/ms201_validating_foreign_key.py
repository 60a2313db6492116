"""A foreign key is added and validated at once, while nobody can write to either table.

What happens
    `ADD FOREIGN KEY` takes SHARE ROW EXCLUSIVE on the table *and on the referenced table*, and keeps both while it
    looks up every row. Reads go on; every INSERT, UPDATE and DELETE on both tables waits.

Why it hurts
    The referenced table is usually the busiest one. The check joins the two tables: minutes on large ones.

Safer form
    Add the key without validation, then validate it in a transaction of its own. Validation lets writes go on:

        ALTER TABLE orders ADD CONSTRAINT orders_user_id_fkey
            FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
        ALTER TABLE orders VALIDATE CONSTRAINT orders_user_id_fkey;

    Alembic: `op.create_foreign_key(…, postgresql_not_valid=True)`, later `op.execute("ALTER TABLE … VALIDATE …")`.
    Django: the field with `db_constraint=False`, then the constraint as RunSQL in two migrations.

When it is fine
    On a new or empty referencing table there is nothing to validate, but the lock on the referenced table is taken
    all the same: use a lock_timeout.

Versions
    All supported versions. On a partitioned referencing table NOT VALID works from PostgreSQL 18 only.

Evidence
    Manual, ALTER TABLE, "ADD table_constraint [NOT VALID]"; `ATAddForeignKeyConstraint` in tablecmds.c. Measured on
    12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy
from migsafe.model.locks import RelationKind
from migsafe.model.operations import AddForeignKey
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import foreign_key_steps, replacing
from migsafe.rules.steps import by_hand
from migsafe.rules.wording import listed

_NOT_VALID_ON_PARTITIONED = 18


@statement_rule(RuleInfo(code="MS201", name="validating-foreign-key", since="0.1.0"), AddForeignKey)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AddForeignKey):
        table = situation.schema.resolve(operation.table)
        referenced = situation.schema.resolve(operation.constraint.referenced)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Writes to {listed((table, referenced))} wait while every row of {table} is checked.",
            why="ADD FOREIGN KEY holds SHARE ROW EXCLUSIVE on both tables while it validates.",
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
            explains=work,
        )


def _remedy(operation: AddForeignKey, situation: StatementSituation) -> Remedy:
    partitioned = situation.schema.relation(operation.table).kind is RelationKind.PARTITIONED_TABLE
    if partitioned and situation.target.version < _NOT_VALID_ON_PARTITIONED:
        each = by_hand(f"To each partition of {operation.table} add the key NOT VALID, and VALIDATE it.")
        advice = "Add and validate the key on each partition first; the partitioned table takes those keys over."
        rest = by_hand(
            f"Then add it to {operation.table}: it takes the keys of its partitions over, and reads nothing."
        )
        return Remedy(advice, (each, rest))
    steps = foreign_key_steps(operation.table, operation.constraint, situation.schema)
    steps = replacing(steps, operation.constraint.name, situation.statement)
    return Remedy("Add the key NOT VALID, then validate it in a later transaction.", steps)
