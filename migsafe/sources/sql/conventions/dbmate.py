"""dbmate: `1_name.sql` with `-- migrate:up` and `-- migrate:down`.

`pkg/dbmate/migration.go`: `upRegExp`, `downRegExp`; options behind the directive, `transaction:false` among them;
a file may hold several pairs. `pkg/dbmate/db.go`, `Migrate`: a transaction around each block, which is sent as
one query string either way. Order by file name over all folders.
"""

from __future__ import annotations

import re
from itertools import accumulate

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import DIRECTIVES, Convention, Listing, SqlFile, SqlSection, behind
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import by_name, listed
from migsafe.text.patterns import late

_NAME = late(r"(?P<id>(?P<version>[0-9]+).*)\.sql\Z")
_DIRECTIVE = re.compile(r"^--\s*migrate:(?P<what>up|down)(?P<options>[^\r\n]*)", re.MULTILINE)


class Dbmate(Convention):
    name = "dbmate"
    one_query = True

    def score(self, folder: Folder) -> int:
        return DIRECTIVES if folder.says(_DIRECTIVE) else 0

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, _NAME, key=by_name, why="its name does not begin with a version")

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        marks = list(_DIRECTIVE.finditer(text))
        parts = behind([Span(mark.start(), mark.end()) for mark in marks], len(text))
        pairs = accumulate(mark["what"] == "up" for mark in marks)
        sections = [
            self.section(
                file if pair <= 1 else file.replace(id=f"{file.id}#{pair}"),
                text,
                part=part,
                direction=Direction(mark["what"]),
                scope=_scope(mark["options"]),
            )
            for mark, part, pair in zip(marks, parts, pairs, strict=True)
        ]
        note = "dbmate refuses a file without '-- migrate:up'; all of it is read as up"
        return tuple(sections) or (self.section(file, text).replace(notes=(note,)),)


def _scope(options: str) -> TransactionScope:
    return TransactionScope.IMPLICIT if "transaction:false" in options.split() else TransactionScope.FILE


CONVENTION = Dbmate()
