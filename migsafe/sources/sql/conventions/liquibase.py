"""Liquibase formatted SQL: `--liquibase formatted sql`, then changesets `--changeset author:id`.

`liquibase-standard/…/parser/AbstractFormattedChangeLogParser.java` has the patterns of all directives. Each
changeset is a transaction of its own (`runInTransaction:false`: none). Statements are split and sent one by one
unless `splitStatements:false`; `endDelimiter` replaces the semicolon. `--rollback` lines together are the way
back. Order: as a changelog of the project includes the files, else by name (`includeAll`).
"""

from __future__ import annotations

import re

from migsafe.model.migration import Direction, TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import (
    DIRECTIVES,
    Convention,
    Listing,
    Note,
    SqlFile,
    SqlSection,
    behind,
    lines,
    others,
)
from migsafe.sources.sql.folder import Folder
from migsafe.sources.tree import join
from migsafe.text.patterns import late

_FIRST_LINE = re.compile(r"^\s*--\s*liquibase\s*formatted", re.MULTILINE | re.IGNORECASE)
_CHANGESET = late(
    r"\s*--\s*changeset\s+(?P<author>\"[^\"]+\"|[^:]+):\s*(?P<id>\"[^\"]+\"|\S+)(?P<rest>.*)", re.IGNORECASE
)
_ROLLBACK = late(r"\s*--\s*rollback (?P<sql>.*)", re.IGNORECASE)
_ROLLBACK_BLOCK = late(r"^\s*/\*\s*liquibase\s*rollback\s*$(?P<sql>.*?)\*/", re.MULTILINE | re.IGNORECASE | re.DOTALL)
_IGNORE = late(r"--\s*ignoreLines:(?P<what>start|end)\b", re.IGNORECASE)
_NO_WAY_BACK = late(r"\s*(?:not required|empty|changesetId:)", re.IGNORECASE)
_ATTRIBUTE = late(r"\b(?P<name>\w+):(?P<value>\"[^\"]*\"|\S+)")
_CHANGELOGS = (".xml", ".yaml", ".yml", ".json")


class Liquibase(Convention):
    name = "liquibase"

    def score(self, folder: Folder) -> int:
        return DIRECTIVES + 1 if folder.says(_FIRST_LINE) else 0

    def listing(self, folder: Folder) -> Listing:
        names = [name for name in folder.sql if _FIRST_LINE.match(folder.head(name))]
        master = _changelog(folder, names)
        ordered = sorted(names, key=lambda name: (_place(master, name), name))
        files = tuple(SqlFile(path=join(folder.path, n), id=n.removesuffix(".sql"), version="") for n in ordered)
        order = () if master else (Note(folder.path, "no changelog lists the files: they are taken by name"),)
        lists = [name for name in folder.files if name.endswith(_CHANGELOGS)]
        why = "it does not begin with '--liquibase formatted sql'"
        listed = tuple(Note(join(folder.path, n), "a changelog: only the order of its files is read") for n in lists)
        return Listing(files=files, notes=(*order, *listed, *others(folder, (*names, *lists), why)))

    def sections(self, file: SqlFile, text: str) -> tuple[SqlSection, ...]:
        sections: list[SqlSection] = []
        for author, number, attributes, body in _changesets(text):
            named = file.replace(id=f"{author}:{number}")
            sections.append(self._up(named, text, attributes, body))
            sections.extend(self._down(named, text, attributes, body))
        return tuple(sections)

    def _up(self, file: SqlFile, text: str, attributes: dict[str, str], body: Span) -> SqlSection:
        parts = _without_ignored(text, body)
        section = SqlSection(
            path=file.path, id=file.id, direction=Direction.UP, scope=_scope(attributes), parts=parts or (body,)
        )
        if not _for_postgresql(attributes):
            note = f"the changeset is for {attributes['dbms']}: it is not analysed"
            return section.replace(parts=(Span(body.start, body.start),), notes=(note,))
        if attributes.get("splitstatements") == "false":
            return section.replace(batches=(body,))
        delimiters = _delimiters(text, body, attributes.get("enddelimiter", ""))
        return section.replace(delimiters=delimiters, batches=_between(body, delimiters))

    def _down(self, file: SqlFile, text: str, attributes: dict[str, str], body: Span) -> list[SqlSection]:
        parts = tuple(sorted(_rollbacks(text, body)))
        if not parts or not _for_postgresql(attributes):
            return []
        scope = _scope(attributes)
        return [SqlSection(path=file.path, id=file.id, direction=Direction.DOWN, scope=scope, parts=parts)]


def _scope(attributes: dict[str, str]) -> TransactionScope:
    without = attributes.get("runintransaction") == "false" or attributes.get("runwith") == "psql"
    return TransactionScope.NONE if without else TransactionScope.FILE


def _changesets(text: str) -> list[tuple[str, str, dict[str, str], Span]]:
    found = [(span, match) for span, line in lines(text) if (match := _CHANGESET.match(line))]
    parts = behind([span for span, _ in found], len(text))
    return [
        (m["author"].strip('" '), m["id"].strip('"'), _attributes(m["rest"]), part)
        for (_, m), part in zip(found, parts, strict=True)
    ]


def _attributes(text: str) -> dict[str, str]:
    return {m["name"].lower(): m["value"].strip('"') for m in _ATTRIBUTE.finditer(text)}


def _for_postgresql(attributes: dict[str, str]) -> bool:
    named = [name.strip().lower() for name in attributes.get("dbms", "").split(",") if name.strip()]
    wanted = [name for name in named if not name.startswith("!")]
    return "!postgresql" not in named and (not wanted or "postgresql" in wanted or "all" in wanted)


def _rollbacks(text: str, body: Span) -> list[Span]:
    """Where the SQL of the way back stands: behind `--rollback`, and in comments of their own."""
    parts = [Span(body.start + m.start("sql"), body.start + m.end("sql")) for m in _blocks(text, body)]
    for span, line in lines(text[body.start : body.end]):
        match = _ROLLBACK.match(line)
        if match and not _NO_WAY_BACK.match(match["sql"]):
            start = body.start + span.start
            parts.append(Span(start + match.start("sql"), start + match.end("sql")))
    return parts


def _blocks(text: str, body: Span) -> list[re.Match[str]]:
    return list(_ROLLBACK_BLOCK.finditer(text[body.start : body.end]))


def _without_ignored(text: str, body: Span) -> tuple[Span, ...]:
    """The changeset without what stands between `--ignoreLines:start` and `--ignoreLines:end`."""
    parts: list[Span] = []
    begin: int | None = body.start
    for found in _IGNORE.finditer(text, body.start, body.end):
        if found["what"].lower() == "start" and begin is not None:
            parts.append(Span(begin, found.start()))
            begin = None
        elif found["what"].lower() == "end" and begin is None:
            begin = found.end()
    return (*parts, Span(begin, body.end)) if begin is not None else tuple(parts)


def _delimiters(text: str, body: Span, written: str) -> tuple[Span, ...]:
    """The places of another delimiter than the semicolon, at the ends of lines."""
    delimiter = written.replace("\\n", "\n").strip()
    if delimiter in ("", ";"):
        return ()
    pattern = re.compile(re.escape(delimiter) + r"[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
    return tuple(Span(m.start(), m.start() + len(delimiter)) for m in pattern.finditer(text, body.start, body.end))


def _between(body: Span, delimiters: tuple[Span, ...]) -> tuple[Span, ...]:
    if not delimiters:
        return ()
    edges = [body.start, *(edge for mark in delimiters for edge in mark), body.end]
    return tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)


def _changelog(folder: Folder, names: list[str]) -> str:
    """The text of the nearest changelog that names one of the files; empty when there is none."""
    here = [folder.text(name) for name in folder.files if name.endswith(_CHANGELOGS)]
    around = [f"{stem}{ending}" for stem in _MASTERS for ending in _CHANGELOGS]
    return next((text for text in (*here, *folder.upward(*around)) if any(n in text for n in names)), "")


_MASTERS = ("db.changelog-master", "db.changelog", "changelog", "changelog-master", "master", "dbchangelog")


def _place(changelog: str, name: str) -> int:
    at = changelog.find(name)
    return at if at >= 0 else len(changelog)


CONVENTION = Liquibase()
