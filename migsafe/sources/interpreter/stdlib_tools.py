"""What several imitations of the standard library share."""

from __future__ import annotations

from collections.abc import Callable

from migsafe.model.record import Record
from migsafe.sources.interpreter.host import Call, HostKind, HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.values import Cause, Unknown
from migsafe.sources.interpreter.values_defined import Builtin


class Suppress(Record):
    """`contextlib.suppress(*wanted)`."""

    wanted: tuple[object, ...]


def _itself(*_: object) -> HostObject:
    return INERT


INERT: HostObject = HostObject(
    HostKind(
        name="inert",
        attribute=_itself,
        call=_itself,
        item=_itself,
        enter=_itself,
        leave=lambda _, __: None,
        assign=lambda _, __, ___: True,
    )
)
"""Loggers, annotations: everything of it is of no effect on what a migration does."""

NULL_CONTEXT = HostKind(
    name="context",
    enter=lambda value, _: value.payload,
    leave=lambda _, __: None,
)


def identity(invocation: Invocation) -> object:
    """A decorator or wrapper that changes nothing that matters here."""
    return invocation.args[0] if invocation.args else Builtin("decorator", identity)


def constant(value: object) -> Callable[[Invocation], object]:
    return lambda _: value


def unknown(cause: Cause) -> Callable[[Invocation], object]:
    return lambda invocation: invocation.unknown(cause)


def opaque(cause: Cause, name: str) -> Unknown:
    return Unknown(cause, name)


__all__ = ["INERT", "NULL_CONTEXT", "Call", "Suppress", "constant", "identity", "opaque", "unknown"]
