"""The only door to libpg_query, PostgreSQL's own grammar as a library (through pglast)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from migsafe.model.migration import Problem
from migsafe.model.text import Span
from migsafe.parsers.postgresql.tree import Node, children
from migsafe.text.lexer import SQL

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BYTES = 16_000_000
"""Longer statements are not parsed: the tree takes about five times their size, the decoded tree much more."""

TOO_LONG = f"the statement is longer than the {MAX_BYTES:,} bytes that are analysed"
TOO_DEEP = "the statement is nested too deeply to be analysed"


class SyntaxProblemError(Exception):
    """The text is not a statement of the grammar, or is beyond a limit."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def parse_tree(sql: str) -> list[Node]:
    """The statements of a text as wrapped nodes. Raises SyntaxProblemError."""
    parse, error = _entry_points()
    if len(sql) > MAX_BYTES:
        raise SyntaxProblemError(Problem(TOO_LONG, Span(0, len(sql))))
    try:
        decoded: Node = json.loads(parse(sql))
    except error as failure:
        raise SyntaxProblemError(_problem(sql, failure)) from None
    except UnicodeEncodeError as failure:
        message = "the statement holds characters that are no text"
        raise SyntaxProblemError(Problem(message, Span(failure.start, failure.end))) from None
    except RecursionError:
        raise SyntaxProblemError(Problem(TOO_DEEP, Span(0, len(sql)))) from None
    return children(decoded, "stmts")


def _problem(sql: str, failure: Exception) -> Problem:
    """The server's message at the offending token; at the last one when the input ends too early."""
    message = str(failure.args[0]) if failure.args else "syntax error"
    reported = failure.args[1] if len(failure.args) > 1 else None
    if not isinstance(reported, int) or not 0 <= reported < len(sql):
        return Problem(message, Span(_last_token_start(sql), len(sql)))
    place = reported if sql.isascii() else _corrected(sql, reported, message)
    token = next(iter(SQL.tokens(sql, place)), None)
    return Problem(message, Span(place, token.end if token else len(sql)))


def _corrected(sql: str, reported: int, message: str) -> int:
    """libpg_query reports code points, which pglast takes for bytes and converts once more.

    That is undone, and where it is ambiguous, or another version reports the true place, the message decides.
    """
    before = len(sql[:reported].encode())
    width = len(sql[reported].encode())
    near = message.partition(' at or near "')[2].removesuffix('"')
    candidates = (*range(before, before + width), reported)
    return next((place for place in candidates if near and sql.startswith(near, place)), min(before, len(sql)))


def _last_token_start(sql: str) -> int:
    return max((token.start for token in SQL.tokens(sql)), default=0)


_loaded: list[tuple[Callable[[str], str], type[Exception]]] = []


def _entry_points() -> tuple[Callable[[str], str], type[Exception]]:
    """The parse function and its error, imported when the first statement is parsed."""
    if not _loaded:
        from pglast.parser import ParseError, parse_sql_json

        _loaded.append((parse_sql_json, ParseError))
    return _loaded[0]
