"""tern: `001_name.sql`, up above and down below `---- create above / drop below ----`.

`migrate/migrate.go`: `LoadMigrations` splits at the first such line; `MigrateTo` puts a transaction around each
direction unless its own text has the line `---- tern: disable-tx ----`; `doSQLMigration` sends the text as one
query string in a transaction, and split into statements without. Go templates are expanded first.
"""

from __future__ import annotations

import re

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import CONFIGURED, DIRECTIVES, Convention, Listing, SqlFile, SqlSection
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import NUMBERED, by_number, listed
from migsafe.text.patterns import late

_SPLIT = "---- create above / drop below ----"
_DIRECTIVE = re.compile(r"^---- (?:create above / drop below|tern: disable-tx) ----", re.MULTILINE)
_NO_TRANSACTION = late(r"^---- tern: disable-tx ----\r?$", re.MULTILINE)


class Tern(Convention):
    name = "tern"
    one_query = True

    def score(self, folder: Folder) -> int:
        if folder.says(_DIRECTIVE):
            return DIRECTIVES
        configured = "tern.conf" in folder.files or any(True for _ in folder.upward("tern.conf"))
        return CONFIGURED if configured and folder.share(NUMBERED) > 0.9 else 0

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, NUMBERED, key=by_number, why="its name is not NNN_name.sql")

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        at = text.find(_SPLIT)
        if at < 0:
            return (self._half(file, text, Span(0, len(text)), Direction.UP),)
        up = self._half(file, text, Span(0, at), Direction.UP)
        return (up, self._half(file, text, Span(at + len(_SPLIT), len(text)), Direction.DOWN))

    def _half(self, file: SqlFile, text: str, part: Span, direction: Direction) -> SqlSection:
        section = self.section(file, text, part=part, direction=direction)
        if not _NO_TRANSACTION.search(text, part.start, part.end):
            return section
        return section.replace(scope=TransactionScope.NONE, batches=())


CONVENTION = Tern()
