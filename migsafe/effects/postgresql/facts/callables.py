"""What calling a function comes to: one value, a set of rows, an aggregate; and what it makes of NULL."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from migsafe.effects.postgresql.facts.reader import known_version, rows


class Callable(NamedTuple):
    """What all functions of a name have in common. `result` is None when they differ, or for polymorphic ones."""

    kind: str  # "function", "aggregate", "window" or "mixed"
    returns_set: bool
    strict: bool
    result: str | None


def callable_facts(name: str, version: int, *, extensions: bool = True) -> Callable | None:
    """Of a built-in function, else of one in an extension that comes with the server; None if there is neither."""
    version = known_version(version)
    found = _load("callables", version).get(name)
    if found is None and extensions:
        found = _load("extension_callables", version).get(name)
    return found


@cache
def _load(file: str, version: int) -> dict[str, Callable]:
    return {
        name: Callable(kind, returned == "set", strict == "strict", None if result == "-" else result)
        for name, kind, returned, strict, result in rows(file, 5, version)
    }
