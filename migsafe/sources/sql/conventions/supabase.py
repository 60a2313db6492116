"""Supabase: `supabase/migrations/20240101120000_name.sql`.

Files: `apps/cli-go/pkg/migration/list.go` and `file.go` (`migrateFilePattern`), in the order of their names.
Transactions: `file.go`, `ExecBatch`: the statements go through one pipeline, which is implicitly transactional.
From release 2.109 on, statements that no pipeline can hold are sent by themselves between two batches (pull
request 5671), from August 2026 also DROP INDEX CONCURRENTLY (pull request 6276).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from migsafe.model.migration import TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import CONFIGURED, NAMED, Convention, Listing, SentStatement, SqlSection
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import NUMBERED, by_name, listed
from migsafe.sources.tree import split
from migsafe.text.patterns import late

_ALONE = late(
    r"\s*(?:create\s+(?:unique\s+)?index\s+concurrently|drop\s+index\s+concurrently"
    r"|reindex\b.*\bconcurrently|vacuum|alter\s+system|cluster)\b",
    re.IGNORECASE | re.DOTALL,
)


class Supabase(Convention):
    name = "supabase"
    scope = TransactionScope.IMPLICIT
    one_query = True

    def score(self, folder: Folder) -> int:
        parent = split(folder.path)[0]
        if folder.name != "migrations" or split(parent)[1] != "supabase" or not folder.sql:
            return 0
        return CONFIGURED if folder.tree.has_file(f"{parent}/config.toml") else NAMED

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, NUMBERED, key=by_name, why="its name is not <timestamp>_name.sql: the tool skips it")

    def sending(self, section: SqlSection, statements: Sequence[SentStatement]) -> SqlSection:
        """One pipeline, which ends before a statement that cannot be in one."""
        alone = [statement.span for statement in statements if _ALONE.match(statement.sql)]
        if not alone:
            return section
        edges = [0, *(edge for span in alone for edge in span), statements[-1].span.end]
        batches = tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)
        note = "the Supabase CLI runs statements that cannot be in a transaction by themselves from release 2.109 on"
        return section.replace(scope=TransactionScope.NONE, batches=batches, notes=(*section.notes, note))


CONVENTION = Supabase()
