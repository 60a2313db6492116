"""Identifiers as SQL: in double quotes wherever the bare word would mean something else."""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.names import Name, quoted

# The words that cannot be a bare column or table name: reserved, and those only good as functions or types
# (PostgreSQL manual, appendix C, columns "reserved" of PostgreSQL 18).
# fmt: off
_RESERVED = frozenset(
    {
        "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary",
        "both", "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create",
        "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
        "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end",
        "except", "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike",
        "in", "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left",
        "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only",
        "or", "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select",
        "session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to",
        "trailing", "true", "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window",
        "with",
    }
)
# fmt: on


def identifier(name: str) -> str:
    """A single identifier as SQL."""
    if name in _RESERVED:
        return f'"{name}"'
    return quoted(name)


def relation(name: Name) -> str:
    """A possibly qualified name as SQL."""
    if name.schema is None:
        return identifier(name.name)
    return f"{identifier(name.schema)}.{identifier(name.name)}"


def identifiers(names: Iterable[str]) -> str:
    """`a, b, c`."""
    return ", ".join(identifier(name) for name in names)


def literal(text: str) -> str:
    """A string constant; standard_conforming_strings is on, as by default."""
    return "'" + text.replace("'", "''") + "'"
