"""A text column takes values of any length.

What happens
    `text` and `varchar` without a length hold up to a gigabyte.

Why it hurts
    A form field without a limit lets one request store megabytes, which every later query of the row has to read.

Safer form
    A CHECK on the length, which can be changed without copying the table:

        ALTER TABLE users ADD CONSTRAINT users_bio_length CHECK (length(bio) <= 10000) NOT VALID;

    Alembic and Django: `CheckConstraint` in the definition of the table.

When it is fine
    Where the application limits every value. This rule is an opinion, and off unless it is selected; it is the
    opposite of MS901.

Versions
    All supported versions.

Evidence
    Manual, 8.3 "Character Types": "the longest possible character string that can be stored is about 1 GB".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check
from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import AddColumn, CreateTable
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.made_columns import MadeColumn, made_columns
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS912", name="text-without-limit", since="0.1.0", default=False), CreateTable, AddColumn)
def check(situation: StatementSituation) -> Iterator[Hit]:
    for made in made_columns(situation):
        unlimited = made.type.name == "text" or (made.type.name == "varchar" and not made.type.modifiers)
        if made.definition is None or not unlimited or made.type.dimensions or _is_checked(made):
            continue
        limit = by_hand(f"Add a CHECK on the length of {made.name}.")
        yield Hit(
            severity=Severity.INFO,
            message=f"Column {made.words} takes values of up to a gigabyte.",
            why="Nothing in the database limits its length.",
            remedy=Remedy("Limit the length with a CHECK.", (limit,)),
            clause=made.clause,
            relation=made.table,
        )


def _is_checked(made: MadeColumn) -> bool:
    """Whether a CHECK of the same statement is about the column."""
    own = made.definition.constraints if made.definition is not None else ()
    of_table = made.operation.constraints if isinstance(made.operation, CreateTable) else ()
    checks = [c for c in (*own, *of_table) if isinstance(c, Check)]
    return any(made.name in c.expression.columns for c in checks)
