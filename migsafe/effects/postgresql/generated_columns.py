"""What the server refuses of a generation expression (heap.c, `cookDefault`, `check_nested_generated`)."""

from __future__ import annotations

from migsafe.effects.postgresql.column_types import base_type, facts_of
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.expression_types import Place, refuse_calls
from migsafe.effects.postgresql.volatility import mutable_part
from migsafe.model.definitions import ColumnDef, ForeignKey, GeneratedKind, PrimaryKey, Unique
from migsafe.model.names import Name
from migsafe.schema.objects import Relation

_SOURCE = "heap.c, cookDefault"
_DEFINITION = "42P17"  # invalid_object_definition


def refuse_generated(column: ColumnDef, table: Relation, context: Context) -> None:
    generated, builder = column.generated, context.builder
    assert generated is not None
    if column.default is not None:
        message = (
            f'both default and generation expression specified for column "{column.name}" of table "{table.name.name}"'
        )
        builder.refuse(message, "42601", "parse_utilcmd.c, transformColumnDefinition")
    if generated.expression.reads:
        builder.refuse("cannot use subquery in column generation expression", "0A000", _SOURCE)
    refuse_calls(generated.expression, Place.GENERATION, context)
    for name in generated.expression.columns:
        used = table.column(name)
        if name == column.name or (used is not None and used.generated is not None):
            builder.refuse(
                f'cannot use generated column "{name}" in column generation expression', _DEFINITION, _SOURCE
            )
        if used is None and table.known and table.complete:
            builder.refuse(f'column "{name}" does not exist', "42703", "parse_relation.c")
    if mutable_part(generated.expression, table, context) is not None:
        builder.refuse("generation expression is not immutable", _DEFINITION, _SOURCE)
    if generated.kind is GeneratedKind.VIRTUAL:
        _refuse_virtual(column, context)


def _refuse_virtual(column: ColumnDef, context: Context) -> None:
    builder, source = context.builder, "parse_utilcmd.c, transformColumnDefinition"
    if facts_of(base_type(column.type, context.schema), context.version) is None or (
        context.schema.type_of(Name(column.type.schema, column.type.name)) is not None
    ):
        message = f'virtual generated column "{column.name}" cannot have a user-defined type'
        builder.refuse(message, "0A000", "heap.c, CheckAttributeType")
    for constraint in column.constraints:
        if isinstance(constraint, PrimaryKey):
            builder.refuse("primary keys on virtual generated columns are not supported", "0A000", source)
        if isinstance(constraint, Unique):
            builder.refuse("unique constraints on virtual generated columns are not supported", "0A000", source)
        if isinstance(constraint, ForeignKey):
            message = "foreign key constraints on virtual generated columns are not supported"
            builder.refuse(message, "0A000", source)
