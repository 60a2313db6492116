"""A column is added as NOT NULL without a default.

What happens
    On a table with rows the statement fails: the existing rows would have no value. On an empty table it succeeds,
    and the release that is still running fails with every INSERT, because it does not know the column.

Why it hurts
    The deploy stops half-way, or all inserts fail until the last old process is gone.

Safer form
    Give it a default (a constant one is instant), or add it nullable, fill it, and make it NOT NULL afterwards:

        ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';

    Alembic: `op.add_column(…, server_default=…)`. Django: `db_default=…` (5.0); a plain `default=…` is dropped again
    in the same migration, so that old processes fail.

When it is fine
    On a table that this deploy creates.

Versions
    All supported versions.

Evidence
    Manual, ALTER TABLE, "ADD COLUMN"; SQLSTATE 23502 on a table with rows. Measured on 12 to 18.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import NotNull, PrimaryKey
from migsafe.model.effects import Refusal
from migsafe.model.findings import Remedy, Slot
from migsafe.model.operations import AddColumn
from migsafe.rules import severity
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.constraint_steps import not_null_steps
from migsafe.rules.required import is_required
from migsafe.rules.steps import alone, by_hand


@statement_rule(RuleInfo(code="MS503", name="required-column", since="0.1.0"), AddColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for number, operation in situation.clauses(AddColumn):
        if not is_required(operation.column):
            continue
        table = situation.schema.resolve(operation.table)
        if situation.is_new(table) or not (situation.effect.locks or isinstance(situation.executed.outcome, Refusal)):
            continue
        yield Hit(
            severity=severity.of_loss(situation.statement),
            message=f"This fails if {table} has rows; if it has none, the running release can no longer insert any.",
            why="A NOT NULL column without a default has no value for rows that do not mention it.",
            remedy=_remedy(operation, situation.target.version),
            clause=number,
            relation=table,
            explains=situation.work_of(number),
        )


def _remedy(operation: AddColumn, version: int) -> Remedy:
    column = operation.column
    nullable = tuple(c for c in column.constraints if not isinstance(c, NotNull | PrimaryKey))
    steps = (
        alone(operation.replace(column=column.replace(constraints=nullable, default=None))),
        by_hand(f"Release an application that always writes {column.name}.", Slot.DEPLOY),
        by_hand(f"Fill {column.name} of the existing rows in batches, each committed.", Slot.BACKGROUND),
        *not_null_steps(operation.table, column.name, version, Slot.POST_DEPLOY),
    )
    return Remedy("Give it a default, or add it nullable and make it NOT NULL when every row has a value.", steps)
