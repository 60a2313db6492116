"""A new column's constraint makes the server read the table, or build an index, while nobody can read it.

What happens
    `ADD COLUMN` with an inline CHECK, or with a foreign key and a DEFAULT, reads every row under ACCESS EXCLUSIVE to
    validate it, even where the new column is NULL in all of them. An inline UNIQUE or PRIMARY KEY builds its index
    under that lock.

Why it hurts
    Reads and writes wait for the whole read or build.

Safer form
    Add the column alone, then the constraint as NOT VALID, and validate it in a later transaction:

        ALTER TABLE orders ADD COLUMN state text;
        ALTER TABLE orders ADD CONSTRAINT orders_state_check CHECK (state <> '') NOT VALID;
        ALTER TABLE orders VALIDATE CONSTRAINT orders_state_check;

    For UNIQUE: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX.
    Alembic: `op.create_check_constraint(…, postgresql_not_valid=True)` and `op.execute("… VALIDATE CONSTRAINT …")`.
    Django: `AddConstraintNotValid` and `ValidateConstraint`.

When it is fine
    On a small or a new table. A column that REFERENCES another table without a DEFAULT clause is not scanned.

Versions
    All supported versions.

Evidence
    `ATExecAddColumn` and `ATRewriteTable` in tablecmds.c. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check, ColumnDef, Constraint, Exclusion, ForeignKey, NotNull, PrimaryKey, Unique
from migsafe.model.effects import Work, WorkKind
from migsafe.model.findings import Remedy, Step
from migsafe.model.operations import AddColumn
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import check_steps, foreign_key_steps, primary_key_steps, unique_steps
from migsafe.rules.required import is_required
from migsafe.rules.steps import alone, by_hand
from migsafe.rules.wording import work_in_words


@statement_rule(RuleInfo(code="MS105", name="scanning-add-column", since="0.1.0"), AddColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation, work in situation.working(AddColumn):
        if _rewrites(work) or is_required(operation.column):
            continue
        table = situation.schema.resolve(operation.table)
        yield Hit(
            severity=severity.of_blocking_work(work, situation.statement, situation.target),
            message=f"Reads and writes on {table} wait during {work_in_words(work)}.",
            why=work[0].reason,
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
            explains=work,
        )


def _rewrites(work: tuple[Work, ...]) -> bool:
    return any(w.kind is WorkKind.REWRITE for w in work)


def _remedy(operation: AddColumn, situation: StatementSituation) -> Remedy:
    column = operation.column
    instant = tuple(c for c in column.constraints if isinstance(c, NotNull))
    later = [c for c in column.constraints if not isinstance(c, NotNull)]
    steps: list[Step] = [alone(operation.replace(column=column.replace(constraints=instant)))]
    for constraint in later:
        steps += _steps(operation, column, constraint, situation)
    return Remedy("Add the column first and its constraint afterwards, without a scan under the lock.", tuple(steps))


def _steps(
    operation: AddColumn, column: ColumnDef, constraint: Constraint, situation: StatementSituation
) -> tuple[Step, ...]:
    """The steps for a constraint that was written behind the column."""
    table, schema, own = operation.table, situation.schema, (column.name,)
    match constraint:
        case Check():
            return check_steps(table, constraint, schema)
        case ForeignKey():
            return foreign_key_steps(table, constraint.replace(columns=own), schema)
        case Unique():
            return unique_steps(table, constraint.replace(columns=own), schema)
        case PrimaryKey():
            return primary_key_steps(table, constraint.replace(columns=own), schema, situation.target.version)
        case Exclusion():
            return (by_hand("Add the exclusion constraint to a copy of the table, and swap the names."),)
    return ()
