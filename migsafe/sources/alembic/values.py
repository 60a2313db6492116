"""Values of the interpreter as real SQLAlchemy objects, as far as they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.interpreter import Call, Class, HostKind, HostObject, Instance, Unknown, uncertain_parts
from migsafe.sources.interpreter.values import CONTAINERS, SCALARS, Either, Maybe, Rest
from migsafe.sources.interpreter.values_defined import Function

load()
with no_plugins():
    import sqlalchemy as sa
    from sqlalchemy.sql.elements import ClauseElement, ColumnElement
    from sqlalchemy.types import TypeEngine, UserDefinedType


class UnbuildableError(Exception):
    """Something is not known that cannot be left open. The text says what, in the words of the file."""


class Fill(Enum):
    """What stands for an unknown value."""

    NAME = "name"  # a marker as text: a name, SQL
    EXPRESSION = "expression"  # a marker as an SQL expression
    TYPE = "type"  # a type of unknown name
    NOTHING = "nothing"  # it has to be known


class HoleType(UserDefinedType[object]):
    """A type that is not known. Its name in SQL is a quoted identifier that no server has; values stay as they are."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return '"⟨' + self.name.replace('"', "")[:50] + '⟩"'

    def literal_processor(self, dialect: object) -> Callable[[object], str]:  # noqa: ARG002  # SQLAlchemy's signature
        return str


_LONGEST: Final = 2_000  # items that are built at once


def real(value: object, call: Call, fill: Fill = Fill.NOTHING) -> object:  # noqa: PLR0911  # one for each kind
    """The value itself, or what stands for it. Raises UnbuildableError."""
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind in CONTAINERS:
        return _container(value, call, fill)
    if isinstance(value, HostObject):
        if value.payload is None or isinstance(value.payload, HostObject):
            raise UnbuildableError(value.kind.name)
        return value.payload
    if isinstance(value, Instance) and "value" in value.attributes and value.defined.members is not None:
        return real(value.attributes["value"], call, fill)
    if isinstance(value, Maybe):
        return real(value.value, call, fill)
    if isinstance(value, Unknown):
        return _filled(value, call, fill)
    if isinstance(value, Instance) and fill is Fill.TYPE:
        return HoleType(value.defined.name)
    raise UnbuildableError(words(value))


def _filled(value: Unknown, call: Call, fill: Fill) -> object:
    if fill is Fill.NAME:
        return call.hole(value)
    if fill is Fill.EXPRESSION:
        return sa.literal_column(call.hole(value))
    if fill is Fill.TYPE:
        return HoleType(value.text.partition("(")[0])
    raise UnbuildableError(value.text)


def _container(value: object, call: Call, fill: Fill) -> object:
    if isinstance(value, dict):
        return {real(key, call): real(item, call, fill) for key, item in value.items()}
    assert isinstance(value, (list, tuple, set, frozenset))
    return type(value)(real(item, call, fill) for item in value)


def words(value: object) -> str:
    """How a message names a value: the code that made it, never a literal of data."""
    if isinstance(value, Unknown):
        return value.text
    if isinstance(value, (Function, Class)):
        return value.name
    if isinstance(value, (Either, Maybe, Rest)) or type(value) in CONTAINERS:
        part = next((part for part in uncertain_parts(value) if isinstance(part, Unknown)), None)
        return part.text if part is not None else "a value that depends on conditions"
    if isinstance(value, (HostObject,)):
        return value.kind.name
    return type(value).__name__


def literal(value: object, call: Call) -> object:
    """A value of a data statement: itself, an expression, or a placeholder."""
    if isinstance(value, (Unknown, Either, Rest)):
        unknown = value if isinstance(value, Unknown) else call.unknown()
        return sa.literal_column("'" + call.hole(unknown) + "'")
    if isinstance(value, Instance) and value.defined.members is not None:
        return literal(value.attributes.get("value"), call)
    if type(value) in CONTAINERS and next(uncertain_parts(value), None) is not None:
        return sa.literal_column("'" + call.hole(call.unknown()) + "'")
    try:
        return real(value, call)
    except UnbuildableError:
        return sa.literal_column("'" + call.hole(call.unknown()) + "'")


def is_type(value: object) -> bool:
    return isinstance(value, TypeEngine) or (isinstance(value, type) and issubclass(value, TypeEngine))


def is_clause(value: object) -> bool:
    return isinstance(value, ClauseElement)


def is_column_expression(value: object) -> bool:
    return isinstance(value, ColumnElement)


def kwargs_of(call: Call, fills: Mapping[str, Fill], default: Fill = Fill.NOTHING) -> dict[str, object]:
    """The keyword arguments as real values, each filled as its name asks."""
    return {name: real(value, call, fills.get(name, default)) for name, value in call.kwargs.items()}


def payload_kind(value: object, kind: HostKind) -> bool:
    return isinstance(value, HostObject) and value.kind is kind
