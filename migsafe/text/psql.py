"""What psql reads that is no SQL: commands behind a backslash, and the lines of data behind COPY."""

from __future__ import annotations

import re
from typing import Final

from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.text.lexer import WHITE_SPACE
from migsafe.text.patterns import late

# psqlscanslash.l: the name ends at white space or a backslash; the arguments end with the line or at a backslash
# outside of quotes, and `\\` parts them from what follows. `\!` and `\copy` take the whole line.
_COMMAND = late(
    r"\\(?:(?P<whole>!|copy\b)[^\n\r]*+"
    r"|(?P<name>[^\s\\]*+)"
    r"(?:'(?:[^'\\\n\r]|\\[^\n\r])*+'|\"[^\"\n\r]*+\"|`[^`\n\r]*+`|[^\\\n\r])*+(?:\\\\)?+)"
)
_COPY_FROM_STDIN = late(r"\\copy\b.*\bfrom\s+stdin\b", re.IGNORECASE)

# Commands that end a statement in place of a semicolon (src/bin/psql/command.c).
_ENDS_STATEMENT: Final = frozenset(
    ["g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch", "parse", "bind", "bind_named", "sendpipeline"]
)


class MetaCommand(Record):
    """A command of psql. `data_follows` tells that the lines behind it are data up to `\\.`."""

    name: str
    span: Span
    ends_statement: bool
    data_follows: bool


def meta_command(text: str, start: int, limit: int) -> MetaCommand:
    """The command whose backslash is at `start`."""
    found = _COMMAND.match(text, start, limit)
    assert found  # a backslash is enough
    name = found["whole"] or found["name"]
    written = found[0].rstrip(WHITE_SPACE)
    return MetaCommand(
        name=name,
        span=Span(start, start + len(written)),
        ends_statement=name in _ENDS_STATEMENT,
        data_follows=_COPY_FROM_STDIN.match(written) is not None,
    )


def end_of_data(text: str, start: int, limit: int) -> int | None:
    r"""The offset behind the first `\.` that is alone on its line, from the line at `start` on."""
    at = text.find("\\.", start, limit)
    while at >= 0:
        begins_line = at == start or text[at - 1] in "\n\r"
        if begins_line and (at + 2 == limit or text[at + 2] in "\n\r"):
            return at + 2
        at = text.find("\\.", at + 2, limit)
    return None
