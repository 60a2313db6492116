"""bun and go-pg: `1_name.up.sql` and `1_name.down.sql`, in a transaction as `1_name.tx.up.sql`.

`migrate/migration.go` of uptrace/bun, `NewSQLMigrationFunc`, and `sql.go` of go-pg/migrations: the text is cut at lines
`--bun:split` (`--gopg:split`), and each part is sent as one query string; all of them in one transaction when the
name ends in `.tx.up.sql` or `.tx.down.sql`, else each by itself.
"""

from __future__ import annotations

import re
from itertools import pairwise

from migsafe.model.migration import TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import DEPENDENCY, DIRECTIVES, Convention, Listing, SqlFile, SqlSection
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import by_number, listed

_NAME = re.compile(r"(?P<id>(?P<version>[0-9]+)_.*?)(?:\.tx)?\.(?P<direction>up|down)\.sql\Z")
_IN_TRANSACTION = re.compile(r".*\.tx\.(?:up|down)\.sql\Z")
_SPLIT = re.compile(r"(?m)^--(?:bun|gopg):split[ \t]*\r?$")


class Bun(Convention):
    name = "bun"
    scope = TransactionScope.NONE

    def score(self, folder: Folder) -> int:
        if folder.share(_NAME) < 0.5:
            return 0
        if folder.share(_IN_TRANSACTION) or folder.says(_SPLIT):
            return DIRECTIVES
        mentioned = folder.mentioned("uptrace/bun", "go.mod") or folder.mentioned("go-pg/migrations", "go.mod")
        return DEPENDENCY - 1 if mentioned else 0  # golang-migrate may run them, with the same names

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, _NAME, key=by_number, why="its name is not N_name.up.sql or N_name.down.sql")

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        marks = [Span(m.start(), m.end()) for m in _SPLIT.finditer(text)]
        edges = [Span(0, 0), *marks, Span(len(text), len(text))]
        batches = tuple(Span(a.end, b.start) for a, b in pairwise(edges) if a.end < b.start)
        scope = TransactionScope.FILE if _IN_TRANSACTION.match(file.path) else self.scope
        return (self.section(file, text, scope=scope).replace(batches=batches, delimiters=tuple(marks)),)


CONVENTION = Bun()
