"""yoyo-migrations: `name.sql` with `name.rollback.sql`.

`yoyo/migrations.py` (release 9): `read_sql_migration` reads `-- depends:` and `-- transactional:` from the
leading comments; `process_steps` puts one transaction around a migration (steps are savepoints in it), or none;
statements are sent one by one. Order: dependencies first, else by name (`topologicalsort`). `post-apply*.sql`
runs after every run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from migsafe.model.migration import Direction, TransactionScope
from migsafe.sources.sql.convention import (
    CONFIGURED,
    DIRECTIVES,
    NAMED,
    Convention,
    Listing,
    Note,
    SqlFile,
    SqlSection,
    others,
)
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join
from migsafe.text.patterns import late

_DIRECTIVE = late(r"^\s*--\s*(?P<name>transactional|depends)\s*:\s*(?P<value>.*)$")
_ANY = re.compile(r"\A(?:\s*--[^\n]*\n|\s*\n)*?\s*--\s*(?:transactional|depends)\s*:")
_ROLLBACK = ".rollback.sql"


class Yoyo(Convention):
    name = "yoyo"

    def score(self, folder: Folder) -> int:
        if any(True for _ in folder.upward("yoyo.ini", ".yoyorc")) and folder.sql:
            return CONFIGURED
        if folder.says(_ANY):
            return DIRECTIVES
        return NAMED if any(name.endswith(_ROLLBACK) for name in folder.sql) else 0

    def listing(self, folder: Folder) -> Listing:
        named = {name.removesuffix(".sql"): name for name in folder.sql if not name.endswith(_ROLLBACK)}
        ups = {key: name for key, name in named.items() if not name.startswith("post-apply")}
        found = {key: directives(folder.head(name)) for key, name in ups.items()}
        files = [file for key in _in_order(found) for file in _files(folder, key, found[key])]
        taken = [file.path.rpartition("/")[2] for file in files]
        return Listing(files=tuple(files), notes=(*_unknown(folder, found), *others(folder, taken, _why())))

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        said = file.option("transactional") or directives(text).get("transactional", "true")
        scope = TransactionScope.NONE if said.strip().lower() == "false" else TransactionScope.FILE
        return (self.section(file, text, scope=scope),)


def directives(text: str) -> dict[str, str]:
    """The directives in the comments before the first statement."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _DIRECTIVE.match(line)
        if match:
            found[match["name"]] = f"{found.get(match['name'], '')} {match['value']}".strip()
        elif line.strip() and not line.lstrip().startswith("--"):
            break
    return found


def _files(folder: Folder, key: str, found: Mapping[str, str]) -> list[SqlFile]:
    names = [(f"{key}.sql", Direction.UP), (f"{key}{_ROLLBACK}", Direction.DOWN)]
    options = tuple((name, value) for name, value in found.items() if name == "transactional")
    return [
        SqlFile(path=join(folder.path, name), id=key, version="", direction=direction, options=options)
        for name, direction in names
        if name in folder.sql
    ]


def _in_order(found: Mapping[str, Mapping[str, str]]) -> list[str]:
    """By name, but what a migration depends on before it. A cycle is cut where it closes."""
    done: dict[str, None] = {}

    def visit(key: str, above: frozenset[str]) -> None:
        for needed in found[key].get("depends", "").split():
            if needed in found and needed not in above and needed not in done:
                visit(needed, above | {needed})
        done.setdefault(key)

    for key in sorted(found):
        visit(key, frozenset({key}))
    return list(done)


def _unknown(folder: Folder, found: Mapping[str, Mapping[str, str]]) -> list[Note]:
    python = {name.removesuffix(".py") for name in folder.files if name.endswith(".py")}
    return [
        Note(join(folder.path, f"{key}.sql"), f"it depends on {needed}, which is not in the folder")
        for key, options in found.items()
        for needed in options.get("depends", "").split()
        if needed not in found and needed not in python
    ]


def _why() -> str:
    return "it is no SQL migration of yoyo"


CONVENTION = Yoyo()
