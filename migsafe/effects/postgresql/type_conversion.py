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
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.facts import CastContext, CastMethod, find_cast
from migsafe.effects.postgresql.user_casts import user_cast
from migsafe.model.expressions import TypeName
from migsafe.schema.objects import TypeForm
from migsafe.text.patterns import late

# Zones whose offset is always zero (timestamp.c, `TimestampTimestampTzRequiresRewrite`).
_UTC = late(r"(?:etc/)?(?:utc|gmt|uct|zulu|universal|greenwich)|<?[+-]?0+(?::?0+)*>?(?:[+-]?0+)?")
_TIMESTAMPS = frozenset({"timestamp", "timestamptz"})
# The precision of a type written without one: nothing that is left to enforce.
_FULL_PRECISION = {"timestamp": 6, "timestamptz": 6, "time": 6, "timetz": 6, "interval": 6}
_LENGTHS = frozenset({"varchar", "varbit"})


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
    if old == new:
        return Conversion.RELABEL
    if constrained_domain(new, context.schema):
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
    if new.name == "interval":
        return _interval_keeps(old, new)
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


# The last field of an interval: what is smaller is cut off (timestamp.c, `intervaltypmodleastfield`).
_LAST_FIELDS = ("second", "minute", "hour", "day", "month", "year")


def _interval_keeps(old: TypeName, new: TypeName) -> bool:
    """timestamp.c, `interval_support`: the new fields reach as far down, and seconds keep their digits."""
    before, digits_before = _interval_parts(old)
    after, digits_after = _interval_parts(new)
    return after <= before and (before > 0 or digits_after >= min(digits_before, _FULL_PRECISION["interval"]))


def _interval_parts(kind: TypeName) -> tuple[int, int]:
    """The rank of the last field, and the digits of seconds."""
    words = [modifier for modifier in kind.modifiers if not modifier.isdigit()]
    digits = [int(modifier) for modifier in kind.modifiers if modifier.isdigit()]
    last = words[-1].split()[-1] if words else "second"
    return _LAST_FIELDS.index(last), digits[-1] if digits else _FULL_PRECISION["interval"]


def _scale(modifiers: tuple[int, ...]) -> int:
    return modifiers[1] if len(modifiers) > 1 else 0


def _cast(old: TypeName, new: TypeName, context: Context, *, explicit: bool) -> Conversion:
    """The cast between two different types without modifiers (parse_coerce.c, `find_coercion_pathway`)."""
    if {catalog_name(old), catalog_name(new)} == _TIMESTAMPS:
        zone = context.schema.time_zone or context.settings.time_zone
        return Conversion.RELABEL if _UTC.fullmatch(zone.lower()) else Conversion.COMPUTE
    wanted = CastContext.EXPLICIT if explicit else CastContext.ASSIGNMENT
    own = user_cast(old, new, context, wanted)
    if own is not None:
        return Conversion.RELABEL if own.method == "relabel" else Conversion.COMPUTE
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
    certain = all(_casts_are_known(kind, context) for kind in (old, new))
    return Conversion.IMPOSSIBLE if certain else Conversion.COMPUTE


def _casts_are_known(kind: TypeName, context: Context) -> bool:
    if facts_of(kind, context.version) is not None:
        return True
    own = user_type(kind, context.schema)
    return own is not None and own.form in {TypeForm.ENUM, TypeForm.RANGE}


def _is_string(kind: TypeName, context: Context) -> bool:
    facts = facts_of(kind, context.version)
    return facts is not None and facts.category == "S"
