"""goose: `1_name.sql` with `-- +goose Up` and `-- +goose Down`.

`internal/sqlparser/parser.go`: directives in any case and without white space before them; `StatementBegin` and
`StatementEnd` hold what is sent as one query string, other statements are sent one by one; `NO TRANSACTION`
anywhere in the file holds for both directions; `ENVSUB ON` substitutes `${VAR}`.
"""

from __future__ import annotations

import re

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import DEPENDENCY, DIRECTIVES, Convention, Listing, SqlFile, SqlSection, behind
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import NUMBERED, by_number, listed
from migsafe.text.patterns import late

_DIRECTIVE = late(r"^--[ \t-]*\+goose[ \t]+(?P<what>[A-Za-z ]+?)[ \t]*\r?$", re.MULTILINE)
_UP = re.compile(r"^--\s*\+goose\s+Up\b", re.MULTILINE | re.IGNORECASE)


class Goose(Convention):
    name = "goose"

    def score(self, folder: Folder) -> int:
        if folder.says(_UP):
            return DIRECTIVES
        fits = folder.share(NUMBERED) > 0.9 and folder.mentioned("pressly/goose", "go.mod")
        return DEPENDENCY - 1 if fits else 0

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, NUMBERED, key=by_number, why="its name is not N_name.sql")

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        found = [(m["what"].lower(), Span(m.start(), m.end())) for m in _DIRECTIVE.finditer(text)]
        scope = TransactionScope.NONE if "no transaction" in dict(found) else TransactionScope.FILE
        marks = [(what, span) for what, span in found if what in ("up", "down")]
        blocks = _blocks(found)
        sections = []
        for (what, _), part in zip(marks, behind([mark for _, mark in marks], len(text)), strict=True):
            direction = Direction.DOWN if what == "down" else Direction.UP
            section = self.section(file, text, part=part, direction=direction, scope=scope)
            sections.append(section.replace(batches=tuple(b for b in blocks if part.start <= b.start < part.end)))
        return tuple(sections) or (_no_directive(self.section(file, text, scope=scope)),)


def _blocks(found: list[tuple[str, Span]]) -> list[Span]:
    """The ranges between StatementBegin and StatementEnd."""
    blocks: list[Span] = []
    begin: int | None = None
    for what, span in found:
        if what == "statementbegin":
            begin = span.end
        elif what == "statementend" and begin is not None:
            blocks.append(Span(begin, span.start))
            begin = None
    return blocks


def _no_directive(section: SqlSection) -> SqlSection:
    return section.replace(notes=("goose refuses a file without '-- +goose Up'; all of it is read as up",))


CONVENTION = Goose()
