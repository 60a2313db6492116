"""Python's built-in functions over items: `zip`, `map`, `sorted`, `sum` and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migsafe.sources.interpreter.containers import is_loose, items, sort
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.likeness import in_a_row, many
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.pybase import builtin, known
from migsafe.sources.interpreter.truth import truth
from migsafe.sources.interpreter.values import Cause, Maybe, Rest, Unknown


@builtin("enumerate")
def _enumerate(invocation: Invocation) -> object:
    start = invocation.argument(1, "start", 0)
    found: list[object] = []
    for number, item in enumerate(_listed(invocation, 0)):
        place: object = (
            start + number if isinstance(start, int) and not is_loose(found) else Unknown(Cause.LOOP, "index")
        )
        if isinstance(item, Rest):
            found.append(many((Unknown(Cause.LOOP, "index"), item.unknown)))
        elif isinstance(item, Maybe):
            found.append(Maybe(item.guards, (Unknown(Cause.LOOP, "index"), item.value)))
        else:
            found.append((place, item))
    return found


def _listed(invocation: Invocation, place: int) -> list[object]:
    """The items of an argument; a long range is left to the loop that asks for it."""
    source = invocation.args[place]
    if isinstance(source, range) and len(source) > invocation.machine.limits.items:
        return [Rest(Unknown(Cause.LIMIT, "a long range"))]
    return items(invocation, source)


@builtin("zip")
def _zip(invocation: Invocation) -> object:
    columns = [_listed(invocation, place) for place in range(len(invocation.args))]
    if any(map(is_loose, columns)):
        return [in_a_row(columns)]
    same = invocation.kwargs.get("strict") is True and len({len(column) for column in columns}) > 1
    if same:
        raise ValueError("zip() arguments have different lengths")
    return list(zip(*columns, strict=False))


@builtin("map")
def _map(invocation: Invocation) -> object:
    function, columns = invocation.args[0], [_listed(invocation, n) for n in range(1, len(invocation.args))]
    if any(map(is_loose, columns)):
        return [Rest(invocation.unknown(Cause.LOOP))]
    machine = invocation.machine
    return [machine.invoke(function, values, {}, invocation.node) for values in zip(*columns, strict=False)]


@builtin("filter")
def _filter(invocation: Invocation) -> object:
    function = invocation.args[0]
    found: list[object] = []
    for item in _listed(invocation, 1):
        if isinstance(item, (Rest, Maybe)):
            found.append(item)
            continue
        machine = invocation.machine
        answer = item if function is None else machine.invoke(function, (item,), {}, invocation.node)
        holds = truth(machine, answer)
        if holds is not False:
            found.append(item if holds else Maybe((f"filter keeps {invocation.site.words}",), item))
    return found


@builtin("sorted")
def _sorted(invocation: Invocation) -> object:
    return sort(invocation, _listed(invocation, 0))


@builtin("reversed")
def _reversed(invocation: Invocation) -> object:
    return _listed(invocation, 0)[::-1]


def _quantifier(name: str, *, decides: bool) -> None:
    @builtin(name)
    def run(invocation: Invocation) -> object:
        answers = [
            None if isinstance(i, (Rest, Maybe)) else truth(invocation.machine, i) for i in _listed(invocation, 0)
        ]
        if decides in answers:
            return decides
        return invocation.unknown(Cause.UNSUPPORTED) if None in answers else not decides


_quantifier("any", decides=True)
_quantifier("all", decides=False)


def _extreme(name: str, function: Callable[..., object]) -> None:
    @builtin(name)
    def run(invocation: Invocation) -> object:
        values = list(invocation.args) if len(invocation.args) > 1 else _listed(invocation, 0)
        key = invocation.kwargs.get("key")
        machine = invocation.machine
        keys = values if key is None else [machine.invoke(key, (v,), {}, invocation.node) for v in values]
        if not known(invocation, keys):
            return invocation.unknown(Cause.UNSUPPORTED)
        if not values and "default" in invocation.kwargs:
            return invocation.kwargs["default"]
        return values[keys.index(function(keys))]


_extreme("min", min)
_extreme("max", max)


@builtin("sum")
def _sum(invocation: Invocation) -> object:
    values, start = _listed(invocation, 0), invocation.argument(1, "start", 0)
    if isinstance(start, (list, tuple)):
        return _concatenated(invocation, start, values)
    if not known(invocation, values, start):
        return invocation.unknown(Cause.UNSUPPORTED)
    numbers: Any = values
    total: object = sum(numbers, start)  # type: ignore[call-overload]  # Python raises TypeError, as it would for the program
    large = isinstance(total, int) and total.bit_length() > invocation.machine.limits.bits
    return invocation.unknown(Cause.LIMIT) if large else total


def _concatenated(invocation: Invocation, start: list[object] | tuple[object, ...], values: list[object]) -> object:
    parts = list(start)
    for value in values:
        if not isinstance(value, (list, tuple)):
            return invocation.unknown(Cause.UNSUPPORTED)
        parts += value
        if len(parts) > invocation.machine.limits.items:
            raise BudgetExceededError(f"a list of more than {invocation.machine.limits.items} items")
    return parts if isinstance(start, list) else tuple(parts)
