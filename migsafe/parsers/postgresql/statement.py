"""One statement's text as clauses."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Final

from migsafe.model.expressions import Expression, TypeName
from migsafe.model.migration import Clause, Problem
from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.parsers.postgresql.dispatch import clauses_of
from migsafe.parsers.postgresql.expressions import expression
from migsafe.parsers.postgresql.libpg import TOO_DEEP, SyntaxProblemError, parse_tree
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import bodies, body_of, child
from migsafe.parsers.postgresql.types import type_name

_FAMILIES: Final = (
    "alter_table",
    "data",
    "drops",
    "indexes",
    "maintenance",
    "objects",
    "programs",
    "queries",
    "renames",
    "routines",
    "sequences",
    "session",
    "tables",
    "types_and_domains",
)
for _family in _FAMILIES:  # their handlers register themselves
    import_module(f"migsafe.parsers.postgresql.{_family}")

_REMEMBERED = 512
"""Statements whose parse is kept: BEGIN, COMMIT and settings are the same in every file."""


class Parsed(Record):
    """What one statement says: its clauses, or why it could not be read. Spans start at the beginning of its text."""

    clauses: tuple[Clause, ...] = ()
    syntax_error: Problem | None = None


@lru_cache(maxsize=_REMEMBERED)
def parse_statement(sql: str) -> Parsed:
    """The clauses of one statement without its semicolon. A text of comments only has none."""
    try:
        found = parse_tree(sql)
        if len(found) > 1:
            return Parsed((), Problem("more than one statement where one was expected", Span(0, len(sql))))
        return Parsed(clauses_of(child(found[0], "stmt"), Source(sql))) if found else Parsed()
    except SyntaxProblemError as failure:
        return Parsed((), failure.problem)
    except RecursionError:
        return Parsed((), Problem(TOO_DEEP, Span(0, len(sql))))


@lru_cache(maxsize=_REMEMBERED)
def parse_expression(sql: str) -> Expression | None:
    """A scalar expression from its text; None for anything else, also for a list or a query."""
    try:
        found = parse_tree(f"SELECT {sql}")
        select = body_of(child(found[0], "stmt")) if len(found) == 1 else {}
        targets = bodies(select, "targetList")
        value = child(targets[0], "val") if len(targets) == 1 and len(select) <= _BARE_SELECT else {}
        return expression(value, Source(f"SELECT {sql}")) if value else None
    except (SyntaxProblemError, RecursionError):
        return None


def parse_type(sql: str) -> TypeName:
    """A data type from its text, such as `character varying(20)[]`. Raises ValueError for anything else."""
    try:
        found = parse_tree(f"SELECT NULL::{sql}")
    except SyntaxProblemError as failure:
        raise ValueError(failure.problem.message) from None
    select = body_of(child(found[0], "stmt")) if len(found) == 1 else {}
    targets = bodies(select, "targetList")
    cast = child(child(targets[0], "val"), "TypeCast") if len(targets) == 1 and len(select) <= _BARE_SELECT else {}
    if not cast:
        raise ValueError(f"not a data type: {sql}")
    return type_name(child(cast, "typeName"))


_BARE_SELECT = 3  # the fields of a SELECT that has nothing but its list: targetList, limitOption, op
