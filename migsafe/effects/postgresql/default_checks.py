"""What the server refuses of a column's type and default before it does anything.

Source: parse_type.c, `typenameType`; heap.c, `cookDefault` with the checks of parse_expr.c and parse_func.c for
`EXPR_KIND_COLUMN_DEFAULT`.
"""

from __future__ import annotations

from migsafe.effects.postgresql.calls import name_in_string
from migsafe.effects.postgresql.column_types import base_type, facts_of, shown_type, user_type
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.expression_types import Place, refuse_calls, refuse_wrong_default
from migsafe.effects.postgresql.facts import built_in_versions, type_facts
from migsafe.effects.postgresql.literals import is_valid_input
from migsafe.effects.postgresql.new_enum_values import refuse_new_constants, refuse_new_value
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.names import Name
from migsafe.schema.objects import Relation, TypeForm

SERIAL_TYPES = frozenset({"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"})
_SOURCE = "heap.c, cookDefault"


def refuse_unknown_type(kind: TypeName, context: Context) -> None:
    """Refuse a type that certainly does not exist. Extensions and unread history may hold any other."""
    if kind.name in SERIAL_TYPES or kind.name.endswith("%type") or facts_of(kind, context.version) is not None:
        return
    if user_type(kind, context.schema) is not None or not context.schema.closed or context.schema.extensions:
        return
    if kind.schema == "pg_catalog" or context.schema.exists(_relation_name(kind)) is not False:
        return  # a row type has the name of its table
    shown = kind.name if kind.schema is None else f"{kind.schema}.{kind.name}"
    context.builder.refuse(f'type "{shown}{"[]" * kind.dimensions}" does not exist', "42704", "parse_type.c")


def _relation_name(kind: TypeName) -> Name:
    return Name(kind.schema, kind.name)


def refuse_row_type_users(relation: Relation, context: Context) -> None:
    """Values of the table's row type that other tables keep would no longer fit."""
    if type_facts(relation.name.name, context.version) is not None:
        return  # a built-in type hides the row type of a table of the same name
    for user, column in context.schema.type_users(relation.name):
        message = (
            f'cannot alter table "{relation.name.name}" because column "{user.name.name}.{column}" uses its row type'
        )
        context.builder.refuse(message, "0A000", "tablecmds.c, find_composite_type_dependencies")


def refuse_default(column: str, default: Expression, kind: TypeName, context: Context) -> None:
    builder = context.builder
    if default.reads:
        builder.refuse("cannot use subquery in DEFAULT expression", "0A000", _SOURCE)
    if default.columns:
        builder.refuse("cannot use column reference in DEFAULT expression", "0A000", _SOURCE)
    _refuse_unknown_function(default, context)
    refuse_calls(default, Place.DEFAULT, context)
    refuse_new_constants(default.typed, context)
    _refuse_unknown_sequence(default, context)
    _refuse_bad_literal(default, kind, context)
    if kind.name not in SERIAL_TYPES:
        refuse_wrong_default(column, default, kind, context)


def _refuse_unknown_function(default: Expression, context: Context) -> None:
    if not context.schema.closed or context.schema.extensions:
        return
    for call in default.calls:
        if call.function.schema == "pg_catalog" or context.schema.functions_named(call.function):
            continue
        if context.version in built_in_versions(call.function.name):
            continue
        arguments = ", ".join(kind or "unknown" for kind in call.argument_types)
        context.builder.refuse(f"function {call.function}({arguments}) does not exist", "42883", "parse_func.c")


def _refuse_unknown_sequence(default: Expression, context: Context) -> None:
    """The name of a sequence is looked up when the expression is read (regproc.c, `regclassin`)."""
    for call in default.calls:
        if call.function.name == "nextval" and call.strings and call.strings[0] is not None:
            name = name_in_string(call.strings[0])
            if context.schema.exists(name) is False:
                context.builder.refuse(f'relation "{name}" does not exist', "42P01", "regproc.c, regclassin")


_NOT_KNOWN = "…"
"""How rendered statements show a value that a program computes when it runs."""


def _refuse_bad_literal(default: Expression, kind: TypeName, context: Context) -> None:
    """An untyped string is converted at once: it must be a label of the enum, a number, a Boolean, JSON …"""
    text = default.sql.strip()
    if not default.constant or default.casts or len(text) < 2 or text[0] != "'" or text[-1] != "'":
        return
    value = text[1:-1].replace("''", "'")
    if value == _NOT_KNOWN:
        return
    refuse_new_value(value, kind, context)
    base = base_type(kind, context.schema)
    own = None if base.dimensions else user_type(base, context.schema)
    if own is not None and own.form is TypeForm.ENUM and value not in own.values:
        message = f'invalid input value for enum {own.name.name}: "{value}"'
        context.builder.refuse(message, "22P02", "enum.c, enum_in")
    if not base.dimensions and own is None and not is_valid_input(value, base.name):
        message = f'invalid input syntax for type {shown_type(base)}: "{value}"'
        context.builder.refuse(message, "22P02", "the input function of the type")
