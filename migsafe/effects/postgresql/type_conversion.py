"""Whether a change of a column's type has to touch the rows, and whether it is possible at all.

Source: tablecmds.c, `ATColumnChangeRequiresRewrite`: the conversion is an expression over the old value, and the
rows stay as they are when nothing is left of it but relabelling: binary-coercible casts, domains without
constraints, timestamp <-> timestamptz when the time zone is UTC, and length coercions that the planner proves to
enforce nothing (`varchar_support`, `numeric_support`, `TemporalSimplify` … in utils/adt).
"""

from __future__ import annotations

from enum import Enum, auto
from itertools import pairwise

from migsafe.effects.postgresql.column_types import (
    base_type,
    catalog_name,
    constrained_domain,
    domain_of,
    facts_of,
    user_type,
)
from migsafe.effects.postgresql.facts import CastContext, CastMethod, find_cast
from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.expressions import TypeName

_UTC = frozenset({"utc", "gmt", "etc/utc", "etc/gmt", "zulu", "uct", "universal", "greenwich", "etc/uct", "+00"})
_TIMESTAMPS = frozenset({"timestamp", "timestamptz"})
# The precision of a type written without one: nothing that is left to enforce.
_FULL_PRECISION = {"timestamp": 6, "timestamptz": 6, "time": 6, "timetz": 6, "interval": 6}
_LENGTHS = frozenset({"varchar", "varbit"})
_BY_DEFAULT_ONE = frozenset({"bpchar", "bit"})  # written without a length they have the length 1 (gram.y)


class Conversion(Enum):
    """What one step of the conversion does with the stored value."""

    RELABEL = auto()
    COMPUTE = auto()
    IMPOSSIBLE = auto()


def conversion(steps: tuple[TypeName, ...], context: Context, *, explicit: bool) -> Conversion:
    """Convert along the types, from the old to the new one; all steps but the last are explicit casts.

    `explicit` says whether the last step is one, too.
    """
    result = Conversion.RELABEL
    modified = True  # whether the expression so far still carries the modifiers of its type
    for number, (old, new) in enumerate(pairwise(steps)):
        is_last = number == len(steps) - 2
        step = _step(old if modified else _bare(old), new, context, explicit=explicit or not is_last)
        if step is not Conversion.RELABEL:
            result = step
        if step is Conversion.IMPOSSIBLE:
            return step
        modified = old == new or bool(new.modifiers)
    return result


def _step(old: TypeName, new: TypeName, context: Context, *, explicit: bool) -> Conversion:
    if constrained_domain(new, context.schema) and old != new:
        possible = _cast(base_type(old, context.schema), base_type(new, context.schema), context, explicit=explicit)
        return Conversion.IMPOSSIBLE if possible is Conversion.IMPOSSIBLE else Conversion.COMPUTE
    if _same_type(old, new):
        return _length_coercion(old, new)
    from_domain = domain_of(old, context.schema) is not None
    source, target = base_type(old, context.schema), base_type(new, context.schema)
    if _same_type(source, target):
        # Taking a domain off relabels the value, and with that its modifiers are forgotten.
        return _length_coercion(_bare(source) if from_domain else source, target)
    cast = _cast(source, target, context, explicit=explicit)
    if cast is not Conversion.RELABEL:
        return cast
    return _length_coercion(_bare(target), target)


def _same_type(old: TypeName, new: TypeName) -> bool:
    return (old.name, old.dimensions > 0) == (new.name, new.dimensions > 0) and (
        old.schema == new.schema or {old.schema, new.schema} == {None, "pg_catalog"}
    )


def _bare(kind: TypeName) -> TypeName:
    return kind.replace(modifiers=())


def _length_coercion(old: TypeName, new: TypeName) -> Conversion:
    """From one set of modifiers to another of the same type (`coerce_type_typmod`)."""
    if not new.modifiers or old.modifiers == new.modifiers:
        return Conversion.RELABEL
    if new.dimensions:
        return Conversion.COMPUTE  # each element is coerced; no array is ever seen through
    return Conversion.RELABEL if _enforces_nothing(old, new) else Conversion.COMPUTE


def _enforces_nothing(old: TypeName, new: TypeName) -> bool:
    """What the planner support function of the type's length coercion proves."""
    before, after = _numbers(old), _numbers(new)
    if after is None or before is None:
        return False
    if new.name in _LENGTHS:
        return bool(before) and before[0] <= after[0]
    if new.name == "numeric":
        return bool(before) and _scale(before) == _scale(after) and before[0] <= after[0]
    if new.name in _FULL_PRECISION:
        return after[0] >= _FULL_PRECISION[new.name] or (bool(before) and before[0] <= after[0])
    return False


def _numbers(kind: TypeName) -> tuple[int, ...] | None:
    """The modifiers as numbers; None when they are words, as the fields of an interval are."""
    try:
        return tuple(int(modifier) for modifier in kind.modifiers)
    except ValueError:
        return None


def _scale(modifiers: tuple[int, ...]) -> int:
    return modifiers[1] if len(modifiers) > 1 else 0


def _cast(old: TypeName, new: TypeName, context: Context, *, explicit: bool) -> Conversion:
    """The cast between two different types without modifiers (parse_coerce.c, `find_coercion_pathway`)."""
    if {catalog_name(old), catalog_name(new)} == _TIMESTAMPS:
        return Conversion.RELABEL if context.settings.time_zone.lower() in _UTC else Conversion.COMPUTE
    wanted = CastContext.EXPLICIT if explicit else CastContext.ASSIGNMENT
    cast = find_cast(catalog_name(old), catalog_name(new), context.version, wanted)
    if cast is not None:
        return Conversion.RELABEL if cast.method is CastMethod.RELABEL else Conversion.COMPUTE
    return _user_cast(old, new, context, explicit=explicit)


def _user_cast(old: TypeName, new: TypeName, context: Context, *, explicit: bool) -> Conversion:
    """Without a catalog cast: text forms convert on assignment to strings, and from strings when asked explicitly.

    A cast of the user's own may exist for a type that is neither built in nor known.
    """
    if _is_string(new, context) or (explicit and _is_string(old, context)):
        return Conversion.COMPUTE
    known = all(facts_of(kind, context.version) or user_type(kind, context.schema) for kind in (old, new))
    return Conversion.IMPOSSIBLE if known else Conversion.COMPUTE


def _is_string(kind: TypeName, context: Context) -> bool:
    facts = facts_of(kind, context.version)
    return facts is not None and facts.category == "S"


def written_length(kind: TypeName) -> TypeName:
    """`char` and `bit` without a length mean a length of 1."""
    return kind.replace(modifiers=("1",)) if kind.name in _BY_DEFAULT_ONE and not kind.modifiers else kind
