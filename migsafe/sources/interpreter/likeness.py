"""Containers of which only the kind of the items is known: each item stands for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.values import Cause, Maybe, Rest, Unknown


def stands_for_all(values: Iterable[object]) -> HostObject | None:
    """A value like all of these, when they are objects of the front end that cannot be told apart."""
    found = [_inner(value) for value in values]
    first = found[0] if found else None
    if not isinstance(first, HostObject) or not first.kind.any_value:
        return None
    return first if all(_alike(first, other) for other in found[1:]) else None


def many(value: object) -> Rest:
    """Any number of values like this one."""
    return Rest(value)  # type: ignore[arg-type]  # a loop's body gets it as it is


def in_a_row(columns: Iterable[Iterable[object]]) -> Rest:
    """Any number of tuples, of columns of which at least one has no known length."""
    return many(tuple(stands_for_all(column) or Unknown(Cause.LOOP, "an item") for column in columns))


def _inner(value: object) -> object:
    if isinstance(value, Rest):
        return value.unknown
    return value.value if isinstance(value, Maybe) else value


def _alike(first: HostObject, other: object) -> bool:
    return isinstance(other, HostObject) and first.kind is other.kind and first.payload == other.payload
