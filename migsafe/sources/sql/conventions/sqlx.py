"""sqlx: `1_name.sql`, or `1_name.up.sql` with `1_name.down.sql`.

Files: `sqlx-core/src/migrate/source.rs`, `resolve_blocking_with_config`, and `migration_type.rs`. Transactions:
`sqlx-postgres/src/migrate.rs`, `apply`: one around the file, none when the text starts with `-- no-transaction`;
either way the file is sent as one query string.
"""

from __future__ import annotations

import re

from migsafe.model.migration import TransactionScope
from migsafe.sources.sql.convention import (
    CONFIGURED,
    DEPENDENCY,
    DIRECTIVES,
    Convention,
    Listing,
    SqlFile,
    SqlSection,
)
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import by_number, listed
from migsafe.text.patterns import late

_NAME = re.compile(r"(?P<id>(?P<version>[0-9]+)_.*?)(?:\.(?P<direction>up|down))?\.sql\Z")
_OPT_OUT = late(r"-- no-transaction")
_DEPENDENCY = "sqlx"


class Sqlx(Convention):
    name = "sqlx"
    one_query = True

    def score(self, folder: Folder) -> int:
        if folder.share(_NAME) < 0.9:
            return 0
        if any(True for _ in folder.upward("sqlx.toml")):
            return CONFIGURED
        if any(_OPT_OUT.match(folder.head(name)) for name in folder.sql[:20]):
            return DIRECTIVES
        return DEPENDENCY if folder.mentioned(_DEPENDENCY, "Cargo.toml") else 0

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, _NAME, key=by_number, why="its name is not N_name.sql")

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        opted_out = text.startswith("-- no-transaction")
        scope = TransactionScope.IMPLICIT if opted_out else TransactionScope.FILE
        return (self.section(file, text, scope=scope),)


CONVENTION = Sqlx()
