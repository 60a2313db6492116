"""The comments of a Python file, and the SQL that authors state in them: `# migsafe: sql(CREATE INDEX …)`."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.model.migration import Comment
from migsafe.model.text import Span

_MARK: Final = "migsafe:"


def comments(text: str) -> tuple[Comment, ...]:
    """The comments that speak to migsafe, with their places. None when the file cannot be read as Python."""
    if _MARK not in text:
        return ()
    return tuple(_found(text))


def _found(text: str) -> Iterator[Comment]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                start = starts[row - 1] + column
                alone = not token.line[:column].strip()
                yield Comment(token.string.lstrip("#").strip(), Span(start, start + len(token.string)), alone)
    except (tokenize.TokenError, SyntaxError, IndexError):
        return


def stated_sql(text: str, found: Sequence[Comment]) -> Iterator[tuple[int, str]]:
    """Lines, from 1, and the SQL that a comment states for the code that begins in them."""
    opened: list[str] = []
    for comment in found:
        words = comment.text
        if not opened:
            at = words.partition("migsafe:")[2].strip()
            if not at.startswith("sql("):
                continue
            words = at.removeprefix("sql(")
        opened.append(words)
        if words.rstrip().endswith(")"):
            sql = "\n".join(opened).rstrip().removesuffix(")")
            opened = []
            yield _code_line(text, comment), sql


def _code_line(text: str, comment: Comment) -> int:
    """The line of the code that a comment is for: its own, or the next one with code."""
    line = text.count("\n", 0, comment.span.start) + 1
    if not comment.alone:
        return line
    for number, content in enumerate(text.split("\n")[line:], line + 1):
        if content.strip() and not content.strip().startswith("#"):
            return number
    return line
