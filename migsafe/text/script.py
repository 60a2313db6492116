"""A text cut into statements and everything else that a script holds.

The cuts are those of psql (`src/fe_utils/psqlscan.l`, `src/bin/psql/`), because a script that is no statement list
is written for psql: data behind COPY, lines that begin with a backslash. Where psql counts words or parentheses to
find the end of a statement, this asks only where the server's grammar lets a semicolon stand inside one: in the
parentheses of CREATE RULE and in the BEGIN ATOMIC body of a routine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from itertools import pairwise
from typing import Final, final

from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.text.lexer import (
    COMMENTS,
    SQL,
    WHITE_SPACE,
    Token,
    TokenKind,
    block_comment_end,
    dollar_string_end,
)
from migsafe.text.source import SourceText
from migsafe.text.templates import (
    DEFAULT_STYLES,
    Hole,
    HoleKind,
    HoleNames,
    Templates,
    TemplateStyle,
    is_block_action,
    is_note,
    templates_of,
)

MAX_FILE: Final = 64_000_000
"""Code points of a file; more is not read."""
MAX_STATEMENT: Final = 16_000_000
"""Code points of a statement; the largest that dumps write are INSERTs of about 1 MB."""
MAX_NESTING: Final = 200
"""Open parentheses and brackets; the parser's tree and its JSON are a few times as deep."""


class FragmentKind(Enum):
    """What a piece of a script is. All but the first two have to be reported as not analysed."""

    SQL = "sql"
    COPY_DATA = "copy-data"
    META_COMMAND = "meta-command"  # a command of psql: a backslash, a name, arguments
    TEMPLATE = "template"  # steers a template, or a statement in which a placeholder stands for a clause
    GARBAGE = "garbage"  # control characters between statements
    BEYOND_LIMITS = "beyond-limits"


class Fragment(Record):
    """A piece of a script: from its first to its last token, without semicolon and surrounding comments.

    `sql` is what a parser is to read, as long as the span in code points: placeholders have their stand-ins, a NUL
    or an undecodable byte is U+FFFD. It is empty for other kinds.
    `name` is the command behind the backslash for a meta command ("i", "connect", "."), the limit that was passed
    for a fragment beyond limits, and "unterminated" for data that no `\\.` ends.
    """

    kind: FragmentKind
    span: Span
    sql: str = ""
    name: str = ""
    holes: tuple[Hole, ...] = ()


class Comment(Record):
    """A comment outside of strings: `text` is what stands between its markers, without white space around it.

    `alone` tells that nothing else stands on its lines.
    """

    span: Span
    text: str
    alone: bool


class Script(Record):
    """A whole file, cut."""

    source: SourceText
    fragments: tuple[Fragment, ...]
    comments: tuple[Comment, ...]


def split(source: SourceText, styles: frozenset[TemplateStyle] = DEFAULT_STYLES) -> Script:
    """Cut a text. Never fails, whatever the text is."""
    fragments: list[Fragment] = []
    comments: list[Comment] = []
    for piece in iter_pieces(source, styles):
        if isinstance(piece, Fragment):
            fragments.append(piece)
        else:
            comments.append(piece)
    return Script(source, tuple(fragments), tuple(comments))


def iter_fragments(source: SourceText, styles: frozenset[TemplateStyle] = DEFAULT_STYLES) -> Iterator[Fragment]:
    """The fragments one by one, for a text of which nothing else should be kept."""
    return (piece for piece in iter_pieces(source, styles) if isinstance(piece, Fragment))


def iter_pieces(
    source: SourceText, styles: frozenset[TemplateStyle] = DEFAULT_STYLES
) -> Iterator[Fragment | Comment]:
    """Fragments and comments as they end: a comment inside of a statement comes before the statement."""
    size = len(source.text)
    if size > MAX_FILE:
        whole = Fragment(FragmentKind.BEYOND_LIMITS, Span(0, size), name="file size")
        return iter((whole,))
    return _Splitter(source, templates_of(styles), HoleNames(), source.start, size).pieces()


_BLANK = re.compile(rf"[{WHITE_SPACE}]*+")
_LINE_COMMENT = re.compile(r"--[^\n\r]*+")
_REST_OF_LINE = re.compile(r"[^\n\r]*+(?:\r\n?|\n)?+")
_ENDS_LINE = re.compile(r"[ \t\f\v]*+(?:[\n\r]|\Z)")
_ENDS_LINE_OR_STATEMENT = re.compile(r"[ \t\f\v]*+(?:[\n\r;]|\Z)")
_GARBAGE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff]++")
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_BRACKETS = re.compile(r"[()\[\]]")

_BETWEEN = rf"(?:[{WHITE_SPACE}]|--[^\n\r]*+|/\*[\s\S]*?\*/)++"
_MAY_HOLD_SEMICOLONS = re.compile(
    rf"create{_BETWEEN}(?:or{_BETWEEN}replace{_BETWEEN})?+(?P<kind>function|procedure|rule)\b",
    re.IGNORECASE,
)
_COPY = re.compile(r"copy\b", re.IGNORECASE)
_META_COPY_FROM_STDIN = re.compile(r"\\copy\b.*\bfrom\s+stdin\b", re.IGNORECASE)

# psqlscanslash.l: the name ends at white space or a backslash; the arguments end with the line or at a backslash
# outside of quotes, and `\\` parts them from what follows. `\!` and `\copy` take the whole line.
_META_COMMAND = re.compile(
    r"\\(?:(?P<whole>!|copy\b)[^\n\r]*+"
    r"|(?P<name>[^\s\\]*+)"
    r"(?:'(?:[^'\\\n\r]|\\[^\n\r])*+'|\"[^\"\n\r]*+\"|`[^`\n\r]*+`|[^\\\n\r])*+(?:\\\\)?+)"
)
# Commands that end a statement in place of a semicolon (src/bin/psql/command.c).
_ENDS_STATEMENT = frozenset(
    ["g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch", "parse", "bind", "bind_named", "sendpipeline"]
)
_MAX_SEARCHES = 16  # bodies that nobody closes; more of them in one file are not searched to its end


@final
class _Splitter:
    """One pass over a range of a text. A statement is open from `begin` (-1: none) to `end`, so far."""

    def __init__(self, source: SourceText, templates: Templates, names: HoleNames, at: int, limit: int) -> None:
        self.source = source
        self.text = source.text
        self.templates = templates
        self.names = names
        self.at = at
        self.limit = limit
        self.begin = -1
        self.end = -1
        self.inside_until = -1  # semicolons before this offset belong to the open statement
        self.searches_left = _MAX_SEARCHES
        self.commands: list[Span] = []  # meta commands in the middle of the open statement
        self.ready: list[Fragment | Comment] = []
        self.stops: dict[str, Callable[[], None]] = {
            ";": self._semicolon,
            "-": self._line_comment,
            "/": self._block_comment,
            "\\": self._backslash,
            "$": self._dollar,
            "{": self._placeholder,
            "#": self._placeholder,
            "<": self._placeholder,
        }

    def pieces(self) -> Iterator[Fragment | Comment]:
        quiet_end = self.templates.lexer.quiet_end
        while self.at < self.limit:
            stop = quiet_end(self.text, self.at, self.limit)
            if stop > self.at:
                self._cover(stop)
            if stop < self.limit:
                self.stops.get(self.text[stop], self._unterminated)()
            if self.ready:
                yield from self.ready
                self.ready.clear()
        self._close()
        yield from self.ready

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
        if self.inside_until < 0:
            self.inside_until = self._last_inner_semicolon()
        if self.at < self.inside_until:
            self._cover(self.at + 1)
            return
        data_follows = self._is_copy_from_stdin()
        self._close()
        self.at += 1
        if data_follows:
            self._data()

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
        if self.text.startswith(";", self.at + 1):  # psqlscan.l: sends the statements together
            self.at += 1
            self._semicolon()
            return
        found = _META_COMMAND.match(self.text, self.at, self.limit)
        assert found  # a backslash is enough
        name = found["whole"] or found["name"]
        if name in _ENDS_STATEMENT:
            self._close()
        end = self.at + len(found[0].rstrip(WHITE_SPACE))
        if self.begin >= 0:
            self.commands.append(Span(self.at, end))
            self._cover(end)
            return
        self.ready.append(Fragment(FragmentKind.META_COMMAND, Span(self.at, end), name=name))
        self.at = end
        if _META_COPY_FROM_STDIN.match(found[0]):
            self._data()

    def _dollar(self) -> None:
        if self.templates.enclosing.match(self.text, self.at, self.limit):
            self._placeholder()
        else:
            self._cover(dollar_string_end(self.text, self.at, self.limit) or self.limit)

    def _placeholder(self) -> None:
        found = self.templates.enclosing.match(self.text, self.at, self.limit)
        assert found  # only that can have stopped the run here
        if is_note(found[0]):
            self._comment(found.end(), found[0][2:-2])
        elif self.begin < 0 and self._stands_alone(found[0], found.end()):
            span = Span(found.start(), found.end())
            self.ready.append(Fragment(FragmentKind.TEMPLATE, span))
            self.at = found.end()
        else:
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

    def _last_inner_semicolon(self) -> int:
        """The offset before which no semicolon ends the open statement; 0 if the first one does."""
        head = _MAY_HOLD_SEMICOLONS.match(self.text, self.begin, self.limit)
        if not head or not self.searches_left:
            return 0
        tokens = self.templates.lexer.tokens(self.text, head.end(), self.limit)
        search = _end_of_rule if head["kind"].lower() == "rule" else _end_of_routine
        end = search(self.text, tokens)
        if end is None:  # a broken statement should not hide those behind it
            self.searches_left -= 1
        return end or 0

    def _is_copy_from_stdin(self) -> bool:
        if not _COPY.match(self.text, self.begin, self.end):
            return False
        words = [
            self.text[token.start : token.end].lower()
            for token in SQL.tokens(self.text, self.begin, self.end)
            if token.kind not in COMMENTS
        ]
        return ("from", "stdin") in pairwise(words)

    def _data(self) -> None:
        r"""The lines behind this one, up to `\.`; what stands in the rest of this line is SQL."""
        first = self._skip(_REST_OF_LINE, self.at)
        rest = _Splitter(self.source, self.templates, self.names, self.at, first)
        self.ready.extend(rest.pieces())
        end = _end_of_data(self.text, first, self.limit)
        self.at = end or self.limit
        if end:
            self.ready.append(Fragment(FragmentKind.COPY_DATA, Span(first, end)))
        elif self._skip(_BLANK, first) < self.limit:
            span = Span(first, self.limit)
            self.ready.append(Fragment(FragmentKind.COPY_DATA, span, name="unterminated"))

    def _close(self) -> None:
        if self.begin < 0:
            return
        self.ready.append(self._statement(Span(self.begin, self.end)))
        self.begin = self.end = self.inside_until = -1
        self.commands = []

    def _statement(self, span: Span) -> Fragment:
        if span.end - span.start > MAX_STATEMENT:
            return Fragment(FragmentKind.BEYOND_LIMITS, span, name="statement size")
        sql = self.source.slice(span)
        if _is_too_deep(sql):
            return Fragment(FragmentKind.BEYOND_LIMITS, span, name="nesting depth")
        if self.source.flaws:
            sql = _UNREADABLE.sub("\ufffd", sql)
        holes: tuple[Hole, ...] = ()
        for command in self.commands:
            sql, hole = _blanked(sql, command, span.start)
            holes += (hole,)
        if self.templates.may_be_in(sql):
            sql, found = self.templates.fill(sql, span.start, self.names)
            holes += found
        is_template = any(hole.kind is HoleKind.CLAUSE for hole in holes)
        kind = FragmentKind.TEMPLATE if is_template else FragmentKind.SQL
        return Fragment(kind, span, sql, holes=holes)


def _blanked(sql: str, command: Span, offset: int) -> tuple[str, Hole]:
    start, end = command.shifted(-offset)
    hole = Hole(command, sql[start:end], HoleKind.CLAUSE, "")
    return sql[:start] + " " * (end - start) + sql[end:], hole


def _end_of_rule(text: str, tokens: Iterator[Token]) -> int | None:
    """The semicolon that ends CREATE RULE … DO (a; b): the first outside of parentheses."""
    depth = 0
    for token in tokens:
        mark = text[token.start : token.end] if token.kind is TokenKind.PUNCTUATION else ""
        if mark == ";" and depth <= 0:
            return token.start
        depth += (mark == "(") - (mark == ")")
    return None


def _end_of_routine(text: str, tokens: Iterator[Token]) -> int | None:
    """The semicolon that ends a routine: the first outside of BEGIN ATOMIC … END, in which CASE … END may stand.

    Behind a dot or AS these words are names.
    """
    depth = 0
    previous = ""
    for token in tokens:
        if token.kind in COMMENTS:
            continue
        word = text[token.start : token.end].lower() if token.end - token.start < 8 else ""
        if word == ";" and not depth:
            return token.start
        if previous not in (".", "as"):
            depth += _opens_block(word, previous, depth) - (word == "end" and depth > 0)
        previous = word
    return None


def _opens_block(word: str, previous: str, depth: int) -> bool:
    return word == "case" if depth else (previous, word) == ("begin", "atomic")


def _end_of_data(text: str, start: int, limit: int) -> int | None:
    r"""The offset behind the line that holds nothing but `\.`, from `start` on."""
    at = text.find("\\.", start, limit)
    while at >= 0:
        begins_line = at == start or text[at - 1] in "\n\r"
        if begins_line and (at + 2 == limit or text[at + 2] in "\n\r"):
            return at + 2
        at = text.find("\\.", at + 2, limit)
    return None


def _is_too_deep(sql: str) -> bool:
    if sql.count("(") + sql.count("[") <= MAX_NESTING or _depth(_BRACKETS.findall(sql)) <= MAX_NESTING:
        return False  # counted quickly, with those in strings
    marks = [sql[t.start] for t in SQL.tokens(sql) if t.kind is TokenKind.PUNCTUATION]
    return _depth(marks) > MAX_NESTING


def _depth(marks: Iterable[str]) -> int:
    deepest = depth = 0
    for mark in marks:
        if mark in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in ")]":
            depth -= 1
    return deepest
