"""Expressions, types and queries of a snapshot, from the server's own SQL. No text makes these fail."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from migsafe.model import operations as ops
from migsafe.model.definitions import PartitionBound, PartitionKey
from migsafe.model.expressions import Expression, Query, TypeName
from migsafe.parsers.postgresql import parse_expression, parse_statement, parse_type

_REMEMBERED: Final = 20_000


def expression_of_unread() -> Expression:
    """An expression that nobody could read: neither constant nor anything else that would be good to know."""
    return Expression("")


def expression(sql: str | None) -> Expression | None:
    """The expression; with nothing but its text when it cannot be parsed."""
    return None if sql is None else _expression(sql)


@lru_cache(maxsize=_REMEMBERED)
def _expression(sql: str) -> Expression:
    return parse_expression(sql) or Expression(sql)


@lru_cache(maxsize=_REMEMBERED)
def type_named(sql: str) -> TypeName:
    """The type that format_type() prints so, with SETOF where a function returns rows."""
    of_rows = sql.startswith("SETOF ")
    try:
        found = parse_type(sql.removeprefix("SETOF "))
    except ValueError:
        return TypeName(sql)
    return found.replace(setof=True) if of_rows else found


def partition_bound(sql: str | None) -> PartitionBound | None:
    """FOR VALUES … or DEFAULT."""
    if sql is None:
        return None
    for clause in parse_statement(f"CREATE TABLE part PARTITION OF whole {sql}").clauses:
        if isinstance(clause.operation, ops.CreateTable):
            return clause.operation.bound
    return None


_NUMBER: Final = re.compile(r"'(-?\d+(?:\.\d+)?)'")
_NUMBERS: Final = frozenset({"int2", "int4", "int8", "numeric"})


def numeric_bound(bound: PartitionBound, kind: TypeName | None) -> PartitionBound:
    """The bound with numbers as numbers: the server prints those of bigint and numeric keys in quotes."""
    if kind is None or kind.name not in _NUMBERS:
        return bound
    return bound.replace(
        values=tuple(map(_unquoted, bound.values)),
        lower=tuple(value if value is None else _unquoted(value) for value in bound.lower),
        upper=tuple(value if value is None else _unquoted(value) for value in bound.upper),
    )


def _unquoted(value: str) -> str:
    number = _NUMBER.fullmatch(value)
    return value if number is None else number[1]


def partition_key(sql: str | None) -> PartitionKey | None:
    if sql is None:
        return None
    for clause in parse_statement(f"CREATE TABLE whole () PARTITION BY {sql}").clauses:
        if isinstance(clause.operation, ops.CreateTable):
            return clause.operation.partition_by
    return None


def query(sql: str) -> Query:
    """The query of a view; empty when it cannot be parsed."""
    for clause in parse_statement(f"CREATE VIEW shown AS {sql.strip().removesuffix(';')}").clauses:
        if isinstance(clause.operation, ops.CreateView):
            return clause.operation.query
    return Query(sql=sql)
