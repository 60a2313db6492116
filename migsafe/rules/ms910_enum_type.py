"""A type is an enum.

What happens
    The labels of an enum are part of the schema. One can be added, but none removed, and their order is fixed.

Why it hurts
    A label that is no longer wanted stays for ever, or the type is replaced, which copies every table that uses it.

Safer form
    text with a CHECK, which can be replaced without copying, or a table of its own with a foreign key:

        CREATE TABLE orders (state text CHECK (state IN ('new', 'paid')));

    Alembic: `sa.Text()` with `sa.CheckConstraint`. Django: `choices=` and a `CheckConstraint`.

When it is fine
    For lists that never shrink. This rule is an opinion, and off unless it is selected.

Versions
    All supported versions.

Evidence
    Manual, 8.7.4: "Existing values cannot be removed from an enum type".
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.findings import Remedy, Severity
from migsafe.model.operations import CreateEnum
from migsafe.rules.base import Hit, RuleInfo, StatementSituation, statement_rule
from migsafe.rules.steps import by_hand


@statement_rule(RuleInfo(code="MS910", name="enum-type", since="0.1.0", default=False), CreateEnum)
def check(situation: StatementSituation) -> Iterator[Hit]:
    if situation.undoes is not None:
        return
    for number, operation in situation.clauses(CreateEnum):
        instead = by_hand("A column of type text with a CHECK on its values, or a foreign key to a small table.")
        yield Hit(
            severity=Severity.INFO,
            message=f"No label of {operation.type} can ever be removed.",
            why="The labels are part of the schema; replacing the type copies every table that uses it.",
            remedy=Remedy("Use text with a CHECK.", (instead,)),
            clause=number,
        )
