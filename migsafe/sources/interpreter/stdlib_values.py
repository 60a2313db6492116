"""Dates, decimal numbers, UUIDs and bytes: made from known arguments, with the methods that are safe."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable

from migsafe.sources.interpreter.formatting import formatted, is_huge
from migsafe.sources.interpreter.holes import has_hole, uses_reserved
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.values import PLAIN, SCALARS, Cause

_LONGEST = 1_000  # characters of a text from which a date or a number is made


def made(function: Callable[..., object]) -> Callable[[Invocation], object]:
    """A constructor that is called with known scalars of small size only."""

    def run(invocation: Invocation) -> object:
        arguments = (*invocation.args, *invocation.kwargs.values())
        if invocation.more or not all(_is_small(value) for value in arguments):
            return invocation.unknown(Cause.UNSUPPORTED)
        found = function(*invocation.args, **invocation.kwargs)
        return found if type(found) in SCALARS else invocation.unknown(Cause.UNSUPPORTED)

    return run


def _is_small(value: object) -> bool:
    if type(value) not in SCALARS or is_huge(value):
        return False
    return not isinstance(value, (str, bytes)) or (
        len(value) <= _LONGEST and not (isinstance(value, str) and has_hole(value))
    )


def _method(kind: type, name: str) -> Callable[[Invocation, object], object]:
    function: Callable[..., object] = getattr(kind, name)

    def run(invocation: Invocation, owner: object) -> object:
        if not all(_is_small(value) for value in (*invocation.args, *invocation.kwargs.values())) or is_huge(owner):
            return invocation.unknown(Cause.UNSUPPORTED)
        found = function(owner, *invocation.args, **invocation.kwargs)
        return found if type(found) in PLAIN else invocation.unknown(Cause.UNSUPPORTED)

    return run


def _format_time(invocation: Invocation, owner: object) -> object:
    spec = invocation.argument(0, "format")
    if not isinstance(spec, str):
        return invocation.unknown(Cause.UNSUPPORTED)
    return formatted(invocation.machine, invocation.frame, invocation.node, owner, "", spec)


def _decode(invocation: Invocation, owner: object) -> object:
    """UTF-8 only: other codecs are looked up by name, and some inflate."""
    encoding = invocation.argument(0, "encoding", "utf-8")
    if not isinstance(owner, bytes) or encoding not in ("utf-8", "utf8", "ascii"):
        return invocation.unknown(Cause.UNSUPPORTED)
    text = owner.decode("utf-8")
    return invocation.unknown(Cause.UNSUPPORTED) if uses_reserved(text) else text


_TIMED = ("isoformat", "replace")
_DATED = (*_TIMED, "weekday", "isoweekday", "toordinal")

METHODS: dict[type, dict[str, Callable[[Invocation, object], object]]] = {
    dt.datetime: {
        **{name: _method(dt.datetime, name) for name in (*_DATED, "date", "time")},
        "strftime": _format_time,
    },
    dt.date: {**{name: _method(dt.date, name) for name in _DATED}, "strftime": _format_time},
    dt.time: {**{name: _method(dt.time, name) for name in _TIMED}, "strftime": _format_time},
    dt.timedelta: {"total_seconds": _method(dt.timedelta, "total_seconds")},
    decimal.Decimal: {
        name: _method(decimal.Decimal, name) for name in ("copy_abs", "is_nan", "is_signed", "normalize", "is_zero")
    },
    int: {"bit_length": _method(int, "bit_length")},
    float: {"is_integer": _method(float, "is_integer")},
    bytes: {"decode": _decode, "hex": _method(bytes, "hex")},
}

ATTRIBUTES: dict[type, frozenset[str]] = {
    dt.datetime: frozenset(("year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo")),
    dt.date: frozenset(("year", "month", "day")),
    dt.time: frozenset(("hour", "minute", "second", "microsecond", "tzinfo")),
    dt.timedelta: frozenset(("days", "seconds", "microseconds")),
    uuid.UUID: frozenset(("hex", "int", "bytes", "version", "urn")),
    range: frozenset(("start", "stop", "step")),
}
