"""Places inside one statement for which PostgreSQL's parse tree has no position.

All spans are relative to the statement's text; `Span.shifted` moves them to the file. They begin and end with a
token, so white space and comments around a part do not belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, final

from migsafe.model.text import Span
from migsafe.text.lexer import Token, TokenKind, tokens

# Object kinds of ALTER and DROP that take more than one word; every other kind takes one.
_LONG_KINDS: Final = (
    ("foreign", "data", "wrapper"),
    ("text", "search", "configuration"),
    ("text", "search", "dictionary"),
    ("text", "search", "parser"),
    ("text", "search", "template"),
    ("access", "method"),
    ("event", "trigger"),
    ("foreign", "table"),
    ("materialized", "view"),
    ("operator", "class"),
    ("operator", "family"),
    ("owned", "by"),
)
_NAME_KINDS: Final = frozenset({TokenKind.WORD, TokenKind.QUOTED_WORD})
# Words before parentheses that hold no table elements and no index columns.
_NOT_ELEMENTS: Final = frozenset({"by", "for", "from", "hash", "in", "list", "range", "to", "with"})


@final
class Clauses:
    """The tokens of one statement, and the questions that can be asked about them."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    @cached_property
    def _tokens(self) -> list[Token]:
        return tokens(self._sql)

    @cached_property
    def _words(self) -> list[str]:
        """Each token's text, in lower case unless it is quoted."""
        return [
            self._sql[token.start : token.end].lower()
            if token.kind is TokenKind.WORD
            else self._sql[token.start : token.end]
            for token in self._tokens
        ]

    @cached_property
    def _depths(self) -> list[int]:
        """How many parentheses and brackets are open around each token; the brackets themselves are outside."""
        depths = []
        depth = 0
        for token, word in zip(self._tokens, self._words, strict=True):
            is_mark = token.kind is TokenKind.PUNCTUATION
            depth -= is_mark and word in ")]"
            depths.append(depth)
            depth += is_mark and word in "(["
        return depths

    def actions(self) -> tuple[Span, ...]:
        """The comma-separated actions of an ALTER statement, as in `ALTER TABLE t ADD a int, DROP b`."""
        if self._word(0) != "alter":
            return ()
        at = self._skip_if_exists(self._skip_kind(1))
        at = self._skip(at, "only")
        at = self._skip_name(at)
        at = self._skip(at, "*")
        return self._parts(at, len(self._tokens))

    def names(self) -> tuple[Span, ...]:
        """The names listed in DROP, TRUNCATE, LOCK, VACUUM, ANALYZE: without ONLY and what follows the name."""
        at = self._first_listed()
        if at is None:
            return ()
        parts = (self._name_in(first, last) for first, last in self._groups(at, len(self._tokens)))
        return tuple(span for span in parts if span)

    def elements(self) -> tuple[Span, ...]:
        """What the first parentheses hold: columns and constraints of CREATE TABLE, columns of CREATE INDEX."""
        for at, word in enumerate(self._words):
            if word == "(" and not self._depths[at]:
                if self._word(at - 1) in _NOT_ELEMENTS:
                    return ()
                return self._parts(at + 1, self._closing(at))
        return ()

    def phrase(self, phrase: str, within: Span | None = None) -> Span | None:
        """The first place where some words stand in a row, outside of parentheses opened in that range."""
        first, last = self._range(within) if within else (0, len(self._tokens))
        words = phrase.lower().split()
        at = self._find(words, first, last)
        return None if at is None else self._span(at, at + len(words))

    # Token indices from here on.

    def _word(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""

    def _span(self, first: int, last: int) -> Span:
        return Span(self._tokens[first].start, self._tokens[last - 1].end)

    def _range(self, within: Span) -> tuple[int, int]:
        inside = [
            at for at, token in enumerate(self._tokens) if within.start <= token.start and token.end <= within.end
        ]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    def _parts(self, first: int, last: int) -> tuple[Span, ...]:
        return tuple(self._span(*group) for group in self._groups(first, last))

    def _groups(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Ranges between the commas of the outermost level; empty ones are left out."""
        if first >= last:
            return
        level = self._depths[first]
        begin = first
        for at in range(first, last):
            if self._words[at] == "," and self._depths[at] == level:
                if begin < at:
                    yield begin, at
                begin = at + 1
        if begin < last:
            yield begin, last

    def _find(self, words: Sequence[str], first: int, last: int) -> int | None:
        if first >= last:
            return None
        level = self._depths[first]
        for at in range(first, last - len(words) + 1):
            if self._words[at : at + len(words)] == words and self._depths[at] == level:
                return at
        return None

    def _closing(self, opening: int) -> int:
        for at in range(opening + 1, len(self._tokens)):
            if self._depths[at] == self._depths[opening]:
                return at
        return len(self._tokens)

    def _skip(self, at: int, *words: str) -> int:
        return at + 1 if self._word(at) in words else at

    def _skip_kind(self, at: int) -> int:
        for kind in _LONG_KINDS:
            if tuple(self._words[at : at + len(kind)]) == kind:
                return at + len(kind)
        return at + 1

    def _skip_if_exists(self, at: int) -> int:
        return at + 2 if (self._word(at), self._word(at + 1)) == ("if", "exists") else at

    def _skip_name(self, at: int) -> int:
        """Behind a name with its qualifiers, which ONLY may put into parentheses."""
        if self._word(at) == "(":
            return self._closing(at) + 1
        while self._word(at + 1) == ".":
            at += 2
        return at + 1

    def _first_listed(self) -> int | None:
        """Where the list of names begins in the statements that take one."""
        first = self._word(0)
        if first == "drop":
            return self._skip_if_exists(self._skip(self._skip_kind(1), "concurrently"))
        if first in ("truncate", "lock"):
            return self._skip(1, "table")
        if first not in ("vacuum", "analyze", "analyse"):
            return None
        at = self._closing(1) + 1 if self._word(1) == "(" else 1
        while self._word(at) in ("full", "freeze", "verbose", "analyze", "analyse"):
            at += 1
        return at

    def _name_in(self, first: int, last: int) -> Span | None:
        first = self._skip(first, "only")
        first = self._skip(first, "(")
        if first >= last or self._tokens[first].kind not in _NAME_KINDS:
            return None
        return self._span(first, min(self._skip_name(first), last))
