"""Migrations by id instead of by path: `42`, `V42__orders`, or a range `40..42` in the order of application."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from migsafe.errors import SetupError
from migsafe.sources.discovery import Discovery, MigrationFolder
from migsafe.sources.sql.convention import SqlFile

RANGE = ".."


def split_words(words: Sequence[str], root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that are paths of files or folders, and those that can only be ids."""
    ids = tuple(word for word in words if not _may_be_path(word, root))
    return tuple(word for word in words if word not in ids), ids


def _may_be_path(word: str, root: Path) -> bool:
    return "/" in word or word in (".", "..") or (root / word).exists()


def is_range(word: str) -> bool:
    """Whether a word names a stretch of migrations, which are then one deploy."""
    return RANGE in word and "/" not in word and word != RANGE


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
        yield from (file.path for file in folder.files if is_called(file, word))
        return
    first, _, last = word.partition(RANGE)
    start = _position(folder.files, first) if first else 0
    end = _position(folder.files[::-1], last) if last else 0
    if start is not None and end is not None:
        yield from (file.path for file in folder.files[start : len(folder.files) - end])


def _position(files: Sequence[SqlFile], word: str) -> int | None:
    return next((number for number, file in enumerate(files) if is_called(file, word)), None)


def is_called(file: SqlFile, word: str) -> bool:
    """Whether a word is the id, the version or the name of a file; `7` also names the version `0007`."""
    same_number = file.version.isdecimal() and word.isdecimal() and int(file.version) == int(word)
    name = file.path.rpartition("/")[2]
    return same_number or word in (file.id, file.version, name, name.rpartition(".")[0])
