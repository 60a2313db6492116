"""What a type change can do to the values that are there: refuse some, or change them without a word."""

from __future__ import annotations

from enum import Enum, auto

from migsafe.effects.postgresql.column_types import shown_type
from migsafe.model.expressions import Expression, TypeName
from migsafe.model.names import Name
from migsafe.model.record import Record
from migsafe.rules.wording import listed
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import literal

_TEXTS = ("text", "varchar", "bpchar")
_DIGITS = {"int2": 5, "int4": 10, "int8": 19}
_INTEGERS = ("int2", "int4", "int8")
_FRACTIONS = ("numeric", "float4", "float8")
_MOMENTS = ("timestamptz", "timestamp")
_CUTTING = ("left", "substr", "substring", "trunc", "date_trunc", "round", "floor")
_MICROSECONDS = 6  # digits of a timestamp without a precision


class Harm(Enum):
    """How the values fare."""

    REFUSED = auto()  # the statement fails as soon as one value does not fit
    CHANGED = auto()  # values that do not fit are rounded or cut
    LOST = auto()  # a part of every value, or all of it, is gone


class Narrowing(Record):
    """`what` says which values, as the subject of a sentence: "values longer than 20 characters"."""

    harm: Harm
    what: str
    limit: int | None = None  # of characters


def narrowing(old: TypeName, new: TypeName, using: Expression | None, schema: Schema) -> Narrowing | None:
    """What a change of type does to values that do not fit; None where every value fits, or nothing tells."""
    if using is not None and not using.columns and not using.calls and not using.reads:
        return Narrowing(Harm.LOST, "every value (each row gets the same one)")
    if old.dimensions or new.dimensions:
        return None
    found = _of_text(old, new) or _of_numbers(old, new) or _of_time(old, new) or _of_labels(old, new, schema)
    if found is None or found.harm is not Harm.REFUSED or using is None:
        return found
    return found.replace(harm=Harm.CHANGED) if _cuts(using, new) else found


def _cuts(using: Expression, new: TypeName) -> bool:
    """An explicit cast to varchar(n) cuts what is longer (manual, 8.3); so do the functions that are made for it."""
    cast = new.name in _TEXTS and any(c.name == new.name and c.modifiers == new.modifiers for c in using.casts)
    return cast or any(call.function.name in _CUTTING for call in using.calls)


def _number(modifiers: tuple[str, ...], at: int) -> int | None:
    return int(modifiers[at]) if at < len(modifiers) and modifiers[at].lstrip("-").isdigit() else None


def _of_text(old: TypeName, new: TypeName) -> Narrowing | None:
    limit = _number(new.modifiers, 0)
    if old.name not in _TEXTS or new.name not in _TEXTS or limit is None:
        return None
    before = _number(old.modifiers, 0)
    if before is not None and before <= limit:
        return None
    return Narrowing(Harm.REFUSED, f"values longer than {limit} characters", limit)


def _of_numbers(old: TypeName, new: TypeName) -> Narrowing | None:
    if old.name in _INTEGERS and new.name in _INTEGERS:
        smaller = _DIGITS[new.name] < _DIGITS[old.name]
        return Narrowing(Harm.REFUSED, f"values outside the range of {shown_type(new)}") if smaller else None
    if old.name in _FRACTIONS and new.name in _INTEGERS:
        return Narrowing(Harm.CHANGED, "values with a fraction")
    if (old.name, new.name) in {("float8", "float4"), ("numeric", "float4"), ("numeric", "float8")}:
        return Narrowing(Harm.CHANGED, f"values with more digits than {shown_type(new)} holds")
    if new.name == "numeric" and new.modifiers:
        return _of_digits(old, new)
    return None


def _of_digits(old: TypeName, new: TypeName) -> Narrowing | None:
    """numeric(precision, scale): what does not fit before the point is refused, behind it rounded (manual, 8.1.2)."""
    precision, scale = _number(new.modifiers, 0) or 0, _number(new.modifiers, 1) or 0
    whole, fraction = _digits(old)
    if fraction is None or fraction > scale:
        return Narrowing(Harm.CHANGED, f"values with more digits behind the point than {scale}")
    if whole is None or whole > precision - scale:
        return Narrowing(Harm.REFUSED, f"values with more digits before the point than {precision - scale}")
    return None


def _digits(kind: TypeName) -> tuple[int | None, int | None]:
    """Digits before and behind the point that a type can hold; None for no limit."""
    if kind.name in _DIGITS:
        return _DIGITS[kind.name], 0
    if kind.name != "numeric" or not kind.modifiers:
        return (None, None) if kind.name in _FRACTIONS else (0, 0)
    scale = _number(kind.modifiers, 1) or 0
    return (_number(kind.modifiers, 0) or 0) - scale, scale


def _of_time(old: TypeName, new: TypeName) -> Narrowing | None:
    if old.name not in _MOMENTS:
        return None
    if new.name == "date":
        return Narrowing(Harm.LOST, "the time of day of every value")
    if new.name in {"time", "timetz"}:
        return Narrowing(Harm.LOST, "the date of every value")
    before, after = _number(old.modifiers, 0), _number(new.modifiers, 0)
    if new.name in _MOMENTS and after is not None and after < (_MICROSECONDS if before is None else before):
        return Narrowing(Harm.CHANGED, f"values with more digits of a second than {after}")
    return None


def _of_labels(old: TypeName, new: TypeName, schema: Schema) -> Narrowing | None:
    """From one enum to another: labels that the new one lacks have no place to go."""
    before, after = (schema.type_of(Name(each.schema, each.name)) for each in (old, new))
    if before is None or after is None or not (before.values and after.values and before.known and after.known):
        return None
    missing = [label for label in before.values if label not in after.values]
    return Narrowing(Harm.REFUSED, f"rows with {listed(map(literal, missing))}") if missing else None
