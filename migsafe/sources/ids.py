"""Migrations by id instead of by path: `42`, `V42__orders`, or a range `40..42` in the order of application."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from migsafe.errors import SetupError
from migsafe.sources.discovery import Discovery, MigrationFolder
from migsafe.sources.sql.convention import SqlFile

RANGE = ".."
_ALEMBIC_RANGE = re.compile(r"[\w@+-]*:[\w@+-]+")
_SHORTEST_PREFIX = 4  # characters of a revision's id, as Alembic wants them


def split_words(words: Sequence[str], root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that are paths of files or folders, and those that can only be ids."""
    ids = tuple(word for word in words if not _may_be_path(word, root))
    return tuple(word for word in words if word not in ids), ids


def _may_be_path(word: str, root: Path) -> bool:
    return "/" in word or word in (".", "..") or (root / word).exists()


def is_range(word: str) -> bool:
    """Whether a word names a stretch of migrations, which are then one deploy."""
    return (RANGE in word and "/" not in word and word != RANGE) or _is_alembic_range(word)


def _is_alembic_range(word: str) -> bool:
    """`BASE:HEAD`, as `alembic upgrade` takes it."""
    return _ALEMBIC_RANGE.fullmatch(word) is not None


def focused(discovery: Discovery, ids: Sequence[str]) -> Discovery:
    """The discovery with the migrations of these ids in its focus. Raises SetupError for an id that none has."""
    focus = dict.fromkeys(discovery.focus or ())
    for word in ids:
        found = [path for folder in discovery.folders for path in _matching(folder, word)]
        if not found:
            raise SetupError(f"there is no file, folder or migration '{word}'", "see them with --show-files")
        focus.update(dict.fromkeys(found))
    return discovery.replace(focus=tuple(focus))


def _matching(folder: MigrationFolder, word: str) -> Iterator[str]:
    if not is_range(word):
        yield from (file.path for file in folder.files if is_called(file, word) or _is_revision(folder, file, word))
        return
    if _is_alembic_range(word):
        yield from (file.path for file in _between(folder, *word.split(":", 1)))
        return
    first, _, last = word.partition(RANGE)
    start = _position(folder.files, first) if first else 0
    end = _position(folder.files[::-1], last) if last else 0
    if start is not None and end is not None:
        yield from (file.path for file in folder.files[start : len(folder.files) - end])


def _is_revision(folder: MigrationFolder, file: SqlFile, word: str) -> bool:
    """Whether a word names an Alembic revision: `head`, `heads`, a branch label, or the beginning of its id."""
    if folder.convention != "alembic":
        return False
    if word in ("head", "heads"):
        return bool(file.option("head"))
    if word in file.option("labels").split():
        return True
    return len(word) >= _SHORTEST_PREFIX and file.id.startswith(word)


def _between(folder: MigrationFolder, first: str, last: str) -> Iterator[SqlFile]:
    """The revisions of `alembic upgrade FIRST:LAST`: `last` and what is before it, without `first` and what is before
    that."""
    if folder.convention != "alembic":
        return
    wanted, done = _line(folder, last), _line(folder, first) if first not in ("", "base") else frozenset()
    yield from (file for file in folder.files if file.id in wanted and file.id not in done)


def _line(folder: MigrationFolder, word: str) -> frozenset[str]:
    """The ids of a revision and of all that it comes after."""
    by_id = {file.id: file for file in folder.files}
    waiting = [file.id for file in folder.files if is_called(file, word) or _is_revision(folder, file, word)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found and name in by_id:
            found.add(name)
            waiting += by_id[name].option("parents").split()
    return frozenset(found)


def _position(files: Sequence[SqlFile], word: str) -> int | None:
    return next((number for number, file in enumerate(files) if is_called(file, word)), None)


def is_called(file: SqlFile, word: str) -> bool:
    """Whether a word is the id, the version or the name of a file; `7` also names the version `0007`."""
    same_number = file.version.isdecimal() and word.isdecimal() and int(file.version) == int(word)
    name = file.path.rpartition("/")[2]
    return same_number or word in (file.id, file.version, name, name.rpartition(".")[0])
