"""Identifiers as SQL: in double quotes wherever the bare word would mean something else."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.names import Name, quoted


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
