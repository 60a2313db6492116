"""Which migrations the live database has applied already, as the version table of their tool says.

A folder's tool names its migrations in its own way: by number, by name, or only the last one. Where that cannot be told
for certain, nothing is said, and the migrations are judged as if nobody had looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from migsafe.model.record import Record
from migsafe.model.statistics import AppliedVersions
from migsafe.schema.schema import Schema
from migsafe.sources.sql.convention import SqlFile
from migsafe.text.patterns import late

_SHOWN = 3
Key = str | tuple[int, ...]


class Live(Record):
    """What a snapshot says about history: the applied versions, and the schema at capture; None for no schema.

    `schema` makes a new one with every call, because schemas are advanced.
    """

    applied: tuple[AppliedVersions, ...] = ()
    schema: Callable[[], Schema] | None = None


NO_LIVE: Final = Live()


class AppliedFiles(Record):
    """The paths of a folder that are applied, and versions that the database has and the folder has not."""

    paths: frozenset[str]
    strange: tuple[str, ...] = ()


def applied_files(convention: str, files: Sequence[SqlFile], applied: Sequence[AppliedVersions]) -> AppliedFiles | None:
    """None when the version tables do not tell. With several tables (shards, schemas) what all of them have counts."""
    tables = [each for each in applied if each.tool == convention]
    found = [_of_table(convention, files, each.versions) for each in tables]
    known = [each for each in found if each is not None]
    if not known or len(known) < len(found):
        return None
    strange = tuple(sorted({version for each in known for version in each.strange}))
    return AppliedFiles(frozenset.intersection(*(each.paths for each in known)), strange)


def _of_table(convention: str, files: Sequence[SqlFile], versions: Sequence[str]) -> AppliedFiles | None:
    if convention in _LAST:
        return _up_to(files, versions)
    if convention == _HEADS:
        return _behind(files, versions)
    key = _KEYS.get(convention)
    if key is None:
        return None
    have = {key(file): file.path for file in files}
    listed = {_listed(version) if key is _by_number else version: version for version in versions}
    strange = tuple(version for name, version in listed.items() if name not in have)
    if versions and len(strange) == len(listed):
        return None  # the table of another project
    return AppliedFiles(frozenset(file.path for file in files if key(file) in listed), strange)


def _up_to(files: Sequence[SqlFile], versions: Sequence[str]) -> AppliedFiles | None:
    """Of tools that keep the last version only. An empty table and one that is marked dirty look alike: unknown."""
    if not versions:
        return None
    last = max(_number(version) for version in versions)
    if last not in {_number(file.version) for file in files}:
        return None
    return AppliedFiles(frozenset(file.path for file in files if _number(file.version) <= last))


def _behind(files: Sequence[SqlFile], heads: Sequence[str]) -> AppliedFiles | None:
    """Of Alembic, which keeps the heads: they and all that they descend from or depend on. None when the folder has
    none of them, or when an ancestor cannot be found: what came before it would seem to be pending."""
    have = {file.id: file for file in files}
    strange = tuple(head for head in heads if head not in have)
    if heads and len(strange) == len(heads):
        return None
    reached: dict[str, SqlFile] = {}
    waiting = [have[head] for head in heads if head in have]
    while waiting:
        file = waiting.pop()
        if file.id in reached:
            continue
        reached[file.id] = file
        for parent in file.option("parents").split():
            found = _revision(parent, have)
            if found is None:
                return None
            waiting.append(found)
    return AppliedFiles(frozenset(file.path for file in reached.values()), strange)


def _revision(word: str, have: Mapping[str, SqlFile]) -> SqlFile | None:
    """Ids may be shortened as long as they are unique (the manual of Alembic, "Partial Revision Identifiers")."""
    if word in have:
        return have[word]
    longer = [file for name, file in have.items() if name.startswith(word)]
    return longer[0] if len(longer) == 1 else None


def _number(version: str) -> tuple[int, ...]:
    """`007` is 7, and 1.0 is 1; what is no number stands for itself, behind all numbers."""
    parts = [int(part) for part in _DIGITS.findall(version)]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)


_DIGITS = late(r"[0-9]+")


def _listed(version: str) -> Key:
    return _number(version) if version[:1].isdecimal() else version


def _by_number(file: SqlFile) -> Key:
    return _number(file.version) if file.version else file.id


def _by_id(file: SqlFile) -> Key:
    return file.id


_LAST: Final = ("golang-migrate", "tern")
_HEADS: Final = "alembic"
_KEYS: Final[dict[str, Callable[[SqlFile], Key]]] = {
    "atlas": _by_number,
    "dbmate": _by_number,
    "django": _by_id,
    "diesel": _by_number,
    "flyway": _by_number,
    "goose": _by_number,
    "node-pg-migrate": _by_id,
    "prisma": _by_id,
    "refinery": _by_number,
    "sqitch": _by_id,
    "sqlx": _by_number,
    "supabase": _by_number,
    "yoyo": _by_id,
}
"""How a tool's table names a file. Liquibase counts changesets and Drizzle moments: those are not told apart here."""


def pending_notes(folder: str, done: int, pending: int, strange: Sequence[str]) -> Iterator[str]:
    """What the version table decides, and what it holds that the folder does not."""
    where = folder or "."
    if pending:
        of_all = f"{done} of {done + pending} migrations"
        yield f"{where}: {of_all} are applied; what is pending is judged."
    else:
        yield f"{where}: the database has applied everything."
    if strange:
        names = ", ".join(strange[:_SHOWN])
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        yield f"{where}: the database has applied what is not in the folder: {names}{more}."


def untold_notes(folder: str, convention: str, applied: Sequence[AppliedVersions]) -> Iterator[str]:
    """For a version table that is there and does not tell (`applied_files` gave None)."""
    tables = sorted(str(each.table) for each in applied if each.tool == convention)
    if tables:
        where = folder or "."
        yield f"{where}: {', '.join(tables)} does not tell which of these migrations are applied; that is unknown."


def applied_note(paths: Iterable[str]) -> str:
    """For migrations that were named although the database has applied them."""
    named = sorted(paths)
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return f"{named[0]}{more}: applied already, and judged on what the migrations before build."
