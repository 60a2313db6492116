"""Atlas: `20240101120000_name.sql` with an `atlas.sum`; there is no down.

`sql/migrate/dir.go`: all `*.sql` by name; directives `-- atlas:…` stand at the top of the file, with an empty
line behind them. `cmd/atlas/internal/cmdapi/migrate.go`: `txmode none` in a file, otherwise one transaction
around each (`--tx-mode file`, the default). Statements are sent one by one. A checkpoint holds the whole schema
for new databases.
"""

from __future__ import annotations

import re

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.text import Span
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

_HEADER = late(r"(?:(?:--|#)[^\n]*(?:\n|\Z))*")
_DIRECTIVE = late(r"^[ -~]*?atlas:(?P<name>\w+)(?: +(?P<value>[^\r\n]+?))?[ \t\r]*$", re.MULTILINE)
_ANY = re.compile(r"^-- atlas:\w+", re.MULTILINE)


class Atlas(Convention):
    name = "atlas"

    def score(self, folder: Folder) -> int:
        if "atlas.sum" in folder.files:
            return (
                CONFIGURED if any(True for _ in folder.upward("atlas.hcl")) and not _other_format(folder) else NAMED - 1
            )
        return DIRECTIVES if folder.says(_ANY) else 0

    def listing(self, folder: Folder) -> Listing:
        checkpoints = [name for name in folder.sql if "checkpoint" in directives(folder.head(name))]
        names = [name for name in folder.files if name.endswith(".sql") and name not in checkpoints]
        files = tuple(
            SqlFile(
                path=join(folder.path, name),
                id=name.removesuffix(".sql"),
                version=name.removesuffix(".sql").split("_", maxsplit=1)[0],
                direction=Direction.UP,
            )
            for name in names
        )
        why = "a checkpoint runs on empty databases only; it is not analysed"
        notes = tuple(Note(join(folder.path, name), why) for name in checkpoints)
        return Listing(files=files, notes=(*notes, *others(folder, (*names, *checkpoints), "it is no .sql file")))

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        found = directives(text)
        scope = TransactionScope.NONE if found.get("txmode") == "none" else TransactionScope.FILE
        section = self.section(file, text, scope=scope)
        delimiter = found.get("delimiter", "").replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
        if not delimiter.strip(";"):
            return (section,)
        marks = tuple(Span(m.start(), m.end()) for m in re.finditer(re.escape(delimiter), text))
        marks = tuple(mark for mark in marks if mark.start >= _header_end(text))
        edges = [_header_end(text), *(edge for mark in marks for edge in mark), len(text)]
        batches = tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)
        return (section.replace(delimiters=marks, batches=batches),)


def directives(text: str) -> dict[str, str]:
    """The file's directives: those in the comments at its top, if an empty line parts them from the rest."""
    end = _header_end(text)
    if text[end:] and not text[end:].lstrip(" \t\r").startswith("\n"):
        return {}
    return {m["name"]: m["value"] or "" for m in _DIRECTIVE.finditer(text[:end])}


def _header_end(text: str) -> int:
    header = _HEADER.match(text)
    return header.end() if header else 0


def _other_format(folder: Folder) -> bool:
    """Atlas can run the folders of other tools; their files then follow those tools' rules."""
    return any("format=" in text for text in folder.upward("atlas.hcl"))


CONVENTION = Atlas()
