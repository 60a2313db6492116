"""golang-migrate: `1_name.up.sql` and `1_name.down.sql`.

Files: `source/parse.go`, `Regex`. Transactions: `database/postgres/postgres.go` and `database/pgx/v5/pgx.go`,
`Run`: the whole file is one `Exec` without arguments, so several statements in it are one implicit transaction;
only the connection's `x-multi-statement=true` sends them one by one, which no file shows.
"""

from __future__ import annotations

from migsafe.model.migration import TransactionScope
from migsafe.sources.sql.convention import DEPENDENCY, NAMED, Convention, Listing
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.naming import UP_DOWN_PAIR, by_number, listed


class GolangMigrate(Convention):
    name = "golang-migrate"
    scope = TransactionScope.IMPLICIT
    one_query = True

    def score(self, folder: Folder) -> int:
        if folder.share(UP_DOWN_PAIR) < 0.5:
            return 0
        return DEPENDENCY if folder.mentioned("golang-migrate/migrate", "go.mod") else NAMED

    def listing(self, folder: Folder) -> Listing:
        return listed(folder, UP_DOWN_PAIR, key=by_number, why="its name is not N_name.up.sql or N_name.down.sql")


CONVENTION = GolangMigrate()
