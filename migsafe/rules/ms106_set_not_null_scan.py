"""SET NOT NULL reads the whole table while nobody can read or write it.

What happens
    `ALTER COLUMN … SET NOT NULL` takes ACCESS EXCLUSIVE and reads every row to make sure that none is NULL. A valid
    CHECK constraint that proves it spares the read, but not when the same ALTER TABLE drops or validates it.

Why it hurts
    Reads and writes wait for the whole read.

Safer form
    SQL, each statement in a transaction of its own:

        ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID;
        ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null;
        ALTER TABLE users ALTER COLUMN email SET NOT NULL;
        ALTER TABLE users DROP CONSTRAINT users_email_not_null;

    From PostgreSQL 18 `ADD CONSTRAINT … NOT NULL email NOT VALID` and `VALIDATE CONSTRAINT` do the same in two.
    Alembic: `op.create_check_constraint(…, postgresql_not_valid=True)`, `op.execute` for VALIDATE, `op.alter_column`.
    Django: `AddConstraintNotValid`, `ValidateConstraint`, then `AlterField`.

When it is fine
    On a small or a new table, and where a valid CHECK proves it already: migsafe is silent then.

Versions
    The CHECK spares the scan from PostgreSQL 12.

Evidence
    `NotNullImpliedByRelConstraints` in tablecmds.c; manual, ALTER TABLE, "SET/DROP NOT NULL". Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check, NotNull
from migsafe.model.expressions import Expression
from migsafe.model.findings import Remedy, Slot, Step
from migsafe.model.names import quoted
from migsafe.model.operations import AddCheck, AddNotNull, DropConstraint, SetNotNull, ValidateConstraint
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import alone

_NATIVE_SINCE = 18


@statement_rule(RuleInfo(code="MS106", name="set-not-null-scan", since="0.1.0"))
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        work = situation.work_of(number)
        if not work or not isinstance(operation, SetNotNull | AddNotNull):
            continue
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement),
            message=f"Reads and writes on {table} wait while every row is read.",
            why="No valid CHECK constraint proves that the column has no NULL, so the server looks.",
            remedy=_remedy(operation, situation.target.version),
            clause=number,
            relation=table,
            explains=work,
        )


def _remedy(operation: SetNotNull | AddNotNull, version: int) -> Remedy:
    column = operation.column if isinstance(operation, SetNotNull) else operation.constraint.column
    name = f"{operation.table.name}_{column}_not_null"
    validate = ValidateConstraint(table=operation.table, name=name)
    if version >= _NATIVE_SINCE:
        constraint = NotNull(name=name, column=column, not_valid=True)
        add = AddNotNull(table=operation.table, constraint=constraint)
        return Remedy("Add the constraint NOT VALID and validate it later.", (alone(add), _later(validate)))
    expression = Expression(f"{quoted(column)} IS NOT NULL", columns=(column,), proves_not_null=(column,))
    proof = AddCheck(table=operation.table, constraint=Check(name=name, expression=expression, not_valid=True))
    steps = (
        alone(proof),
        _later(validate),
        _later(SetNotNull(table=operation.table, column=column)),
        _later(DropConstraint(table=operation.table, name=name)),
    )
    return Remedy("Prove it with a CHECK that is validated without blocking, then SET NOT NULL is instant.", steps)


def _later(operation: ValidateConstraint | SetNotNull | DropConstraint) -> Step:
    return alone(operation, slot=Slot.POST_DEPLOY)
