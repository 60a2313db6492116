"""`settings` as migrations see it: what files state in plain text, and that the database is PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Unknown

_ENGINE: Final = "django.db.backends.postgresql"
_VARIANTS: Final = ("postgres", "postgis", "psql", "tenant", "timescale", "psycopg")
"""What the names of backends for PostgreSQL contain: which of them a project uses is not known."""


def settings(stated: Mapping[str, object]) -> HostObject:
    """An object whose attributes are the stated settings. All others are unknown."""
    kind = HostKind(
        name="settings",
        attributes={"DATABASES": lambda _: HostObject(DATABASES)},
        attribute=lambda _, name: stated.get(name, Unknown(Cause.ENVIRONMENT, f"settings.{name}")),
    )
    return HostObject(kind)


def by_convention(words: str) -> tuple[str, str] | None:
    """The app and the model of a swappable setting that no file of the project states, by its name: Django's
    `swappable` settings and swapper's are called LABEL_MODEL_MODEL, and a library sets its own model."""
    found = _SWAPPABLE.fullmatch(words)
    return (found[1].lower(), found[2].lower()) if found is not None and found[2] != "USER" else None


_SWAPPABLE: Final = re.compile(r"(?:\w+\.)*settings\.([A-Z][A-Z0-9_]*)_([A-Z0-9]+)_MODEL")


def is_engine(text: object) -> bool | None:
    """Whether a text is or may be part of the name of a backend for PostgreSQL; None when that cannot be said."""
    if not isinstance(text, str) or not text:
        return None
    return None if any(part in text.lower() for part in _VARIANTS) and text not in _ENGINE else text in _ENGINE


def _compared(sign: str, left: object, right: object) -> object | None:
    other = right if isinstance(left, HostObject) else left
    known = is_engine(other)
    if known is None or sign not in ("in", "==", "!="):
        return None
    return known if sign == "in" else (other == _ENGINE) == (sign == "==")


def _asked(question: Callable[[str], object]) -> Callable[[HostObject, Call], object]:
    """A method of texts, when every backend for PostgreSQL gives the same answer."""

    def method(_: HostObject, call: Call) -> object:
        part = call.args[0] if call.args else None
        return call.unknown() if is_engine(part) is None else question(str(part))

    return method


ENGINE: Final = HostKind(
    name="the database's engine",
    methods={
        "find": _asked(_ENGINE.find),
        "endswith": _asked(_ENGINE.endswith),
        "startswith": _asked(_ENGINE.startswith),
        "lower": lambda owner, _: owner,
    },
    operator=_compared,
    truth=lambda _: True,
)


def _engine(_: HostObject, key: object) -> object | None:
    return HostObject(ENGINE) if key == "ENGINE" else None


def _get(owner: HostObject, call: Call) -> object:
    return _engine(owner, call.args[0] if call.args else None) or call.unknown()


DATABASE: Final = HostKind(name="a database's settings", methods={"get": _get}, item=_engine)
DATABASES: Final = HostKind(
    name="the databases' settings",
    methods={"get": lambda _owner, _call: HostObject(DATABASE)},
    item=lambda _, _key: HostObject(DATABASE),
)
