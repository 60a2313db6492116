"""A CHECK constraint is added and validated at once, while nobody can read or write the table.

What happens
    `ADD CONSTRAINT … CHECK` takes ACCESS EXCLUSIVE and keeps it while it evaluates the condition for every row.

Why it hurts
    Reads and writes wait for the whole read of the table.

Safer form
    Add it without validation, then validate it in a transaction of its own. Validation blocks neither reads nor
    writes:

        ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
        ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;

    Alembic: `op.create_check_constraint(…, postgresql_not_valid=True)`, later `op.execute("… VALIDATE …")`.
    Django: `AddConstraintNotValid`, then `ValidateConstraint` in the next migration.

When it is fine
    On a small or a new table.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, Notes; `ATExecAddConstraint` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy
from migsafe.model.operations import AddCheck
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import check_steps, replacing


@statement_rule(RuleInfo(code="MS202", name="validating-check", since="0.1.0"), AddCheck)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AddCheck):
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {table} wait while every row is checked.",
            why="ADD CONSTRAINT … CHECK holds ACCESS EXCLUSIVE while it validates.",
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
            explains=work,
        )


def _remedy(operation: AddCheck, situation: StatementSituation) -> Remedy:
    steps = check_steps(operation.table, operation.constraint, situation.schema)
    steps = replacing(steps, operation.constraint.name, situation.statement)
    return Remedy("Add the constraint NOT VALID, then validate it in a later transaction.", steps)
