"""When NOT NULL needs a look at the rows.

Source: tablecmds.c, `NotNullImpliedByRelConstraints`: a validated CHECK from which the server can prove that the
column is not null saves the scan. Which conditions are such a proof is settled when the text is read.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration
from migsafe.effects.postgresql.targets import column_of
from migsafe.model.definitions import Check
from migsafe.schema.objects import Column, Relation

SOURCE = "tablecmds.c, NotNullImpliedByRelConstraints"


def proved_not_null(relation: Relation, column: str) -> bool:
    """Whether a valid CHECK of the table proves that the column is not null."""
    return any(
        check.valid and check.enforced and isinstance(check.definition, Check)
        and column in check.definition.expression.proves_not_null
        for check in relation.checks
    )  # fmt: skip


def is_not_null(column: Column | None) -> bool:
    return column is not None and column.not_null and column.not_null_valid


def require_not_null(name: str, relation: Relation, alteration: Alteration) -> None:
    """The column must be NOT NULL from now on: read the table unless that is known already."""
    column = column_of(relation, name, alteration.builder)
    if is_not_null(column):
        return
    # VALIDATE, which this becomes for a NOT NULL that is not valid yet, does not look for a proof.
    unchecked = column is not None and column.not_null
    if proved_not_null(relation, name) and not unchecked:
        return
    if not relation.known or not relation.complete:
        alteration.builder.assume(f"no validated CHECK proves that {relation.name}.{name} is not null")
    alteration.builder.assume_rows(relation.name, f"no row of {relation.name} has a null in {name}")
    reason = f"Every row of {relation.name} is read to see that {name} is not null."
    alteration.scan(relation, reason, SOURCE)
