"""How much the result of a function or an operator may change between two calls."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cache

from migsafe.effects.postgresql.facts.reader import known_version, rows, versions_of

Signature = tuple[str, ...]
# Names whose overloads are all alike have one entry, without a signature.
Overloads = Mapping[Signature | None, "Volatility"]


class Volatility(IntEnum):
    """As in CREATE FUNCTION; the greater, the less a caller may rely on."""

    IMMUTABLE = 0
    STABLE = 1
    VOLATILE = 2


def volatility(name: str, version: int, arguments: Sequence[str | None] | None = None) -> Volatility | None:
    """Of a built-in function, else of one in an extension that comes with the server; None if there is neither.

    `arguments` are the types as far as they are known. What they leave open is answered with the worst overload.
    """
    version = known_version(version)
    for file in ("functions", "extension_functions"):
        overloads = _load(file, version).get(name)
        if overloads is not None:
            return _worst(overloads, arguments)
    return None


def least_volatility(name: str, version: int, arguments: Sequence[str | None]) -> Volatility | None:
    """As `volatility`, but what the types leave open is answered with the best overload: it is at least that."""
    version = known_version(version)
    for file in ("functions", "extension_functions"):
        overloads = _load(file, version).get(name)
        if overloads is not None:
            return min(_candidates(overloads, arguments))
    return None


def built_in_versions(name: str) -> tuple[int, ...]:
    """The versions whose built-in functions include this name."""
    return versions_of("functions", 2, name)


def operator_volatility(
    symbol: str, version: int, left: str | None = None, right: str | None = None
) -> Volatility | None:
    """Of a built-in operator with two operands; None for an operator that is not built in."""
    overloads = _load("operators", known_version(version)).get(symbol)
    return None if overloads is None else _worst(overloads, (left, right))


def _worst(overloads: Overloads, arguments: Sequence[str | None] | None) -> Volatility:
    return max(overloads.values() if arguments is None else _candidates(overloads, arguments))


def _candidates(overloads: Overloads, arguments: Sequence[str | None]) -> Collection[Volatility]:
    if None in overloads:
        return overloads.values()
    same_number = {types: each for types, each in overloads.items() if types and len(types) == len(arguments)}
    # Without an exact match the server would look for conversions; which overload it finds is left open.
    exact = [each for types, each in same_number.items() if _fits(types, arguments)]
    return exact or same_number.values() or overloads.values()


def _fits(signature: Signature, arguments: Iterable[str | None]) -> bool:
    return all(given is None or given == wanted for wanted, given in zip(signature, arguments, strict=True))


@cache
def _load(file: str, version: int) -> dict[str, dict[Signature | None, Volatility]]:
    found: dict[str, dict[Signature | None, Volatility]] = {}
    for function, word in rows(file, 2, version):
        name, bracket, types = function.partition("(")
        signature = tuple(types[:-1].split(",")) if bracket else None
        found.setdefault(name, {})[signature] = Volatility[word.upper()]
    return found
