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
from migsafe.model.operations import AddForeignKey, ValidateConstraint
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_names import constraint_name
from migsafe.rules.steps import alone
from migsafe.rules.wording import listed


@statement_rule(RuleInfo(code="MS201", name="validating-foreign-key", since="0.1.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        work = situation.work_of(number)
        if not isinstance(operation, AddForeignKey) or not work:
            continue
        table = situation.schema.resolve(operation.table)
        referenced = situation.schema.resolve(operation.constraint.referenced)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement),
            message=f"Writes to {listed((table, referenced))} wait while every row of {table} is checked.",
            why="ADD FOREIGN KEY holds SHARE ROW EXCLUSIVE on both tables while it validates.",
            remedy=_remedy(operation),
            clause=number,
            relation=table,
            explains=work,
        )


def _remedy(operation: AddForeignKey) -> Remedy:
    name = constraint_name(operation.constraint, operation.table, operation.constraint.columns, "fkey")
    add = operation.replace(constraint=operation.constraint.replace(name=name, not_valid=True))
    validate = ValidateConstraint(table=operation.table, name=name)
    return Remedy("Add the key NOT VALID, then validate it in a later transaction.", (alone(add), alone(validate)))
