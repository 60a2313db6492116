"""The statements inside of DO blocks and of function and procedure bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from migsafe.model.migration import Clause, Handler, Problem
from migsafe.model.operations import Opaque, Select
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.parsers.postgresql.dynamic_sql import constant_string
from migsafe.parsers.postgresql.plpgsql import Piece, PieceKind, Surroundings, pieces_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.statement import parse_statement
from migsafe.text.lexer import SQL, TokenKind
from migsafe.text.patterns import late

DYNAMIC = "EXECUTE of text that is put together at run time"


class LoopKind(StrEnum):
    DATA = "data"  # once for each row of a query, element of an array, or while a condition holds
    COUNT = "count"  # over a range of integers


class BodyStatement(KeywordRecord):
    """One SQL statement inside a body. All spans are in the body's text.

    `guards` are the conditions under which it runs, as written, `caught` those of the handlers around it; `rendered`
    when it is the constant text of an EXECUTE: then it does not stand in the body as `sql` has it, and its clauses have
    the span of the EXECUTE.
    """

    sql: str
    span: Span
    clauses: tuple[Clause, ...] = ()
    problem: Problem | None = None
    guards: tuple[str, ...] = ()
    caught: tuple[Handler, ...] = ()
    loop: LoopKind | None = None
    rendered: bool = False


def body_statements(language: str, body: str) -> tuple[BodyStatement, ...]:
    """The statements in the order of the text. What is not analysed is there as Opaque or with a problem."""
    match language.lower():
        case "plpgsql":
            return tuple(statement for piece in pieces_of(body) for statement in _from_piece(piece, body))
        case "sql":
            return tuple(_sql_statements(body))
        case other:
            reason = f"code in the language {other} is not analysed"
            return (_opaque(body.strip(), Source(body).whole, reason, Surroundings()),)


def body_place(sql: str, body: str) -> Span | None:
    """Where a statement's text holds the body, so that a span in the body can be moved into the statement.

    None when the literal writes some of its characters in another way, so that offsets do not agree.
    """
    for token in SQL.tokens(sql):
        if token.kind not in (TokenKind.DOLLAR_STRING, TokenKind.STRING):
            continue
        start = sql.find("$", token.start + 1) + 1 if token.kind is TokenKind.DOLLAR_STRING else token.start + 1
        if sql.startswith(body, start) and start + len(body) < token.end:
            return Span(start, start + len(body))
    text = sql.rstrip()
    return Span(len(text) - len(body), len(text)) if body and text.endswith(body) else None


def _from_piece(piece: Piece, body: str) -> Iterator[BodyStatement]:
    match piece.kind:
        case PieceKind.SQL:
            yield _parsed(piece.sql, piece.span, piece.surroundings)
        case PieceKind.EXPRESSION:
            found = _parsed(f"SELECT {piece.sql}", piece.span, piece.surroundings, in_place=False)
            if not _is_idle(found):
                yield found
        case PieceKind.EXECUTE:
            yield from _executed(piece)
        case PieceKind.UNREADABLE:
            problem = Problem("this PL/pgSQL block could not be read", piece.span)
            yield BodyStatement(sql=body[piece.span.start : piece.span.end], span=piece.span, problem=problem)


def _is_idle(found: BodyStatement) -> bool:
    """An expression that reads no table and calls nothing."""
    operations = [clause.operation for clause in found.clauses]
    idle = (isinstance(one, Select) and not one.query.reads and not one.query.calls for one in operations)
    return found.problem is None and all(idle)


def _parsed(sql: str, span: Span, around: Surroundings, *, in_place: bool = True) -> BodyStatement:
    """`in_place`: the text stands in the body as it is, so that its clauses have places of their own."""
    found = parse_statement(sql)
    problem = found.syntax_error
    moved = problem.span.shifted(span.start) if problem and in_place else span
    clauses = (Clause(c.operation, c.span.shifted(span.start) if in_place else span) for c in found.clauses)
    return BodyStatement(
        sql=sql,
        span=span,
        clauses=tuple(clauses),
        problem=Problem(problem.message, moved) if problem else None,
        guards=around.guards,
        caught=around.caught,
        loop=_loop(around),
    )


def _loop(around: Surroundings) -> LoopKind | None:
    if around.data_loop:
        return LoopKind.DATA
    return LoopKind.COUNT if around.count_loop else None


def _opaque(sql: str, span: Span, reason: str, around: Surroundings) -> BodyStatement:
    clause = Clause(Opaque(reason=reason), span)
    return BodyStatement(
        sql=sql, span=span, clauses=(clause,), guards=around.guards, caught=around.caught, loop=_loop(around)
    )


def _executed(piece: Piece) -> Iterator[BodyStatement]:
    text = constant_string(piece.sql)
    if text is None:
        yield _opaque(piece.sql, piece.span, DYNAMIC, piece.surroundings)
        return
    for span in statement_spans(text):
        sql = text[span.start : span.end]
        found = _parsed(sql, piece.span, piece.surroundings, in_place=False)
        yield found.replace(rendered=True)


def statement_spans(text: str) -> Iterator[Span]:
    """The statements of a text without their semicolons, which only parentheses can hide here."""
    depth, start, end = 0, -1, 0
    for piece, token in Source(text).words(0):
        if piece == ";" and depth <= 0:
            if start >= 0:
                yield Span(start, end)
            start = -1
            continue
        depth += (piece == "(") - (piece == ")")
        start = token.start if start < 0 else start
        end = token.end
    if start >= 0:
        yield Span(start, end)


_ATOMIC = late(r"\s*begin\s+atomic\b", re.IGNORECASE)
_END = late(r"end\s*$", re.IGNORECASE)
_RETURN = late(r"return\b", re.IGNORECASE)


def _sql_statements(body: str) -> Iterator[BodyStatement]:
    """The body of a function in SQL: a string, BEGIN ATOMIC … END, or RETURN expression."""
    atomic = _ATOMIC.match(body)
    start = atomic.end() if atomic else 0
    stop = _END.search(body) if atomic else None
    inner = body[start : stop.start()] if stop else body[start:]
    for span in statement_spans(inner):
        sql = inner[span.start : span.end]
        place = span.shifted(start)
        if _RETURN.match(sql):
            yield _parsed(f"SELECT{sql[6:]}", place, Surroundings())
        else:
            yield _parsed(sql, place, Surroundings())
