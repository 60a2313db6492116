"""What a type is like: its category, its size, whether it is an array."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from migsafe.effects.postgresql.facts.reader import known_version, rows


class TypeFacts(NamedTuple):
    """`length` is in bytes, negative when it varies; `category` is pg_type.typcategory."""

    name: str
    kind: str  # base, range, multirange or pseudo
    category: str
    preferred: bool
    length: int
    element: str | None = None  # of an array


def type_facts(name: str, version: int) -> TypeFacts | None:
    """None for a type that is neither built in nor of an extension that comes with the server."""
    types = _load(known_version(version))
    element = element_of(name)
    if element is None:
        return types[name][0] if name in types else None
    if element in types and types[element][1]:
        return TypeFacts(name, "base", "A", preferred=False, length=-1, element=element)
    return None


def element_of(name: str) -> str | None:
    """Arrays of any number of dimensions are one type."""
    return name.rstrip("[]") if name.endswith("[]") else None


@cache
def _load(version: int) -> dict[str, tuple[TypeFacts, bool]]:
    """The facts by name, and whether the type has arrays."""
    found: dict[str, tuple[TypeFacts, bool]] = {}
    for file in ("types", "extension_types"):
        for name, kind, category, length, arrays in rows(file, 5, version):
            facts = TypeFacts(name, kind, category[0], category.endswith("*"), int(length))
            found[name] = facts, arrays == "has-array"
    return found
