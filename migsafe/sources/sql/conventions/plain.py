"""A plain folder: .sql files that no tool claims, in natural order.

Nothing tells how they are run, so the usual way is assumed and said: one transaction around each file.
`--transaction none` overrides it. Downs are known by the suffixes that several tools share.
"""

from __future__ import annotations

import re

from migsafe.model.migration import Direction
from migsafe.sources.sql.convention import POSSIBLE, Convention, Listing, SqlFile, SqlSection, natural, others
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join
from migsafe.text.patterns import late

ASSUMED = "one transaction around the file is assumed: no migration tool was recognised"
_DOWN = late(r"(?P<id>.*?)[._-](?:down|rollback|undo|revert)\.sql\Z", re.IGNORECASE)
_UP = late(r"(?P<id>.*?)(?:[._-](?:up|deploy|apply))?\.sql\Z", re.IGNORECASE)
_BARE_DOWN = late(r"(?:down|rollback|undo|revert)\.sql\Z", re.IGNORECASE)
_NO_MIGRATION = late(r"(?:schema|structure|seeds?|dump|fixtures?|test_?data)\.sql\Z", re.IGNORECASE)
_VERSION = late(r"[A-Za-z]?(?P<version>[0-9]+)")


class Plain(Convention):
    name = "plain"

    def score(self, folder: Folder) -> int:
        return POSSIBLE if folder.sql else 0

    def listing(self, folder: Folder) -> Listing:
        several = len(folder.sql) > 1
        names = [name for name in folder.sql if not (several and _NO_MIGRATION.match(name))]
        files = [_file(folder, name) for name in names]
        ordered = tuple(sorted(files, key=lambda f: (natural(f.id), f.direction is Direction.DOWN, f.path)))
        return Listing(files=ordered, notes=others(folder, names, "it is not taken for a migration"))

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        return (self.section(file, text).replace(notes=(ASSUMED,)),)


def _file(folder: Folder, name: str) -> SqlFile:
    down = _DOWN.match(name)
    match = down or _UP.match(name)
    identity = (match["id"] if match else name) or name
    version = _VERSION.match(identity)
    is_down = down is not None or _BARE_DOWN.match(name) is not None
    return SqlFile(
        path=join(folder.path, name),
        id=identity,
        version=version["version"] if version else "",
        direction=Direction.DOWN if is_down else Direction.UP,
    )


CONVENTION = Plain()
