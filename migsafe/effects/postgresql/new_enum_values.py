"""Values that the running transaction added to an enum: nobody may use them before it commits.

Source: enum.c, `check_safe_enum_use`. From 17 on a type that the transaction itself created is exempt.
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.expressions import Comparison, TypeName
from migsafe.model.names import Name
from migsafe.schema.objects import Relation


def refuse_new_value(value: str, kind: TypeName, context: Context) -> None:
    """`value` is the bare text of a string constant that becomes a value of the type."""
    state = context.schema.uncommitted
    if not state.enum_values:
        return
    full = context.schema.resolve_type(Name(kind.schema, kind.name))
    exempt = context.version >= 17 and full in state.enums
    if (full, value) in state.enum_values and not exempt:
        message = f'unsafe use of new value "{value}" of enum type {full.name}'
        context.builder.refuse(message, "55P04", "enum.c, check_safe_enum_use")


def refuse_new_constants(typed: Iterable[tuple[TypeName, str]], context: Context) -> None:
    """String constants under casts."""
    for kind, value in typed:
        refuse_new_value(value, kind, context)


def refuse_in_columns(table: Relation, pairs: Iterable[tuple[str, str | None]], context: Context) -> None:
    """Constants, as SQL text, that meet columns of the table."""
    if not context.schema.uncommitted.enum_values:
        return
    for name, constant in pairs:
        column = table.column(name)
        if column is not None and column.type is not None and constant is not None and constant[:1] == "'":
            refuse_new_value(constant[1:-1].replace("''", "'"), column.type, context)


def compared(conjuncts: Iterable[Comparison]) -> Iterable[tuple[str, str | None]]:
    return ((comparison.column, comparison.value) for comparison in conjuncts)
