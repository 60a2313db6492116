"""refinery: `V1__name.sql`, and `U1__name.sql` for migrations that may be applied out of order; there is no down.

Files: `refinery_core/src/util.rs`, `STEM_RE`, also in folders below. Transactions:
`refinery_core/src/traits/sync.rs`, `migrate`, and `drivers/postgres.rs`, `execute`: one around each file, which
is sent as one query string; `set_grouped(true)` in the program, which no file shows, makes it one around all.
"""

from __future__ import annotations

import re

from migsafe.model.migration import Direction
from migsafe.sources.sql.convention import (
    CONFIGURED,
    DEPENDENCY,
    Convention,
    Listing,
    SqlFile,
    numbering_notes,
    others,
)
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join, split

_NAME = re.compile(r"[UV](?P<version>[0-9]+(?:\.[0-9]+)?)__\w+\.sql\Z")


class Refinery(Convention):
    name = "refinery"
    one_query = True

    def score(self, folder: Folder) -> int:
        names = folder.below() if folder.name.startswith("migrations") else folder.sql
        if not any(_NAME.match(split(name)[1]) for name in names):
            return 0
        if any(True for _ in folder.upward("refinery.toml")):
            return CONFIGURED
        return DEPENDENCY if folder.mentioned("refinery", "Cargo.toml") else 0

    def listing(self, folder: Folder) -> Listing:
        found = [(path, m) for path in folder.below() if (m := _NAME.match(split(path)[1]))]
        files = [
            SqlFile(
                path=join(folder.path, path),
                id=split(path)[1].removesuffix(".sql"),
                version=match["version"],
                direction=Direction.UP,
            )
            for path, match in found
        ]
        ordered = tuple(sorted(files, key=lambda f: (tuple(map(int, f.version.split("."))), f.path)))
        why = "its name is not V1__name.sql or U1__name.sql"
        notes = (*numbering_notes(folder, ordered), *others(folder, [path for path, _ in found], why))
        return Listing(files=ordered, notes=notes)


CONVENTION = Refinery()
