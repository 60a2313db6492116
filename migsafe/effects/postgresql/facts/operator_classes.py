"""Which operator class an index uses for a type, and whether the index outlives a change of the type."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from migsafe.effects.postgresql.facts.casts import CastContext, binary_coercible
from migsafe.effects.postgresql.facts.reader import known_version, rows
from migsafe.effects.postgresql.facts.types import type_facts


class OperatorClass(NamedTuple):
    method: str
    name: str
    input_type: str
    family: str
    default: bool
    extension: bool = False  # of an extension that comes with the server

    @property
    def polymorphic(self) -> bool:
        return self.input_type.startswith("any")


def operator_class(method: str, name: str, version: int) -> OperatorClass | None:
    return _load(known_version(version)).get((method, name))


@lru_cache(maxsize=1024)
def default_operator_class(method: str, name: str, version: int, *, extensions: bool = True) -> OperatorClass | None:
    """`GetDefaultOpClass` in commands/indexcmds.c. For a user's enum or range ask for `anyenum` or `anyrange`.

    `extensions`: whether any may be installed that brings a class.
    """
    version = known_version(version)
    candidates = [
        each
        for each in _load(version).values()
        if each.method == method and each.default and (extensions or not each.extension)
    ]
    for candidate in candidates:
        if candidate.input_type == name:
            return candidate
    coercible = [each for each in candidates if _accepts(each, name, version)]
    preferred = [each for each in coercible if _is_preferred(each, name, version)]
    chosen = preferred or coercible
    return chosen[0] if len(chosen) == 1 else None


def index_survives(method: str, old: str, new: str, version: int, named: str | None = None) -> bool | None:
    """Whether an index on a column keeps its file when the type changes and the table is not rewritten.

    `CheckIndexCompatible` in commands/indexcmds.c: the operator class must stay, and one for any type of a kind
    must get the same type. `named` is the operator class that the index names. None: the old type is not known here.
    """
    before = operator_class(method, named, version) if named else default_operator_class(method, old, version)
    after = before if named else default_operator_class(method, new, version)
    if before is None:
        return None
    return before == after and not (before.polymorphic and old != new)


def _is_preferred(candidate: OperatorClass, name: str, version: int) -> bool:
    given, wanted = type_facts(name, version), type_facts(candidate.input_type, version)
    if given is None or wanted is None:
        return False
    return wanted.preferred and wanted.category == given.category


def _accepts(candidate: OperatorClass, name: str, version: int) -> bool:
    """`IsBinaryCoercible` in parser/parse_coerce.c."""
    given = type_facts(name, version)
    if given is None:
        return False
    match candidate.input_type:
        case "any" | "anyelement" | "anycompatible":
            return True
        case "anyarray" | "anycompatiblearray":
            return given.element is not None
        case "anyrange" | "anymultirange" as wanted:
            return wanted == f"any{given.kind}"
    return binary_coercible(name, candidate.input_type, version, CastContext.IMPLICIT)


@cache
def _load(version: int) -> dict[tuple[str, str], OperatorClass]:
    found: dict[tuple[str, str], OperatorClass] = {}
    for file in ("operator_classes", "extension_operator_classes"):
        for method, name, input_type, family, default in rows(file, 5, version):
            found[method, name] = OperatorClass(
                method, name, input_type, family, default == "default", file.startswith("extension")
            )
    return found
