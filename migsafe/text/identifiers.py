"""Identifiers as SQL: in double quotes wherever the bare word would mean something else."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.names import Name, quoted
from migsafe.text.patterns import late


def identifier(name: str) -> str:
    """A single identifier as SQL."""
    return quoted(name)


def relation(name: Name) -> str:
    """A possibly qualified name as SQL."""
    return str(name)


def identifiers(names: Iterable[str]) -> str:
    """`a, b, c`."""
    return ", ".join(identifier(name) for name in names)


def literal(text: str) -> str:
    """A string constant; standard_conforming_strings is on, as by default."""
    return "'" + text.replace("'", "''") + "'"


_PART = r'(?:"((?:[^"]|"")+)"|([^".]+))'
_QUALIFIED = late(rf"(?:{_PART}\.)?{_PART}")


def qualified(text: str, schema: str = "public") -> Name | None:
    """The relation that a person names, with its schema or without; None for what is no name.

    Bare parts are folded to lower case as in SQL.
    """
    found = _QUALIFIED.fullmatch(text.strip())
    if found is None:
        return None
    first, last = _part(found[1], found[2]), _part(found[3], found[4])
    return Name(first or schema, last or "") if last else None


def _part(in_quotes: str | None, bare: str | None) -> str | None:
    if in_quotes is not None:
        return in_quotes.replace('""', '"')
    return bare.lower() if bare is not None else None
