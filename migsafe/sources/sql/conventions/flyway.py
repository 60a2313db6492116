"""Flyway: `V1__name.sql`, `U1__name.sql` to undo it, `R__name.sql` after all others whenever it changes.

Files: documentation, "Reference / Migrations". Transactions: one around each script, or around all with `group`
(`flyway-core/…/internal/command/DbMigrate.java`). A script in which a statement cannot run in a transaction runs
without one; a script that mixes both kinds is refused unless `mixed` is set
(`flyway-core/…/internal/sqlscript/ParserSqlScript.java`; the statements: `flyway-database-postgresql/…/
PostgreSQLParser.java`, `detectCanExecuteInTransaction`). `V1__name.sql.conf` may say `executeInTransaction`
("Reference / Script Configuration"). Statements are sent one by one.
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
    Note,
    SentStatement,
    SqlFile,
    SqlSection,
    numbering_notes,
)
from migsafe.sources.sql.dialects import DIALECT_NAMES
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join, split
from migsafe.text.patterns import late

_VERSIONED = re.compile(r"(?P<kind>[VU])(?P<version>[0-9]+(?:[._][0-9]+)*)(?:__(?P<text>.*))?\.sql\Z")
_REPEATABLE = late(r"R__(?P<text>.*)\.sql\Z")
_BASELINE = late(r"B[0-9]+(?:[._][0-9]+)*__.*\.sql\Z")
_CALLBACK = late(r"(?:before|after|create)[A-Z]\w*\.sql\Z")
_NOT_IN_TRANSACTION = late(
    r"\s*(?:(?:create|drop)\s+(?:(?:database|tablespace|subscription)|(?:unique\s+)?index\s+concurrently)"
    r"|alter\s+system|reindex\s+(?:verbose\s+)?(?:schema|database|system)|vacuum|discard\s+all)\b",
    re.IGNORECASE,
)
_PROPERTY = late(r"^\s*(?:flyway\.)?(?P<key>\w+)\s*=\s*(?P<value>.*?)\s*$", re.MULTILINE)
_NOTES = (
    (_BASELINE, "a baseline script runs on empty databases only; it is not analysed"),
    (_CALLBACK, "a callback of Flyway, which runs around the migrations; it is not analysed"),
)


class Flyway(Convention):
    name = "flyway"

    def score(self, folder: Folder) -> int:
        if any(name in DIALECT_NAMES for name in folder.folders):
            return 0  # db/migration/{vendor}: each vendor's folder is a location of its own
        if not any(_VERSIONED.match(split(path)[1]) for path in _candidates(folder)):
            return 0
        return CONFIGURED if _settings(folder) else NAMED

    def listing(self, folder: Folder) -> Listing:
        settings = tuple((key, value) for key, value in _settings(folder).items() if key in _KEYS)
        paths = [path for path in folder.below() if path.endswith(".sql")]
        versioned = [
            _versioned(folder, path, match, settings) for path in paths if (match := _VERSIONED.match(split(path)[1]))
        ]
        versioned.sort(key=lambda f: (_number(f.version), f.direction is Direction.DOWN, f.path))
        repeatable = [_repeatable(folder, path, settings) for path in paths if _REPEATABLE.match(split(path)[1])]
        repeatable.sort(key=lambda f: f.id)
        files = (*versioned, *repeatable)
        return Listing(files=files, notes=(*numbering_notes(folder, files), *_notes(folder, files)))

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        said = file.option("executeInTransaction")
        scope = TransactionScope.GROUP if file.option("group") == "true" else TransactionScope.FILE
        if said == "false":
            return (self.section(file, text, scope=TransactionScope.NONE),)
        section = self.section(file, text, scope=scope)
        mixed = file.option("mixed") == "true"
        return (section.replace(notes=(_MIXED,)) if mixed else section,)

    def sending(self, section: SqlSection, statements: Sequence[SentStatement]) -> SqlSection:
        outside = [bool(_NOT_IN_TRANSACTION.match(statement.sql)) for statement in statements]
        if section.scope is TransactionScope.NONE or not any(outside):
            return section
        mixed = all(outside) or _MIXED in section.notes
        notes = section.notes if mixed else (*section.notes, _REFUSED)
        return section.replace(scope=TransactionScope.NONE, notes=notes)


_KEYS = ("executeInTransaction", "group", "mixed")
_MIXED = "flyway.mixed is set"
_REFUSED = "Flyway refuses a script in which some statements can run in a transaction and others cannot (flyway.mixed)"


def _candidates(folder: Folder) -> Sequence[str]:
    """Names in the folder; below it too where it is called as Flyway's default location is."""
    return tuple(folder.below()) if folder.name in ("migration", "migrations") and not folder.sql else folder.sql


def _settings(folder: Folder) -> dict[str, str]:
    for text in folder.upward("flyway.toml"):
        import tomllib

        try:
            table = tomllib.loads(text).get("flyway", {})
        except tomllib.TOMLDecodeError:
            continue
        return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in table.items()}
    for text in folder.upward("flyway.conf"):
        return {m["key"]: m["value"] for m in _PROPERTY.finditer(text)}
    return {}


def _script_settings(folder: Folder, path: str) -> dict[str, str]:
    return {m["key"]: m["value"] for m in _PROPERTY.finditer(folder.text(f"{path}.conf"))}


def _versioned(folder: Folder, path: str, match: re.Match[str], settings: tuple[tuple[str, str], ...]) -> SqlFile:
    version = match["version"].replace("_", ".")
    return SqlFile(
        path=join(folder.path, path),
        id=version,
        version=version,
        direction=Direction.DOWN if match["kind"] == "U" else Direction.UP,
        options=(*settings, *_script_settings(folder, path).items()),
    )


def _repeatable(folder: Folder, path: str, settings: tuple[tuple[str, str], ...]) -> SqlFile:
    return SqlFile(
        path=join(folder.path, path),
        id=split(path)[1].removesuffix(".sql"),
        version="",
        direction=Direction.UP,
        options=(*settings, *_script_settings(folder, path).items()),
    )


def _number(version: str) -> tuple[int, ...]:
    """2 before 10, and 1.0 equal to 1."""
    parts = [int(part) for part in version.split(".")]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _notes(folder: Folder, files: Sequence[SqlFile]) -> list[Note]:
    taken = {file.path for file in files} | {f"{file.path}.conf" for file in files}
    left = [(path, join(folder.path, path)) for path in folder.below()]
    return [Note(full, _why(split(path)[1])) for path, full in left if full not in taken]


def _why(name: str) -> str:
    fits = (why for pattern, why in _NOTES if pattern.match(name))
    return next(fits, "its name is not V1__name.sql, U1__name.sql or R__name.sql")


CONVENTION = Flyway()
