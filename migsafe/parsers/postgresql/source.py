"""The text that a parse tree was made from: offsets, spans of clauses, and the text of expressions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import final

from migsafe.model.migration import Clause
from migsafe.model.operations import Operation
from migsafe.model.text import Span
from migsafe.text.clauses import Clauses
from migsafe.text.lexer import COMMENTS, SQL, Token, TokenKind

_NAMES = (TokenKind.WORD, TokenKind.QUOTED_WORD)


@final
class Source:
    """One statement's text. The tree counts bytes, everything else counts code points."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._bytes = None if sql.isascii() else sql.encode()
        start = len(sql) - len(sql.lstrip())
        self.whole = Span(start, max(start, len(sql.rstrip())))

    @cached_property
    def tokens(self) -> list[Token]:
        """All tokens of the statement without comments; made only when a place has to be searched for."""
        return [token for token in SQL.tokens(self.sql) if token.kind not in COMMENTS]

    def offset(self, location: int) -> int:
        """Code points before a byte offset."""
        if self._bytes is None:
            return location
        return len(self._bytes[:location].decode("utf-8", "replace"))

    def clause(self, operation: Operation, span: Span | None = None) -> Clause:
        """The operation with its place, the whole statement by default."""
        return Clause(operation, span or self.whole)

    def words(self, start: int, end: int | None = None) -> Iterator[tuple[str, Token]]:
        """The tokens from an offset with their text, words in lower case, without comments."""
        sql = self.sql
        for token in SQL.tokens(sql, start, end):
            if token.kind in COMMENTS:
                continue
            piece = sql[token.start : token.end]
            yield (piece.lower() if token.kind is TokenKind.WORD else piece), token

    def written_options(self) -> tuple[str, ...]:
        """The names in the parentheses behind the statement's first word: `REINDEX (VERBOSE, TABLESPACE x)`."""
        found: list[str] = []
        depth = 0
        before = ""
        for number, (piece, _) in enumerate(self.words(0)):
            if number == 1 and piece != "(":
                break
            if depth == 1 and before in ("(", ","):
                found.append(piece)
            depth += (piece == "(") - (piece == ")")
            before = piece
            if number and not depth:
                break
        return tuple(found)

    def end_of_name(self, start: int) -> int:
        """Where the dotted name that begins at an offset ends, with the `*` of an old-style relation name."""
        end = start
        wants_name = True
        for piece, token in self.words(start):
            if wants_name and token.kind in _NAMES:
                end, wants_name = token.end, False
            elif not wants_name and piece == ".":
                wants_name = True
            else:
                return token.end if piece == "*" and not wants_name else end
        return end

    def name_span(self, location: int) -> Span:
        """The dotted name at a byte offset."""
        start = self.offset(location)
        return Span(start, self.end_of_name(start))

    def one_each(self, found: tuple[Span, ...], count: int) -> tuple[Span, ...]:
        """Spans for `count` clauses: those found, or the whole statement for each when there are not as many."""
        return found if len(found) == count else (self.whole,) * count

    @cached_property
    def layout(self) -> Clauses:
        """The places for which the tree has no position."""
        return Clauses(self.sql)
