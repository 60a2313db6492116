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

from migsafe.model.findings import Remedy, Severity
from migsafe.model.names import Name, quoted
from migsafe.model.operations import AddNotNull, SetNotNull, ValidateConstraint
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import NATIVE_NOT_NULL_SINCE, not_null_steps


@statement_rule(RuleInfo(code="MS106", name="set-not-null-scan", since="0.1.0"), SetNotNull, AddNotNull)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in enumerate(situation.statement.operations):
        work = situation.work_of(number)
        if not work or not isinstance(operation, SetNotNull | AddNotNull):
            continue
        table = situation.schema.resolve(operation.table)
        proof = _perhaps_proved_by(table, situation)
        unless = f", unless {quoted(proof)} is a CHECK that proves it" if proof is not None else ""
        at_most = severity.of_blocking_work(work, situation.statement, situation.target)
        yield Hit(
            severity=at_most if proof is None else Severity.INFO,
            message=f"Reads and writes on {table} wait while every row is read{unless}.",
            why="No valid CHECK constraint proves that the column has no NULL, so the server looks.",
            remedy=_remedy(operation, situation.target.version),
            clause=number,
            relation=table,
            explains=work,
        )


def _perhaps_proved_by(table: Name, situation: StatementSituation) -> str | None:
    """A constraint of unknown content that this migration has validated before: the usual last step of the safe way,
    seen without the migration that created the constraint."""
    relation = situation.schema.relation(table)
    if relation.known and relation.complete:
        return None
    before = (s for s in situation.migration.statements if s.index < situation.statement.index)
    for operation in (op for statement in before for op in statement.operations):
        if isinstance(operation, ValidateConstraint) and situation.schema.resolve(operation.table) == table:
            known = relation.constraint(operation.name)
            if known is None:
                return operation.name
    return None


def _remedy(operation: SetNotNull | AddNotNull, version: int) -> Remedy:
    column = operation.column if isinstance(operation, SetNotNull) else operation.constraint.column
    steps = not_null_steps(operation.table, column, version)
    if version >= NATIVE_NOT_NULL_SINCE:
        return Remedy("Add the constraint NOT VALID and validate it in a later transaction.", steps)
    return Remedy("Prove it with a CHECK that is validated without blocking, then SET NOT NULL is instant.", steps)
