"""The proof that nothing was skipped: every character belongs to one fragment, one comment or to nothing.

It does not lex again. It only trusts the places that fragments and comments claim, so a mistake of the splitter
shows here instead of becoming a statement that nobody checked.
"""

from __future__ import annotations

from typing import Final, final

from migsafe.model.text import Span
from migsafe.text.fragments import Comment, Fragment, Script
from migsafe.text.lexer import WHITE_SPACE
from migsafe.text.patterns import compiled
from migsafe.text.source import SourceText

_NOTHING: Final = compiled(rf"(?:[{WHITE_SPACE}]|\\?;)*+")


@final
class Coverage:
    """Follows the pieces of a text in the order in which `iter_pieces` gives them."""

    def __init__(self, source: SourceText, within: Span) -> None:
        self._text = source.text
        self._covered, self._end = within  # up to the first everything is accounted for
        self._comments: list[Span] = []
        self._wrong: list[Span] = []

    def note(self, piece: Fragment | Comment) -> None:
        """The next piece. Comments inside of a statement, and before its semicolon, come before it."""
        if isinstance(piece, Comment):
            self._comments.append(piece.span)
            return
        self._account_for_gap(piece.span.start)
        if piece.span.start < self._covered:
            self._wrong.append(Span(piece.span.start, self._covered))
        self._covered = max(self._covered, piece.span.end)
        self._comments = [comment for comment in self._comments if comment.start >= self._covered]

    def uncovered(self) -> tuple[Span, ...]:
        """The ranges that no piece covers, or two: empty unless the splitter is wrong. Call it at the end."""
        self._account_for_gap(self._end)
        self._covered = self._end
        return tuple(self._wrong)

    def _account_for_gap(self, end: int) -> None:
        at = self._covered
        for comment in self._comments:
            if comment.end <= end:
                self._expect_nothing(at, comment.start)
                at = max(at, comment.end)
        self._expect_nothing(at, end)

    def _expect_nothing(self, start: int, end: int) -> None:
        if start < end and not _NOTHING.fullmatch(self._text, start, end):
            self._wrong.append(Span(start, end))


def uncovered(script: Script) -> tuple[Span, ...]:
    """The ranges of a script that belong to no fragment, no comment and no separator, or to two fragments."""
    pieces: list[Fragment | Comment] = [*script.comments, *script.fragments]
    pieces.sort(key=lambda piece: (piece.span.start, isinstance(piece, Fragment)))
    coverage = Coverage(script.source, script.span)
    for piece in pieces:
        coverage.note(piece)
    return coverage.uncovered()
