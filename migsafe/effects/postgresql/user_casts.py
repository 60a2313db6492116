"""Casts and operators that history created: CREATE CAST, CREATE OPERATOR."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.facts import CastContext
from migsafe.model.expressions import TypeName
from migsafe.model.names import Name
from migsafe.schema.columns import stored_type
from migsafe.schema.objects import Function, OtherObject


def user_cast(old: TypeName, new: TypeName, context: Context, least: CastContext) -> OtherObject | None:
    """The user's cast from one type to another that may be used in such a context (pg_cast)."""
    wanted = (_bare(old), _bare(new))
    for cast in context.schema.casts():
        usable = CastContext[cast.context.upper()] <= least
        if usable and tuple(map(_bare, cast.types)) == wanted:
            return cast
    return None


def casts_to(kind: TypeName, context: Context) -> tuple[OtherObject, ...]:
    """The user's casts that an explicit cast to the type may mean."""
    wanted = _bare(stored_type(context.schema, kind))
    return tuple(cast for cast in context.schema.casts() if len(cast.types) == 2 and _bare(cast.types[1]) == wanted)


def functions_of(found: OtherObject, context: Context) -> tuple[Function, ...]:
    """The functions behind a cast or an operator, as far as history made them."""
    return tuple(function for name in found.functions for function in context.schema.functions_named(name))


def user_operator(written: str, context: Context) -> OtherObject | None:
    """`written` is the symbol, with its schema as in OPERATOR(app.+)."""
    schema, _, symbol = written.rpartition(".")
    return context.schema.other("operator", Name(schema or None, symbol))


def _bare(kind: TypeName) -> TypeName:
    return kind.replace(modifiers=(), dimensions=min(kind.dimensions, 1))
