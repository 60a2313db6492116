"""The values that an analysed program works with.

A value is one of

- an ordinary Python value of an exact safe type (`PLAIN` below), its items again values;
- `Unknown`: nothing is known but why. It goes through every operation and stays unknown;
- `Either`: one of several values, each under its conditions, after branches that could not be decided;
- inside of containers also `Maybe` (an item that is there only under conditions) and `Rest` (any number of unknown
  items);
- what the program defines: `Function`, `Class`, `Instance`, `Generator` (values_defined.py);
- what a front end gives it: `HostFunction`, `HostObject` (host.py).

Nothing else may ever be a value: no real module, class, function or method of the running Python.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Iterator
from enum import StrEnum

Guards = tuple[str, ...]  # the conditions under which something happens, outermost first, as the source words them

LONGEST_WORDS = 120


class Cause(StrEnum):
    """Why a value is not known."""

    IMPORT = "import"  # a name from a module that is not read
    NAME = "name"  # a name that nothing binds
    ATTRIBUTE = "attribute"  # an attribute of a known value that is not in its table
    CALL = "call"  # what an unknown function returned
    PARAMETER = "parameter"  # an argument that the caller did not state
    DATABASE = "database"  # what only the database knows: rows, its catalog
    ENVIRONMENT = "environment"  # environment variables, files, settings
    VOLATILE = "volatile"  # another value on each run: clock, random numbers
    BRANCH = "branch"  # differs between branches that could not be decided
    LOOP = "loop"  # differs between the rounds of a loop over unknown values
    UNSUPPORTED = "unsupported"  # a construct that is not evaluated
    ERROR = "error"  # evaluating it would raise
    LIMIT = "limit"  # larger than allowed


class Unknown:
    """A value of which only the origin is known. `text` are the words of the code that made it, shortened."""

    __slots__ = ("cause", "text")

    def __init__(self, cause: Cause, text: str) -> None:
        self.cause = cause
        self.text = text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1] + "…"

    def __repr__(self) -> str:
        return f"Unknown({self.cause.value}, {self.text!r})"


class Either:
    """One of several values: `options` are pairs of conditions and value, no value an Either itself."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[tuple[Guards, object], ...]) -> None:
        self.options = options

    def __repr__(self) -> str:
        return f"Either({self.options!r})"


class Maybe:
    """An item of a container (or a variable) that exists only under conditions."""

    __slots__ = ("guards", "value")

    def __init__(self, guards: Guards, value: object) -> None:
        self.guards = guards
        self.value = value

    def __repr__(self) -> str:
        return f"Maybe({self.guards!r}, {self.value!r})"


class Rest:
    """Any number of items, also none, that are not known; in a dict the key and the value."""

    __slots__ = ("unknown",)

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown

    def __repr__(self) -> str:
        return f"Rest({self.unknown!r})"

    @property
    def reason(self) -> Unknown:
        """Why the items are not known, also where one stands for all of them (likeness.py)."""
        return self.unknown if isinstance(self.unknown, Unknown) else Unknown(Cause.LOOP, "an item")


SCALARS: frozenset[type] = frozenset(
    (
        *(str, int, float, complex, bool, type(None), bytes, type(...)),
        *(dt.datetime, dt.date, dt.time, dt.timedelta, dt.timezone),
        *(decimal.Decimal, uuid.UUID),
    )
)
CONTAINERS: frozenset[type] = frozenset((tuple, list, dict, set, frozenset))
PLAIN: frozenset[type] = SCALARS | CONTAINERS | {range, slice}


def is_plain(value: object) -> bool:
    """Whether it is a Python value of an exact safe type; says nothing about its items."""
    return type(value) in PLAIN


def uncertain_parts(value: object) -> Iterator[Unknown | Either | Maybe]:
    """Everything in a plain value, at any depth, that is not known for certain. Empty for a known value.

    Host and defined values count as known; texts with holes do too (`holes.has_hole`).
    """
    waiting, seen = [value], {id(value)}
    while waiting:
        part = waiting.pop()
        kind = type(part)
        if isinstance(part, (Unknown, Either, Maybe)):
            yield part
        elif isinstance(part, Rest):
            yield part.reason
        elif kind in CONTAINERS:
            inner = [item for item in items_of(part) if id(item) not in seen]
            seen.update(map(id, inner))
            waiting += reversed(inner)


def items_of(container: object) -> list[object]:
    """The items of a container in order; keys and values of a dict."""
    if isinstance(container, dict):
        return [part for pair in container.items() for part in pair]
    return list(container) if isinstance(container, (tuple, list, set, frozenset)) else []


def is_known(value: object) -> bool:
    """Whether nothing in it is uncertain."""
    kind = type(value)
    if kind in SCALARS:
        return True
    return next(uncertain_parts(value), None) is None
