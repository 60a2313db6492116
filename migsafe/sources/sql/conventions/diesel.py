"""Diesel: a folder for each migration, with `up.sql`, `down.sql` and perhaps `metadata.toml`.

Files: `diesel_migrations/migrations_internals/src/lib.rs`: `valid_sql_migration_directory`; `version_from_string`
is the name up to the first `_` without dashes, compared as text. A `metadata.toml` that does not say
`run_in_transaction` means false (`#[serde(default)]` on a boolean), no file means true. Transactions:
`diesel_migrations/src/migration_harness.rs`, `run_migration`; `file_based_migrations.rs` sends the file with
`batch_execute`, as one query string.
"""

from __future__ import annotations

from migsafe.model.migration import Direction, TransactionScope
from migsafe.sources.sql.convention import (
    CONFIGURED,
    NAMED,
    Convention,
    Listing,
    Note,
    SqlFile,
    SqlSection,
    numbering_notes,
    others,
)
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join

_DIRECTIONS = (("up.sql", Direction.UP), ("down.sql", Direction.DOWN))


class Diesel(Convention):
    name = "diesel"
    one_query = True

    def score(self, folder: Folder) -> int:
        sample = folder.folders[:10] + folder.folders[-10:]
        held = sum("up.sql" in folder.inside(name) for name in sample)
        if not held or held * 2 < len(sample):
            return 0
        return CONFIGURED if any(True for _ in folder.upward("diesel.toml")) else NAMED

    def listing(self, folder: Folder) -> Listing:
        names = [name for name in folder.folders if "up.sql" in folder.inside(name) and not name.startswith(".")]
        ordered = sorted(names, key=lambda name: (_version(name), name))
        files = tuple(file for name in ordered for file in _files(folder, name))
        notes = (*numbering_notes(folder, files), *_notes(folder, names))
        return Listing(files=files, notes=notes)

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        scope = TransactionScope.IMPLICIT if file.option("transaction") == "false" else TransactionScope.FILE
        return (self.section(file, text, scope=scope),)


def _version(name: str) -> str:
    return name.split("_", maxsplit=1)[0].replace("-", "")


def _files(folder: Folder, name: str) -> list[SqlFile]:
    options = (("transaction", "false"),) if not _in_transaction(folder, name) else ()
    held = folder.inside(name)
    return [
        SqlFile(
            path=join(folder.path, f"{name}/{file}"),
            id=name,
            version=_version(name),
            direction=direction,
            options=options,
        )
        for file, direction in _DIRECTIONS
        if file in held
    ]


def _in_transaction(folder: Folder, name: str) -> bool:
    if "metadata.toml" not in folder.inside(name):
        return True
    import tomllib

    try:
        return tomllib.loads(folder.text(f"{name}/metadata.toml")).get("run_in_transaction", False) is True
    except tomllib.TOMLDecodeError:
        return True  # `read_from_file(…).unwrap_or_default()`


def _notes(folder: Folder, names: list[str]) -> list[Note]:
    expected = {"up.sql", "down.sql", "metadata.toml"}
    why = "Diesel reads up.sql, down.sql and metadata.toml only"
    inside = [
        Note(join(folder.path, f"{name}/{file}"), why)
        for name in names
        for file in folder.inside(name)
        if file not in expected
    ]
    return [*others(folder, (), "Diesel's migrations are folders"), *inside]


CONVENTION = Diesel()
