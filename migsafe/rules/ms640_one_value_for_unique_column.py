"""A new unique column gets the same value in every row that is there.

What happens
    `ADD COLUMN token uuid DEFAULT '…' UNIQUE` gives one value to all rows, and the index that makes the column unique
    is built over them. Django does this for `AddField(unique=True, default=…)`, also with a callable default such as
    `uuid.uuid4`: it is called once for the migration, not once for each row.

Why it hurts
    The migration fails as soon as the table has two rows: it passes on an empty test database and stops the deploy of a
    real one, after the table was locked.

Safer form
    Three steps: add the column without a value and without UNIQUE; fill it in batches with a value for each row;
    then build the unique index concurrently and make the constraint of it. Django's documentation calls it "Migrations
    that add unique fields".

When it is fine
    When the table has at most one row.

Versions
    All supported versions.

Evidence
    Django's documentation, "Writing database migrations". The server's error is 23505, unique_violation; where the
    migrations before show that there are rows, MS003 reports it.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ColumnDef, PrimaryKey, Unique
from migsafe.model.findings import Remedy, Severity, Slot
from migsafe.model.operations import AddColumn
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import unique_steps
from migsafe.rules.steps import alone, by_hand


@statement_rule(RuleInfo(code="MS640", name="one-value-for-unique-column", since="0.2.0"), AddColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(AddColumn):
        table = situation.schema.resolve(operation.table)
        refused = situation.executed.effect is None  # MS003 says it with certainty
        if refused or not _has_one_value(operation.column) or situation.is_new(table):
            continue
        yield Hit(
            severity=Severity.ERROR,
            message=f"Every row of {table} gets the same value in a column that must be unique.",
            why="The statement fails as soon as the table has two rows.",
            remedy=_remedy(operation, situation),
            clause=number,
            relation=table,
        )


def _remedy(operation: AddColumn, situation: StatementSituation) -> Remedy:
    column = operation.column
    empty = operation.replace(column=column.replace(default=None, constraints=()))
    fill = by_hand(f"Fill {column.name} in batches, with a value of its own for each row.", Slot.BACKGROUND)
    unique = unique_steps(operation.table, Unique(columns=(column.name,)), situation.schema)
    advice = "Add the column empty, give each row its own value, and make it unique afterwards."
    later = tuple(step.replace(slot=Slot.POST_DEPLOY) for step in unique)
    return Remedy(advice, (alone(empty), fill, *later))


def _has_one_value(column: ColumnDef) -> bool:
    """Whether a default that is the same for all rows meets a constraint that wants them to differ."""
    unique = any(isinstance(constraint, Unique | PrimaryKey) for constraint in column.constraints)
    default = column.default
    return unique and default is not None and default.constant and default.sql.strip().upper() != "NULL"
