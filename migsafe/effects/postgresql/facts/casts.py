"""How the server turns a value of one type into another: `find_coercion_pathway` in parser/parse_coerce.c."""

from __future__ import annotations

from enum import Enum, IntEnum
from functools import cache, lru_cache
from typing import NamedTuple

from migsafe.effects.postgresql.facts.functions import Volatility
from migsafe.effects.postgresql.facts.reader import known_version, rows
from migsafe.effects.postgresql.facts.types import type_facts


class CastMethod(Enum):
    RELABEL = "relabel"  # the stored bytes are those of the other type already
    FUNCTION = "function"
    INPUT_OUTPUT = "input-output"  # through the text form
    ELEMENTS = "elements"  # an array, element by element


class CastContext(IntEnum):
    """Who may use a cast: expressions, assignments to columns (ALTER COLUMN TYPE, too), or only an explicit CAST."""

    IMPLICIT = 0
    ASSIGNMENT = 1
    EXPLICIT = 2


class Cast(NamedTuple):
    method: CastMethod
    context: CastContext  # the least explicit one that may use it
    volatility: Volatility | None = None  # of the function
    simplifies: bool = False  # the planner may prove that the function has nothing to do


def find_cast(old: str, new: str, version: int, context: CastContext = CastContext.ASSIGNMENT) -> Cast | None:
    """None if there is no cast in this context, or if one of the types is not known here."""
    version = known_version(version)
    if type_facts(old, version) is None or type_facts(new, version) is None:
        return None
    if old == new:
        return Cast(CastMethod.RELABEL, CastContext.IMPLICIT)
    listed = _load(version).get((old, new))
    if listed is not None:
        return listed if context >= listed.context else None
    return _array_cast(old, new, version, context) or _text_cast(old, new, version, context)


@lru_cache(maxsize=4096)
def binary_coercible(old: str, new: str, version: int, context: CastContext = CastContext.ASSIGNMENT) -> bool:
    """The stored value may stay as it is. Says nothing about lengths: see `length_cast`."""
    cast = find_cast(old, new, version, context)
    return cast is not None and cast.method is CastMethod.RELABEL


def length_cast(name: str, version: int) -> Cast | None:
    """The cast from a type to itself that enforces a length, precision or scale."""
    return _load(known_version(version)).get((name, name))


def _array_cast(old: str, new: str, version: int, context: CastContext) -> Cast | None:
    before, after = type_facts(old, version), type_facts(new, version)
    if before is None or after is None or before.element is None or after.element is None:
        return None
    element = find_cast(before.element, after.element, version, context)
    return None if element is None else element._replace(method=CastMethod.ELEMENTS, simplifies=False)


def _text_cast(old: str, new: str, version: int, context: CastContext) -> Cast | None:
    """Every type converts to strings in an assignment, and from strings by an explicit cast."""
    before, after = type_facts(old, version), type_facts(new, version)
    if after is not None and after.category == "S" and context >= CastContext.ASSIGNMENT:
        return Cast(CastMethod.INPUT_OUTPUT, CastContext.ASSIGNMENT)
    if before is not None and before.category == "S" and context >= CastContext.EXPLICIT:
        return Cast(CastMethod.INPUT_OUTPUT, CastContext.EXPLICIT)
    return None


@cache
def _load(version: int) -> dict[tuple[str, str], Cast]:
    found: dict[tuple[str, str], Cast] = {}
    for file in ("casts", "extension_casts"):
        for source, target, method, context, volatility, simplifies in rows(file, 6, version):
            found[source, target] = Cast(
                CastMethod(method),
                CastContext[context.upper()],
                None if volatility == "-" else Volatility[volatility.upper()],
                simplifies == "simplifies",
            )
    return found
