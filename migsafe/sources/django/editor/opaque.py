"""What stands in Django's objects for what is not known: it shows in the SQL, and is never guessed."""

from __future__ import annotations

import re

from django.db import models
from django.db.models.expressions import RawSQL

from migsafe.sources.interpreter.holes import START

UNKNOWN_VALUE = "…"
"""In SQL, for a value that the file computes when it runs."""


class Unknown:
    """A value that is not known, where Django passes one on to the SQL."""


UNKNOWN = Unknown()


class Encoded(Unknown):
    """A value in a form that only the project's code gives it: not known, and the same one when the value is."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Encoded) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]  # a default may be a list; nothing looks one up


def unknown_default() -> Unknown:
    """A default that a function of the project computes."""
    return UNKNOWN


def changing_default() -> Unknown:
    """A default that is another one with each call: a random number, the time. Django compares the defaults of a field
    before and after a change, and these are never the same."""
    return Unknown()


def is_set_by_clock(field: models.Field) -> bool:
    """Whether rows that are there get the time at which the migration runs (django/db/backends/base/schema.py,
    `_effective_default`): another one on each day, so that it is not said."""
    stamped: bool = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return stamped and not field.has_default()


def opaque_type(class_name: str) -> str:
    """The type of a column whose field's class is not known: that class's name, which the server does not know."""
    return '"' + class_name.replace('"', "").replace(START, "")[:60] + '"'


def is_opaque_type(db_type: str | None) -> bool:
    return db_type is not None and db_type.startswith('"')


def is_opaque(field: models.Field) -> bool:
    """Whether the type of the field's column is not known."""
    return isinstance(field, OpaqueField) or getattr(field, "has_opaque_type", False)


class OpaqueField(models.Field):
    """A field whose class is not known."""

    def __init__(self, class_name: str = "unknown", **options: object) -> None:
        self.class_name = class_name
        super().__init__(**options)

    def db_type(self, connection: object) -> str:  # noqa: ARG002  # Django's signature
        return opaque_type(self.class_name)

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "class_name": self.class_name}


class UnknownValue(RawSQL):
    """A value in a condition that the project computes."""

    def __init__(self) -> None:
        super().__init__(f"'{UNKNOWN_VALUE}'", ())


class UnknownCall(models.Func):
    """An expression that is not known: a call of a function of its name, which the server does not know either."""

    arity = 0

    def __init__(self, name: str = "unknown") -> None:
        super().__init__(function='"' + re.sub(r"[^\w.]", "", name)[:60] + '"')


def has_unknown_value(value: object) -> bool:
    """Whether an index or a constraint has a condition with a value that is not known."""
    return isinstance(value, (models.Index, models.BaseConstraint)) and UnknownValue.__name__ in repr(value)
