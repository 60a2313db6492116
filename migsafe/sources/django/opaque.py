"""What stands in Django's objects for what is not known: it shows in the SQL, and is never guessed."""

from __future__ import annotations

from django.db import models

from migsafe.sources.interpreter.holes import START

UNKNOWN_VALUE = "…"
"""In SQL, for a value that the file computes when it runs."""


class Unknown:
    """A value that is not known, where Django passes one on to the SQL."""


UNKNOWN = Unknown()


def unknown_default() -> Unknown:
    """A default that a function of the project computes."""
    return UNKNOWN


def changing_default() -> Unknown:
    """A default that is another one with each call: a random number, the time. Django compares the defaults of a field
    before and after a change, and these are never the same."""
    return Unknown()


class OpaqueField(models.Field):
    """A field whose class is not known. Its column has a type of the class's name, which the server does not know."""

    def __init__(self, class_name: str = "unknown", **options: object) -> None:
        self.class_name = class_name
        super().__init__(**options)

    def db_type(self, connection: object) -> str:  # noqa: ARG002  # Django's signature
        return '"' + self.class_name.replace('"', "").replace(START, "")[:60] + '"'

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "class_name": self.class_name}
