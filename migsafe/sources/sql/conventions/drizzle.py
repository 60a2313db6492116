"""Drizzle: `0000_name.sql` in the order of `meta/_journal.json`, parts between `--> statement-breakpoint`.

`drizzle-orm/src/migrator.ts` (`readMigrationFiles`) splits a file at the breakpoints; `drizzle-orm/src/pg-core/
dialect.ts`, `migrate`, sends each part as one query, in one transaction around all pending files. There is no
down.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import (
    CONFIGURED,
    DIRECTIVES,
    Convention,
    Listing,
    SqlFile,
    SqlSection,
    numbering_notes,
    others,
)
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import NUMBERED
from migsafe.sources.tree import join
from migsafe.text.patterns import late

_JOURNAL = "meta/_journal.json"
_BREAKPOINT = re.compile(r"--> statement-breakpoint")
_DIALECT = late(r'"dialect"\s*:\s*"(?P<name>\w+)"')
_TAG = late(r'"tag"\s*:\s*"(?P<tag>[^"]+)"')


class Drizzle(Convention):
    name = "drizzle"
    scope = TransactionScope.GROUP

    def score(self, folder: Folder) -> int:
        if "_journal.json" in folder.inside("meta"):
            return CONFIGURED
        return DIRECTIVES if folder.says(_BREAKPOINT) else 0

    def listing(self, folder: Folder) -> Listing:
        tags = _tags(folder.text(_JOURNAL))
        names = [f"{tag}.sql" for tag in tags if f"{tag}.sql" in folder.sql]
        if not tags:
            names = [name for name in folder.sql if NUMBERED.match(name)]
        files = tuple(
            SqlFile(
                path=join(folder.path, name),
                id=name.removesuffix(".sql"),
                version=name.split("_")[0],
                direction=Direction.UP,
            )
            for name in names
        )
        notes = (*numbering_notes(folder, files), *others(folder, names, f"{_JOURNAL} does not list it"))
        return Listing(files=files, notes=notes)

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        breakpoints = [Span(m.start(), m.end()) for m in _BREAKPOINT.finditer(text)]
        edges = [Span(0, 0), *breakpoints, Span(len(text), len(text))]
        batches = tuple(Span(a.end, b.start) for a, b in pairwise(edges) if a.end < b.start)
        section = self.section(file, text)
        return (section.replace(batches=batches, delimiters=tuple(breakpoints)),)

    def dialect(self, folder: Folder) -> str | None:
        found = _DIALECT.search(folder.text(_JOURNAL))
        return found["name"] if found else None


def _tags(journal: str) -> list[str]:
    """The migrations' names in their order; of a journal that is cut off or broken, those that can be read."""
    try:
        return [entry["tag"] for entry in sorted(json.loads(journal)["entries"], key=lambda entry: entry["idx"])]
    except (ValueError, KeyError, TypeError):
        return [match["tag"] for match in _TAG.finditer(journal)]


CONVENTION = Drizzle()
