"""The only door to libpg_query, PostgreSQL's own grammar as a library (through pglast)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from migsafe.model.migration import Problem
from migsafe.model.text import Span
from migsafe.parsers.postgresql.tree import Node, children
from migsafe.text.lexer import SQL

MAX_LENGTH = 16_000_000
"""Longer statements are not parsed: the tree takes about five times their size, the decoded tree much more."""

TOO_LONG = f"the statement is longer than the {MAX_LENGTH:,} characters that are analysed"
TOO_DEEP = "the statement is nested too deeply to be analysed"


class SyntaxProblemError(Exception):
    """The text is not a statement of the grammar, or is beyond a limit."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def parse_tree(sql: str) -> list[Node]:
    """The statements of a text as wrapped nodes. Raises SyntaxProblemError."""
    parse, error = _entry_points()
    if len(sql) > MAX_LENGTH:
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
        return Problem(message, Span(_last_token_start(sql), len(sql)), _sqlstate(message))
    place = reported if sql.isascii() else _corrected(sql, reported, message)
    token = next(iter(SQL.tokens(sql, place)), None)
    return Problem(message, Span(place, token.end if token else len(sql)), _sqlstate(message))


_UNSUPPORTED = ("cannot be marked", "not implemented", "not yet implemented", "not supported")


def _sqlstate(message: str) -> str:
    """The grammar refuses some things that it understands with another code (gram.y, FEATURE_NOT_SUPPORTED)."""
    return "0A000" if any(phrase in message for phrase in _UNSUPPORTED) else "42601"


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


EntryPoints = tuple[Callable[[str], str], type[Exception]]


@cache
def _entry_points() -> EntryPoints:
    """The parse function and its error, imported when the first statement is parsed."""
    return import_extension_only() or _plain_import()


def _plain_import() -> EntryPoints:
    from pglast.parser import ParseError, parse_sql_json

    return parse_sql_json, ParseError


def import_extension_only() -> EntryPoints | None:
    """Import pglast's compiled module without the Python classes of its syntax tree, which cost 30 ms and serve
    nothing here. None when pglast is not laid out as expected or is loaded already: then import it plainly.

    `pglast.parser` asks for its package, `ast` and `enums` when it is imported. They are given stand-ins, which load
    the true modules if anybody touches them, and which are taken away again at once.
    """
    spec = find_spec("pglast")
    if "pglast" in sys.modules or spec is None or not spec.submodule_search_locations:
        return None
    package, *parts = (_StandIn(name) for name in ("pglast", "pglast.ast", "pglast.enums"))
    package.__dict__.update(__path__=list(spec.submodule_search_locations), Error=Exception)
    sys.modules.update({module.__name__: module for module in (package, *parts)})
    try:
        parser = import_module("pglast.parser")
        return parser.parse_sql_json, parser.ParseError
    except (ImportError, AttributeError):
        sys.modules.pop("pglast.parser", None)
        return None
    finally:
        for module in (package, *parts):
            sys.modules.pop(module.__name__, None)


class _StandIn(ModuleType):
    """A module that is imported in earnest when one of its names is asked for."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or sys.modules.get(self.__name__) is self:
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)
