"""A boolean can be NULL: it has three values.

What happens
    A new boolean column without NOT NULL knows true, false and unknown.

Why it hurts
    `WHERE NOT active` leaves out the rows with NULL, and so does `WHERE active`. Code treats NULL as false in one
    place and as an error in another.

Safer form
    A default and NOT NULL, which is instant in one statement:

        ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT false;

    Alembic: `nullable=False, server_default=sa.false()`. Django 5: `db_default=False`.

When it is fine
    Where "not known" is a third answer. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 9.1 "Logical Operators".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import ColumnDef, NotNull
from migsafe.model.expressions import Expression
from migsafe.model.findings import Remedy, Severity, Step
from migsafe.model.operations import AddColumn, CreateTable
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MadeColumn, made_columns
from migsafe.rules.steps import alone, by_hand
from migsafe.text.identifiers import identifier


@statement_rule(RuleInfo(code="MS911", name="nullable-boolean", since="0.1.0", default=False), CreateTable, AddColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        if made.definition is None or made.type.name != "bool" or made.type.dimensions or made.definition.not_null:
            continue
        yield Hit(
            severity=Severity.INFO,
            message=f"Column {made.words} has three values: true, false and NULL.",
            why="Neither WHERE column nor WHERE NOT column finds the rows with NULL.",
            remedy=Remedy("Make it NOT NULL, with a default.", (_step(made, made.definition),)),
            clause=made.clause,
            relation=made.table,
        )


def _step(made: MadeColumn, definition: ColumnDef) -> Step:
    if not isinstance(made.operation, AddColumn):
        return by_hand(f"{identifier(made.name)} boolean NOT NULL DEFAULT false")
    filled = definition.default or Expression("false", constant=True)
    constraints = (*definition.constraints, NotNull(column=made.name))
    return alone(made.operation.replace(column=definition.replace(default=filled, constraints=constraints)))
