"""The text of an expression, cut from the statement.

The tree tells where parts of an expression begin but not where it ends. The text goes from the leftmost to the
rightmost place that the tree knows, and then over what may follow an operand without a place of its own: closing
brackets, `IS NOT NULL`, the words of a type, END of CASE, FILTER and OVER.
"""

from __future__ import annotations

from migsafe.parsers.postgresql.source import Source
from migsafe.text.lexer import Token, TokenKind

_OPEN = frozenset("([")
_CLOSE = frozenset(")]")
# A word → the words that may follow it inside an operand (gram.y: SimpleTypename, opt_interval, NullTest, over_clause).
_FOLLOWS: dict[str, frozenset[str]] = {
    "is": frozenset({"not", "null", "true", "false", "unknown", "document", "normalized", "json", "nfc", "nfd", "nfkc",
                     "nfkd"}),
    "not": frozenset({"null", "true", "false", "unknown", "document", "normalized", "json", "nfc", "nfd", "nfkc",
                      "nfkd"}),
    "json": frozenset({"value", "array", "object", "scalar", "with", "without"}),
    "double": frozenset({"precision"}),
    "national": frozenset({"character", "char"}),
    "character": frozenset({"varying"}),
    "char": frozenset({"varying"}),
    "nchar": frozenset({"varying"}),
    "bit": frozenset({"varying"}),
    "time": frozenset({"with", "without"}),
    "timestamp": frozenset({"with", "without"}),
    "with": frozenset({"time"}),
    "without": frozenset({"time"}),
    "interval": frozenset({"year", "month", "day", "hour", "minute", "second"}),
    "year": frozenset({"to"}),
    "day": frozenset({"to"}),
    "hour": frozenset({"to"}),
    "minute": frozenset({"to"}),
    "to": frozenset({"month", "hour", "minute", "second"}),
    "within": frozenset({"group"}),
    "at": frozenset({"local"}),
}  # fmt: skip
_INTERVAL_FIELDS = _FOLLOWS["interval"]
_TIMES = frozenset({"time", "timestamp"})
_BEFORE_NAME = frozenset({"over", "collate"})
_NAMES = (TokenKind.WORD, TokenKind.QUOTED_WORD)
_CLAUSES_OF_A_CALL = frozenset({"filter", "over", "within"})


def expression_text(source: Source, first: int, last: int) -> str:
    """The text from the operand at code point `first` to the one at `last`, completed on both sides."""
    end, unopened = _Reader(source, first, last).read()
    start = _opening(source, first, unopened) if unopened else first
    return source.sql[start:end]


class _Reader:
    """Goes forward over the tokens and remembers what is still open."""

    def __init__(self, source: Source, first: int, last: int) -> None:
        self.source = source
        self.first = first
        self.last = last
        self.depth = 0
        self.unopened = 0
        self.cases = 0
        self.before = ""
        self.before_kind = TokenKind.OTHER
        self.called = ""  # the word before the last outer bracket

    def read(self) -> tuple[int, int]:
        """The end, and how many closing brackets inside have their opening before `first`."""
        end = self.first
        for piece, token in self.source.words(self.first):
            inside = token.start <= self.last or self.depth > 0
            if not inside and not self._goes_on(piece, token):
                break
            self._count(piece, token, inside)
            end = token.end
        return end, self.unopened

    def _count(self, piece: str, token: Token, inside: bool) -> None:
        if piece in _OPEN:
            self.called = self.called if self.depth else self.before
            self.depth += 1
        elif piece in _CLOSE:
            if self.depth:
                self.depth -= 1
            elif inside:
                self.unopened += 1
        elif token.kind is TokenKind.WORD:
            self.cases += (piece == "case") - (piece == "end" and self.cases > 0)
        self.before, self.before_kind = piece, token.kind

    def _goes_on(self, piece: str, token: Token) -> bool:
        """Whether a token behind the last known place still belongs to the operand there."""
        before = self.before
        if piece in _OPEN:
            return self._may_be_called(before)
        if piece == "." or before == ".":
            return True
        if token.kind in _NAMES and before in _BEFORE_NAME:
            return True
        if token.kind is TokenKind.NUMBER:
            return self.before_kind is TokenKind.OPERATOR  # the place of -1 is that of its sign
        return token.kind is TokenKind.WORD and self._word_goes_on(piece, before)

    def _may_be_called(self, before: str) -> bool:
        return self.before_kind in _NAMES or before in _CLOSE or before == "."

    def _word_goes_on(self, piece: str, before: str) -> bool:
        if piece == "end":
            return self.cases > 0
        if piece == "is" or (piece == "zone" and before == "time"):
            return True
        if piece in _CLAUSES_OF_A_CALL:
            return before == ")"
        if piece in ("with", "without"):
            return before in _TIMES or (before == ")" and self.called in _TIMES)
        if piece in _INTERVAL_FIELDS and self.before_kind is TokenKind.STRING:
            return True
        return piece in _FOLLOWS.get(before, ())


def _opening(source: Source, first: int, count: int) -> int:
    """The offset of the `count`-th bracket before `first` that is still open there."""
    open_brackets: list[int] = []
    for token in source.tokens:
        if token.start >= first:
            break
        piece = source.sql[token.start : token.end]
        if piece in _OPEN:
            open_brackets.append(token.start)
        elif piece in _CLOSE and open_brackets:
            open_brackets.pop()
    return open_brackets[-count] if count <= len(open_brackets) else first
