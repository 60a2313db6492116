"""Python's built-in types as functions: `str(…)`, `list(…)`, `dict(…)` on bounded plain values."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable
from typing import Any

from migsafe.sources.interpreter.containers import items, keys_of, room, set_of, update
from migsafe.sources.interpreter.formatting import is_huge, text_of
from migsafe.sources.interpreter.holes import has_hole, uses_reserved
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.truth import is_certain, truth
from migsafe.sources.interpreter.values import SCALARS, Cause, Either, Unknown
from migsafe.sources.interpreter.values_defined import Builtin

REAL: dict[str, type] = {
    **{kind.__name__: kind for kind in (str, int, float, complex, bool, bytes, list, tuple, dict, set, frozenset)},
    **{kind.__name__: kind for kind in (dt.datetime, dt.date, dt.time, dt.timedelta)},
    "range": range,
    "slice": slice,
    "object": object,
    "Decimal": decimal.Decimal,
    "UUID": uuid.UUID,
}
"""The real types behind imitated ones, for `isinstance`."""

_ERRORS = (TypeError, ValueError, ArithmeticError, IndexError, KeyError)
TYPES: dict[str, object] = {}


def _type(name: str) -> Callable[[Callable[[Invocation], object]], None]:
    def register(function: Callable[[Invocation], object]) -> None:
        def run(invocation: Invocation) -> object:
            from migsafe.sources.interpreter.branching import each

            for number, value in enumerate(invocation.args):
                if isinstance(value, Either):
                    before, after = invocation.args[:number], invocation.args[number + 1 :]
                    kwargs = invocation.kwargs
                    return each(
                        invocation.machine,
                        value,
                        lambda v: run(invocation.with_arguments((*before, v, *after), kwargs)),
                    )
            try:
                return function(invocation)
            except _ERRORS as error:
                return invocation.fail(type(error).__name__, str(error)[:200])

        TYPES[name] = Builtin(name, run)

    return register


@_type("str")
def _str(invocation: Invocation) -> object:
    if not invocation.args:
        return ""
    value = invocation.args[0]
    if isinstance(value, bytes) and len(invocation.args) > 1:
        return _decoded(invocation, value)
    return text_of(invocation.machine, invocation.frame, invocation.node, value)


def _decoded(invocation: Invocation, value: bytes) -> object:
    text = value.decode("utf-8")
    return invocation.unknown(Cause.UNSUPPORTED) if uses_reserved(text) else text


@_type("int")
def _int(invocation: Invocation) -> object:
    if not invocation.args:
        return 0
    value: Any = invocation.args[0]
    base: Any = invocation.argument(1, "base", 10)
    if type(value) not in SCALARS or is_huge(value) or (isinstance(value, str) and has_hole(value)):
        return invocation.unknown(Cause.UNSUPPORTED)
    if isinstance(value, (str, bytes)) and len(value) > 1_000:
        return invocation.unknown(Cause.LIMIT)
    return int(value, base) if isinstance(value, (str, bytes)) else int(value)


@_type("float")
def _float(invocation: Invocation) -> object:
    value: Any = invocation.args[0] if invocation.args else 0
    if type(value) not in SCALARS or (isinstance(value, str) and has_hole(value)):
        return invocation.unknown(Cause.UNSUPPORTED)
    return float(value)


@_type("complex")
def _complex(invocation: Invocation) -> object:
    return invocation.unknown(Cause.UNSUPPORTED)


@_type("bool")
def _bool(invocation: Invocation) -> object:
    found = truth(invocation.machine, invocation.args[0]) if invocation.args else False
    return invocation.unknown(Cause.UNSUPPORTED) if found is None else found


@_type("bytes")
def _bytes(invocation: Invocation) -> object:
    value = invocation.args[0] if invocation.args else b""
    if isinstance(value, str) and not has_hole(value) and len(invocation.args) > 1:
        return value.encode("utf-8")
    return value if isinstance(value, bytes) else invocation.unknown(Cause.UNSUPPORTED)


@_type("list")
def _list(invocation: Invocation) -> object:
    return _items(invocation)


def _items(invocation: Invocation) -> list[object]:
    found = items(invocation, invocation.args[0]) if invocation.args else []
    room(invocation.machine, len(found))
    return found


@_type("tuple")
def _tuple(invocation: Invocation) -> object:
    return tuple(_items(invocation))


@_type("set")
def _set(invocation: Invocation) -> object:
    return set_of(invocation, _items(invocation))


@_type("frozenset")
def _frozenset(invocation: Invocation) -> object:
    return frozenset(set_of(invocation, _items(invocation)))


@_type("dict")
def _dict(invocation: Invocation) -> object:
    made: dict[object, object] = {}
    update(invocation, made)
    return made


@_type("object")
def _object(invocation: Invocation) -> object:
    return invocation.unknown(Cause.UNSUPPORTED)


@_type("slice")
def _slice(invocation: Invocation) -> object:
    if all(part is None or type(part) is int for part in invocation.args):
        return slice(*invocation.args)
    return invocation.unknown(Cause.UNSUPPORTED)


@_type("type")
def _type_of(invocation: Invocation) -> object:
    """`type(x)` of plain values; classes made at run time are not followed."""
    name = type(invocation.args[0]).__name__ if len(invocation.args) == 1 else ""
    known = is_certain(invocation.args[0]) if invocation.args else False
    return TYPES[name] if known and name in TYPES else invocation.unknown(Cause.UNSUPPORTED)


def fromkeys(invocation: Invocation) -> object:
    """`dict.fromkeys`."""
    value = invocation.argument(1, "value")
    source = items(invocation, invocation.args[0])
    pairs: list[object] = [(key, value) for key in source]
    made: dict[object, object] = {}
    update(invocation.with_arguments((pairs,), {}), made)
    return made


def maketrans(invocation: Invocation) -> object:
    """`str.maketrans`."""
    if all(isinstance(arg, str) and not has_hole(arg) for arg in invocation.args) and len(invocation.args) in (2, 3):
        texts: Any = invocation.args
        made: dict[object, object] = dict(str.maketrans(*texts))
        return made
    return invocation.unknown(Cause.UNSUPPORTED)


__all__ = ["REAL", "TYPES", "Unknown", "fromkeys", "keys_of", "maketrans"]
