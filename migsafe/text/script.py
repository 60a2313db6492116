"""A text cut into statements and everything else that a script holds.

The cuts are those of psql (`src/fe_utils/psqlscan.l`), because a script that is no mere list of statements is
written for psql; `nesting` says where they differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, final

from migsafe.model.text import Span
from migsafe.text.fragments import (
    MAX_FILE,
    MAX_NESTING,
    MAX_STATEMENT,
    Comment,
    Fragment,
    FragmentKind,
    Script,
)
from migsafe.text.lexer import (
    COMMENTS,
    SQL,
    WHITE_SPACE,
    block_comment_end,
    dollar_string_end,
)
from migsafe.text.nesting import final_semicolon, is_deeper_than, leading_words, may_hold_semicolons
from migsafe.text.patterns import compiled, late
from migsafe.text.psql import end_of_data, meta_command
from migsafe.text.source import SourceText
from migsafe.text.templates import (
    DEFAULT_STYLES,
    MAX_HOLES,
    Hole,
    HoleKind,
    Templates,
    TemplateStyle,
    holds_template,
    is_block_action,
    is_note,
    templates_of,
)

__all__ = ["Comment", "Fragment", "FragmentKind", "Script", "iter_fragments", "iter_pieces", "split"]


def split(
    source: SourceText,
    within: Span | None = None,
    styles: frozenset[TemplateStyle] = DEFAULT_STYLES,
) -> Script:
    """Cut a text, or a range of it. Never fails, whatever the text is."""
    fragments: list[Fragment] = []
    comments: list[Comment] = []
    for piece in iter_pieces(source, within, styles):
        if isinstance(piece, Fragment):
            fragments.append(piece)
        else:
            comments.append(piece)
    return Script(source, within or _all_of(source), tuple(fragments), tuple(comments))


def iter_fragments(
    source: SourceText,
    within: Span | None = None,
    styles: frozenset[TemplateStyle] = DEFAULT_STYLES,
) -> Iterator[Fragment]:
    """The fragments one by one, for a text of which nothing else should be kept."""
    return (piece for piece in iter_pieces(source, within, styles) if isinstance(piece, Fragment))


def iter_pieces(
    source: SourceText,
    within: Span | None = None,
    styles: frozenset[TemplateStyle] = DEFAULT_STYLES,
) -> Iterator[Fragment | Comment]:
    """Fragments and comments as they end: a comment inside of a statement comes before the statement."""
    span = within or _all_of(source)
    if span.end - span.start > MAX_FILE:
        return iter((Fragment(FragmentKind.BEYOND_LIMITS, span, name="file size"),))
    return _Splitter(source, templates_of(styles), span).pieces()


def _all_of(source: SourceText) -> Span:
    return Span(source.start, len(source.text))


_BLANK: Final = compiled(rf"[{WHITE_SPACE}]*+")
_LINE_COMMENT: Final = late(r"--[^\n\r]*+")
_REST_OF_LINE: Final = late(r"[^\n\r]*+(?:\r\n?|\n)?+")
_ENDS_LINE: Final = late(r"[ \t\f\v]*+(?:[\n\r]|\Z)")
_ENDS_LINE_OR_STATEMENT: Final = late(r"[ \t\f\v]*+(?:[\n\r;]|--|\Z)")
_GARBAGE: Final = compiled("[\x00-\x08\x0e-\x1f\x7f\ufeff]++")
_UNREADABLE: Final = late("[\x00\ud800-\udfff]")
_MAX_SEARCHES: Final = 4  # for the end of bodies that nobody closed: hostile text must not cost the square of its size


@final
class _Splitter:
    """One pass over a range of a text. A statement is open from `begin` (-1: none) to `end`, so far."""

    def __init__(self, source: SourceText, templates: Templates, span: Span) -> None:
        self.source = source
        self.text = source.text
        self.templates = templates
        self.at, self.end_of_text = span
        self.limit = self.end_of_text  # or the end of a line behind which data follows
        self.data_blocks = 0  # COPY statements in this line, whose data are the lines behind it
        self.begin = -1
        self.end = -1
        self.inside_until = -1  # semicolons before this offset belong to the open statement; -1: not known yet
        self.searches_left = _MAX_SEARCHES
        self.has_placeholders = False
        self.commands: list[Span] = []  # meta commands in the middle of the open statement
        self.ready: list[Fragment | Comment] = []
        self.stops: dict[str, Callable[[], None]] = {
            ";": self._semicolon,
            "-": self._line_comment,
            "/": self._block_comment,
            "\\": self._backslash,
            "$": self._dollar,
            "{": self._placeholder,
            **dict.fromkeys("{#<@%:?", self._placeholder),
        }

    def pieces(self) -> Iterator[Fragment | Comment]:
        quiet_end = self.templates.lexer.quiet_end
        while self.at < self.limit:
            stop = quiet_end(self.text, self.at, self.limit)
            if stop > self.at:
                self._cover(stop)
            if stop < self.limit:
                self.stops.get(self.text[stop], self._unterminated)()
            if self.at >= self.limit:
                self._close()
                self._data()
            if self.ready:
                yield from self.ready
                self.ready.clear()

    def _cover(self, stop: int) -> None:
        """Take the text up to `stop` into the open statement, or open one at its first token."""
        if self.begin < 0:
            self.begin = self._first_token(stop)
        if self.begin >= 0:
            part = self.text[self.at : stop].rstrip(WHITE_SPACE)
            self.end = self.at + len(part) if part else self.end
        self.at = stop

    def _first_token(self, stop: int) -> int:
        """Where a statement begins before `stop`, or -1."""
        while (first := self._skip(_BLANK, self.at)) < stop:
            garbage = _GARBAGE.match(self.text, first, stop)
            if not garbage:
                return first
            self.ready.append(Fragment(FragmentKind.GARBAGE, Span(first, garbage.end())))
            self.at = garbage.end()
        return -1

    def _skip(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self.text, at, self.limit)
        return found.end() if found else at

    # What can stop the quiet run, one method for each.

    def _semicolon(self) -> None:
        if self.begin < 0:
            self.at += 1
            return
        words = self._leading_words()
        if self.inside_until < 0 and may_hold_semicolons(words):
            self.inside_until = self._search_end()
        if self.at < self.inside_until:
            self._cover(self.at + 1)
            return
        data_follows = words[:1] == ["copy"] and self._is_copy_from_stdin()
        self._close()
        self.at += 1
        if data_follows:
            self._expect_data()

    def _line_comment(self) -> None:
        end = self._skip(_LINE_COMMENT, self.at)
        self._comment(end, self.text[self.at + 2 : end])

    def _block_comment(self) -> None:
        end = block_comment_end(self.text, self.at, self.limit)
        if end:
            self._comment(end, self.text[self.at + 2 : end - 2])
        else:
            self._unterminated()

    def _backslash(self) -> None:
        if self.text.startswith(";", self.at + 1):  # psqlscan.l: parts statements that are sent together
            self.at += 1
            self._semicolon()
            return
        command = meta_command(self.text, self.at, self.limit)
        if command.ends_statement:
            self._close()
        if self.begin >= 0:
            if len(self.commands) <= MAX_HOLES:
                self.commands.append(command.span)
            self._cover(command.span.end)
            return
        self.ready.append(Fragment(FragmentKind.META_COMMAND, command.span, name=command.name))
        self.at = command.span.end
        if command.data_follows:
            self._expect_data()

    def _dollar(self) -> None:
        if self.templates.placeholder.match(self.text, self.at, self.limit):
            self._placeholder()
        else:
            end = dollar_string_end(self.text, self.at, self.limit) or self.limit
            self.has_placeholders |= holds_template(self.text, self.at, end)
            self._cover(end)

    def _placeholder(self) -> None:
        found = self.templates.placeholder.match(self.text, self.at, self.limit)
        assert found  # nothing else can have stopped the run here
        if is_note(found[0]):
            self.has_placeholders = self.begin >= 0
            self._comment(found.end(), found[0][2:-2])
        elif self.begin < 0 and self._stands_alone(found[0], found.end()):
            self.ready.append(Fragment(FragmentKind.TEMPLATE, Span(*found.span())))
            self.at = found.end()
        else:
            self.has_placeholders = True
            self._cover(found.end())

    def _stands_alone(self, placeholder: str, end: int) -> bool:
        following = _ENDS_LINE_OR_STATEMENT.match(self.text, end, self.limit)
        return is_block_action(placeholder) or following is not None

    def _unterminated(self) -> None:
        """A quote or a comment that is never closed takes the rest; the parser says what it is."""
        self._cover(self.limit)

    # What the stops lead to.

    def _comment(self, end: int, text: str) -> None:
        alone = self._begins_line(self.at) and bool(_ENDS_LINE.match(self.text, end, self.limit))
        self.ready.append(Comment(Span(self.at, end), text.strip(), alone))
        self.at = end

    def _begins_line(self, at: int) -> bool:
        while at > self.source.start and self.text[at - 1] in " \t\f\v":
            at -= 1
        return at == self.source.start or self.text[at - 1] in "\n\r"

    def _leading_words(self) -> list[str]:
        if self.text[self.begin] not in "cC":  # CREATE and COPY are the only ones that matter
            return []
        return leading_words(self.text, self.begin, self.end)

    def _search_end(self) -> int:
        """The offset of the open statement's final semicolon; 0 if the next one has to do."""
        if not self.searches_left:
            return 0
        end = final_semicolon(self.templates.lexer, self.text, self.begin, self.limit)
        if end is None:  # a broken statement should not hide those behind it
            self.searches_left -= 1
        return end or 0

    def _is_copy_from_stdin(self) -> bool:
        """COPY table FROM STDIN; gram.y takes STDOUT there too, and refuses FROM behind a query."""
        words = [
            self.text[token.start : token.end].lower()
            for token in SQL.tokens(self.text, self.begin, self.end)
            if token.kind not in COMMENTS
        ]
        return words[1:2] != ["("] and any(
            source == "from" and place in ("stdin", "stdout") for source, place in pairwise(words)
        )

    def _expect_data(self) -> None:
        """Data begin behind this line; what stands in the rest of the line is SQL."""
        if not self.data_blocks:
            self.limit = self._skip(_REST_OF_LINE, self.at)
        self.data_blocks += 1

    def _data(self) -> None:
        r"""The blocks that are due, each up to the line `\.`."""
        self.limit = self.end_of_text
        while self.data_blocks and self._skip(_BLANK, self.at) < self.limit:
            end = end_of_data(self.text, self.at, self.limit)
            span = Span(self.at, end or self.limit)
            self.ready.append(Fragment(FragmentKind.COPY_DATA, span, name="" if end else "unterminated"))
            self.data_blocks -= 1
            self.at = self._skip(_REST_OF_LINE, span.end)
        self.data_blocks = 0

    def _close(self) -> None:
        if self.begin < 0:
            return
        self.ready.append(self._statement(Span(self.begin, self.end)))
        self.begin = self.end = self.inside_until = -1
        self.has_placeholders = False
        self.commands = []

    def _statement(self, span: Span) -> Fragment:
        if span.end - span.start > MAX_STATEMENT:
            return Fragment(FragmentKind.BEYOND_LIMITS, span, name="statement size")
        sql = self.source.slice(span)
        if is_deeper_than(sql, MAX_NESTING):
            return Fragment(FragmentKind.BEYOND_LIMITS, span, name="nesting depth")
        sql, holes = self._filled(sql, span.start)
        if len(holes) > MAX_HOLES:
            return Fragment(FragmentKind.BEYOND_LIMITS, span, name="placeholders")
        is_template = any(hole.kind is HoleKind.CLAUSE for hole in holes)
        kind = FragmentKind.TEMPLATE if is_template else FragmentKind.SQL
        return Fragment(kind, span, sql, holes=holes)

    def _filled(self, sql: str, offset: int) -> tuple[str, tuple[Hole, ...]]:
        """The text for the parser, as long as the text that is there."""
        if self.source.flaws:
            sql = _UNREADABLE.sub("\ufffd", sql)
        sql, commands = _blanked(sql, self.commands, offset)
        if not self.has_placeholders:
            return sql, commands
        sql, holes = self.templates.fill(sql, offset)
        return sql, commands + holes


def _blanked(sql: str, commands: list[Span], offset: int) -> tuple[str, tuple[Hole, ...]]:
    """A statement without the commands of psql that stand inside it, which may well build its text."""
    pieces: list[str] = []
    done = 0
    for start, end in (command.shifted(-offset) for command in commands):
        pieces += (sql[done:start], " " * (end - start))
        done = end
    holes = tuple(
        Hole(command, sql[command.start - offset : command.end - offset], HoleKind.CLAUSE, "") for command in commands
    )
    return "".join((*pieces, sql[done:])), holes
