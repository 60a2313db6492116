"""Names of objects that every server has: collations and access methods."""

from __future__ import annotations

from functools import cache

from migsafe.effects.postgresql.facts.reader import known_version, rows
from migsafe.text.patterns import late

# What initdb takes over from the operating system and from ICU (pg_collation.c, `pg_import_system_collations`).
_OF_THE_SYSTEM = late(r"[A-Za-z]+|[a-z]{2,3}(_[A-Z]{2,3})?([.@].+)?|[Cc]\..+|.+-x-icu|[A-Z][a-z]+_.+\.\d+")


def has_collation(name: str, version: int) -> bool:
    """Whether a server may have the collation without anybody's having made it."""
    return name in _names("collations", 1, known_version(version)) or _OF_THE_SYSTEM.fullmatch(name) is not None


def has_access_method(name: str, version: int) -> bool:
    return name in _names("access_methods", 2, known_version(version))


@cache
def _names(file: str, columns: int, version: int) -> frozenset[str]:
    return frozenset(row[0] for row in rows(file, columns, version))
