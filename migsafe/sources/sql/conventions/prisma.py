"""Prisma Migrate: a folder for each migration, with `migration.sql`; there is no down.

Order: by folder name (`schema-engine/connectors/schema-connector/src/migrations_directory.rs`). Transactions:
`schema-engine/connectors/sql-schema-connector/src/flavour/postgres/connector/native/mod.rs`,
`apply_migration_script`: the script is one `simple_query`, so several statements are one implicit transaction.
From release 7.4 on (prisma-engines, pull request 5767) the script is split and sent statement by statement when
the engine's own parser can read all of it, which it cannot where DROP INDEX CONCURRENTLY stands (pull request
5847).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from migsafe.model.migration import Direction, TransactionScope
from migsafe.sources.sql.convention import (
    CONFIGURED,
    NAMED,
    Convention,
    Listing,
    SentStatement,
    SqlFile,
    SqlSection,
    others,
)
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join
from migsafe.text.patterns import late

_LOCK = "migration_lock.toml"
_PROVIDER = late(r'^\s*provider\s*=\s*"(?P<name>\w+)"', re.MULTILINE)
_VERSION = late(r'"(?:@prisma/client|prisma)"\s*:\s*"[\^~>=v ]*(?P<major>\d+)(?:\.(?P<minor>\d+))?')
_KEEPS_WHOLE = late(r"\s*drop\s+index\s+concurrently\b", re.IGNORECASE)
_DIRECTIONS = (("migration.sql", Direction.UP), ("down.sql", Direction.DOWN))


class Prisma(Convention):
    name = "prisma"
    scope = TransactionScope.IMPLICIT
    one_query = True

    def score(self, folder: Folder) -> int:
        if _LOCK in folder.files:
            return CONFIGURED
        held = sum("migration.sql" in folder.inside(name) for name in folder.folders[:10])
        return NAMED if held * 2 > len(folder.folders[:10]) else 0

    def listing(self, folder: Folder) -> Listing:
        options = (("splits", "true"),) if _splits(folder) else ()
        files = tuple(
            SqlFile(
                path=join(folder.path, f"{name}/{file}"),
                id=name,
                version=name.split("_")[0],
                direction=direction,
                options=options,
            )
            for name in folder.folders
            for file, direction in _DIRECTIONS
            if file in folder.inside(name)
        )
        return Listing(files=files, notes=others(folder, (_LOCK,), "Prisma's migrations are folders"))

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        if not file.option("splits"):
            return (self.section(file, text),)
        note = "Prisma from 7.4 on sends this file statement by statement, without a transaction"
        section = self.section(file, text, scope=TransactionScope.NONE)
        return (section.replace(batches=(), notes=(note,)),)

    def sending(self, section: SqlSection, statements: Sequence[SentStatement]) -> SqlSection:
        if section.scope is not TransactionScope.NONE or not any(_KEEPS_WHOLE.match(s.sql) for s in statements):
            return section
        return section.replace(scope=TransactionScope.IMPLICIT, notes=())

    def dialect(self, folder: Folder) -> str | None:
        found = _PROVIDER.search(folder.text(_LOCK))
        return found["name"] if found else None


def _splits(folder: Folder) -> bool:
    """Whether the project depends on a release that splits scripts. Without a version: it does not."""
    for text in folder.upward("package.json"):
        found = _VERSION.search(text)
        if found:
            return (int(found["major"]), int(found["minor"] or 0)) >= (7, 4)
    return False


CONVENTION = Prisma()
