"""What a table must have to become a partition or a child of another one.

Source: tablecmds.c, `MergeAttributesIntoExisting` and `MergeConstraintsIntoExisting`.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration
from migsafe.schema.objects import Column, Relation

_MISMATCH = "42804"  # datatype_mismatch
_COLUMNS = "tablecmds.c, MergeAttributesIntoExisting"
_CONSTRAINTS = "tablecmds.c, MergeConstraintsIntoExisting"


def refuse_mismatch(parent: Relation, child: Relation, alteration: Alteration) -> None:
    """Every column and every inheritable CHECK of the parent must be there in the child."""
    if not (child.known and child.complete and parent.known):
        return
    for column in parent.columns:
        _refuse_column(column, child, alteration)
    for check in parent.checks:
        if not check.definition.no_inherit and child.constraint(check.name) is None:
            message = f'child table is missing constraint "{check.name}"'
            alteration.builder.refuse(message, _MISMATCH, _CONSTRAINTS)


def _refuse_column(column: Column, child: Relation, alteration: Alteration) -> None:
    builder, name, own = alteration.builder, child.name.name, child.column(column.name)
    if own is None:
        builder.refuse(f'child table is missing column "{column.name}"', _MISMATCH, _COLUMNS)
    if own.type is not None and column.type is not None and own.type != column.type:
        message = f'child table "{name}" has different type for column "{column.name}"'
        builder.refuse(message, _MISMATCH, _COLUMNS)
    if column.not_null and column.not_null_valid and own.not_null and not own.not_null_valid:
        message = f'constraint "{own.not_null_name}" conflicts with NOT VALID constraint on child table "{name}"'
        builder.refuse(message, "42P17", "tablecmds.c, MergeConstraintsIntoExisting")
    if column.not_null and not own.not_null:
        table = f'child table "{name}"' if alteration.version >= 18 else "child table"
        builder.refuse(f'column "{column.name}" in {table} must be marked NOT NULL', _MISMATCH, _COLUMNS)
