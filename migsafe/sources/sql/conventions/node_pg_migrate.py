"""node-pg-migrate with SQL files: `-- Up Migration` and `-- Down Migration`, or `.up.sql` with `.down.sql`.

`src/sqlMigration.ts`: the text from each directive to the other; without one all of it is up. `src/runner.ts`:
all pending migrations run in one transaction unless `--no-single-transaction` is given; a .sql file cannot opt
out. `src/migration.ts`: each direction is sent as one query string. Order by number, 17 digits being a UTC time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import DEPENDENCY, DIRECTIVES, Convention, Listing, SqlFile, SqlSection
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import listed
from migsafe.text.patterns import late

_NAME = re.compile(r"(?P<id>(?P<version>[0-9]+).*?)(?:\.(?P<direction>up|down))?\.sql\Z")
_UP = re.compile(r"^\s*--[\s-]*up\s+migration", re.MULTILINE | re.IGNORECASE)
_DOWN = late(r"^\s*--[\s-]*down\s+migration", re.MULTILINE | re.IGNORECASE)


class NodePgMigrate(Convention):
    name = "node-pg-migrate"
    scope = TransactionScope.GROUP
    one_query = True

    def score(self, folder: Folder) -> int:
        if folder.says(_UP):
            return DIRECTIVES
        fits = folder.share(_NAME) > 0.9 and folder.mentioned('"node-pg-migrate"', "package.json")
        return DEPENDENCY if fits else 0

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, _NAME, key=_order, why="it is no SQL migration of node-pg-migrate")

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        up, down = _UP.search(text), _DOWN.search(text)
        if file.direction is not None or (up is None and down is None):
            return (self.section(file, text),)
        marks = [(m.start(), m.end(), d) for m, d in ((up, Direction.UP), (down, Direction.DOWN)) if m]
        if up is None:
            marks.append((0, 0, Direction.UP))  # the whole text, the down included
            return tuple(self._part(file, text, end, len(text), d) for _, end, d in sorted(marks, key=str))
        marks.sort(key=lambda mark: mark[0])
        ends = [mark[0] for mark in marks[1:]] + [len(text)]
        parts = [self._part(file, text, mark[1], end, mark[2]) for mark, end in zip(marks, ends, strict=True)]
        return tuple(sorted(parts, key=lambda part: part.direction is Direction.DOWN))

    def _part(self, file: SqlFile, text: str, start: int, end: int, direction: Direction) -> SqlSection:
        return self.section(file, text, part=Span(start, end), direction=direction)


def _order(file: SqlFile) -> tuple[float, str]:
    return _number(file.version), file.id


def _number(version: str) -> float:
    """`src/utils/fileNameUtils.ts`, getNumericPrefix: milliseconds for a 17-digit UTC time."""
    if len(version) != 17:
        return float(version)
    try:
        time = datetime.strptime(version[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return float(version)
    return time.timestamp() * 1000 + int(version[14:])


CONVENTION = NodePgMigrate()
