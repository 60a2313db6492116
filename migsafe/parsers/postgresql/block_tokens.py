"""The tokens of a PL/pgSQL block, and the ranges of them that its grammar asks for."""

from __future__ import annotations

from migsafe.model.text import Span
from migsafe.parsers.postgresql.source import Source
from migsafe.text.lexer import Token, TokenKind


class BlockTokens:
    """Tokens without comments; `at` is the index of the next one. Ranges are pairs of indices, the end exclusive."""

    def __init__(self, body: str) -> None:
        self.body = body
        found = list(Source(body).words(0))
        self.words = [piece for piece, _ in found]
        self.tokens: list[Token] = [token for _, token in found]
        self.at = 0

    def until(self, *stops: str) -> tuple[int, int]:
        """The range of tokens up to one of the words outside of parentheses; `at` is set behind the word."""
        first, depth, cases = self.at, 0, 0
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            if depth == 0 and word in stops and not cases:
                return first, self.at - 1
            depth += (word in ("(", "[")) - (word in (")", "]"))
            cases += self._case_step(word, cases, depth)
        return first, self.at

    def _case_step(self, word: str, cases: int, depth: int) -> int:
        """A CASE expression has WHEN, THEN and ELSE of its own."""
        if depth or self.tokens[self.at - 1].kind is not TokenKind.WORD:
            return 0
        return 1 if word == "case" else -1 if word == "end" and cases else 0

    def to_semicolon(self) -> tuple[int, int]:
        first, depth = self.at, 0
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            if word == ";" and depth <= 0:
                return first, self.at - 1
            depth += (word == "(") - (word == ")")
        return first, self.at

    def span(self, first: int, last: int) -> Span:
        if first >= last:
            place = self.tokens[min(first, len(self.tokens) - 1)].start
            return Span(place, place)
        return Span(self.tokens[first].start, self.tokens[last - 1].end)

    def text(self, first: int, last: int) -> str:
        span = self.span(first, last)
        return self.body[span.start : span.end]

    def one_line(self, first: int, last: int) -> str:
        """A condition as a guard shows it."""
        return " ".join(self.text(first, last).split())

    def assigned_value(self, first: int, last: int) -> int | None:
        """Where the value of `target := value` begins: the target is a name with fields and subscripts."""
        depth = 0
        for index in range(first, last):
            word = self.words[index]
            if depth == 0 and word in (":=", "="):
                return index + 1
            is_name = self.tokens[index].kind in (TokenKind.WORD, TokenKind.QUOTED_WORD, TokenKind.PARAMETER)
            depth += (word == "[") - (word == "]")
            if depth == 0 and word not in (".", "]") and (not is_name or (index > first and not self._dotted(index))):
                return None
        return None

    def _dotted(self, index: int) -> bool:
        return self.words[index - 1] == "."

    def into(self, first: int, last: int) -> tuple[int, int] | None:
        """The tokens of INTO [STRICT] target, …; INSERT INTO and MERGE INTO are something else."""
        if first < last and self.words[first] == "import":
            return None
        for index in range(first + 1, last):
            if self.words[index] == "into" and self.words[index - 1] not in ("insert", "merge"):
                return index, self._behind_targets(index + 1, last)
        return None

    def _behind_targets(self, index: int, last: int) -> int:
        index += index < last and self.words[index] == "strict"
        while index < last:
            index = self._behind_target(index + 1, last)
            if index >= last or self.words[index] != ",":
                return index
            index += 1
        return index

    def _behind_target(self, index: int, last: int) -> int:
        """Behind the fields and subscripts of a target whose first word was just passed."""
        while index < last and self.words[index] in (".", "["):
            if self.words[index] == ".":
                index += 2
                continue
            while index < last and self.words[index] != "]":
                index += 1
            index += 1
        return index
