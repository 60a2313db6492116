"""Values of the interpreter as real Python and Django objects, as far as they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migsafe.sources.interpreter import HostFunction, HostKind, HostObject, Instance, Unknown, uncertain_parts
from migsafe.sources.interpreter.holes import has_hole
from migsafe.sources.interpreter.values import CONTAINERS, SCALARS, Either, Maybe, Rest
from migsafe.sources.interpreter.values_defined import Builtin, Class, Function


class UnbuildableError(Exception):
    """Something is not known that Django would need. The text says what, in the words of the file."""


def _joined(sign: str, left: object, right: object) -> object | None:
    """`Q(a=1) | Q(b=2)`, `F("x") + 1`: by Django's own operators, on Django's objects and known scalars."""
    join = _OPERATORS.get(sign)
    if join is None or (sign == "%" and isinstance(left, str)):  # a text that is formatted has any width
        return None
    try:
        return wrapped(join(real(left), None if right is None and sign in ("~", "-") else real(right)))
    except (UnbuildableError, TypeError, ArithmeticError):
        return None


_OPERATORS: Mapping[str, Callable[..., object]] = {
    "|": lambda left, right: left | right,
    "&": lambda left, right: left & right,
    "^": lambda left, right: left ^ right,
    "+": lambda left, right: left + right,
    "-": lambda left, right: -left if right is None else left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left % right,
    "**": lambda left, right: left**right,
    "~": lambda left, _: ~left,
}


OBJECT = HostKind(name="a Django object", operator=_joined)
"""Payload: an object of Django's that has no part in the program's control flow (Index, Q, CASCADE …)."""


def wrapped(value: object) -> HostObject:
    return HostObject(OBJECT, value)


def real(value: object) -> object:
    """The value itself. Raises UnbuildableError for what is not known for certain."""
    kind = type(value)
    if isinstance(value, str) and has_hole(value):
        raise UnbuildableError("a text of which a part is not known")
    if kind in SCALARS:
        return value
    if kind in CONTAINERS:
        return _real_container(value)
    if isinstance(value, HostObject):
        return value.payload
    if isinstance(value, Instance) and "value" in value.attributes and value.defined.members is not None:
        return real(value.attributes["value"])
    raise UnbuildableError(words(value))


def _real_container(value: object) -> object:
    if isinstance(value, dict):
        return {real(key): real(item) for key, item in value.items()}
    assert isinstance(value, (list, tuple, set, frozenset))
    return type(value)(real(item) for item in value)


def words(value: object) -> str:
    """How a message names a value: the code that made it, never a literal of data."""
    if isinstance(value, Unknown):
        return value.text
    if isinstance(value, (Function, Class, Builtin, HostFunction)):
        return value.name
    if isinstance(value, (Either, Maybe, Rest)) or type(value) in CONTAINERS:
        part = next((p for p in uncertain_parts(value) if isinstance(p, Unknown)), None)
        return part.text if part is not None else "a value that depends on conditions"
    return type(value).__name__


def is_callable(value: object) -> bool:
    """Whether it is a function of the program, of Python or of Django, known or not."""
    return isinstance(value, (Function, Class, Builtin, HostFunction))
