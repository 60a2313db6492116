"""What a script is made of, and how much of it is read at all."""

from __future__ import annotations

from enum import Enum
from typing import Final

from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.text.source import SourceText
from migsafe.text.templates import Hole

MAX_FILE: Final = 64_000_000
"""Code points of a file; nothing of a longer one is read."""
MAX_STATEMENT: Final = 16_000_000
"""Code points of a statement; the longest that dumps write are INSERTs of about one million."""
MAX_NESTING: Final = 200
"""Open parentheses and brackets in a statement; the parser's tree is a few times as deep."""


class FragmentKind(Enum):
    """What a piece of a script is. All but the first two have to be reported as not analysed."""

    SQL = "sql"
    COPY_DATA = "copy-data"
    META_COMMAND = "meta-command"  # a command of psql: a backslash, a name, arguments
    TEMPLATE = "template"  # steers a template, or a statement in which a placeholder stands for a clause
    GARBAGE = "garbage"  # control characters between statements
    BEYOND_LIMITS = "beyond-limits"


class Fragment(Record):
    r"""A piece of a script: from its first to its last token, without semicolon and surrounding comments.

    `sql` is what a parser is to read, as long as the span in code points: placeholders have their stand-ins, a NUL
    or an undecodable byte is U+FFFD. A statement that is a TEMPLATE has it too, with its clauses blanked; for
    everything else it is empty.
    `name` is the command behind the backslash for a meta command ("i", "connect", "."), the limit that was passed
    for a fragment beyond limits, and "unterminated" for data that no `\.` ends.
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
    """A text, or the range of it that was asked for, cut into all that it holds, in the order of the text."""

    source: SourceText
    span: Span
    fragments: tuple[Fragment, ...]
    comments: tuple[Comment, ...]
