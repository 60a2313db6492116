"""Migrations by id instead of by path: `42`, `V42__orders`, or a range `40..42` in the order of application."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from migsafe.errors import SetupError
from migsafe.sources.discovery import Discovery, MigrationFolder
from migsafe.sources.sql.convention import SqlFile

RANGE = ".."
_OF_APP = " "  # between an app's label and the name of its migration
_LABEL = re.compile(r"[A-Za-z_]\w*")
_NUMBERED = re.compile(r"[0-9]+(_\w+)?(\.\.([0-9]\w*)?)?$")
_ALEMBIC_RANGE = re.compile(r"[\w@+-]*:[\w@+-]+")
_SHOWN = 3
_SHORTEST_PREFIX = 4  # characters of a revision's id, as Alembic wants them


def split_words(words: Sequence[str], root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that are paths of files or folders, and those that can only be ids."""
    paths: list[str] = []
    ids: list[str] = []
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if ids and ids[-1].endswith(f"{_OF_APP}{word}"):
            continue  # `orders 0042`, taken with the word before
        if _is_app(word, following, root):
            ids.append(f"{word}{_OF_APP}{following}")
        else:
            (paths if _may_be_path(word, root) else ids).append(word)
    return tuple(paths), tuple(ids)


def _is_app(word: str, following: str, root: Path) -> bool:
    """Whether two words may be an app's label and a migration's name or number, as `migrate` takes them."""
    if not _LABEL.fullmatch(word) or not _NUMBERED.match(following) or _may_be_path(following, root):
        return False
    return not (root / word).exists() or (root / word / "migrations").is_dir() or (root / word / "apps.py").is_file()


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
    for word in _apart(discovery, ids):
        found = [path for folder in discovery.folders for path in _matching(folder, word)]
        if not found:
            raise SetupError(f"there is no file, folder or migration '{word}'", "see them with --show-files")
        _refuse_ambiguous(discovery, word, found)
        focus.update(dict.fromkeys(found))
    return discovery.replace(focus=tuple(focus))


def _refuse_ambiguous(discovery: Discovery, word: str, found: Sequence[str]) -> None:
    """The beginning of a name has to be that of one migration, as for `migrate`; a number, an app or a whole name may
    be that of several."""
    if len(found) < 2 or is_range(word):
        return
    files = [file for folder in discovery.folders for file in folder.files if file.path in set(found)]
    begun = [file for file in files if _is_begun(file, word)]
    if len(begun) == len(files):
        names = ", ".join(sorted(file.id for file in begun)[:_SHOWN])
        more = f" and {len(begun) - _SHOWN} more" if len(begun) > _SHOWN else ""
        raise SetupError(f"'{word}' is the beginning of several migrations: {names}{more}", "write more of the name")


def _is_begun(file: SqlFile, word: str) -> bool:
    """Whether a word is the label of a file's app and the beginning of its name only."""
    label = file.option("app")
    rest = word[len(label) + 1 :] if label and re.match(rf"{re.escape(label)}[. ]", word) else ""
    same_number = rest.isdecimal() and file.version.isdecimal() and int(rest) == int(file.version)
    return bool(rest) and not same_number and file.id != f"{label}.{rest}"


def _apart(discovery: Discovery, ids: Sequence[str]) -> Iterator[str]:
    """The words; two that look like an app and its migration as two when there is no such app."""
    for word in ids:
        label = word.partition(_OF_APP)[0]
        known = any(file.option("app") == label for folder in discovery.folders for file in folder.files)
        yield from [word] if known or _OF_APP not in word else word.split(_OF_APP)


def _matching(folder: MigrationFolder, word: str) -> Iterator[str]:
    if not is_range(word):
        yield from (
            file.path
            for file in folder.files
            if is_called(file, word) or _is_revision(folder, file, word) or _is_of_app(file, word)
        )
        return
    if _is_alembic_range(word):
        yield from (file.path for file in _between(folder, *word.split(":", 1)))
        return
    first, _, last = word.partition(RANGE)
    label = _named_app(folder, first or last)
    files = tuple(file for file in folder.files if not label or file.option("app") == label)
    if label and last and not last.startswith(label):
        last = f"{label}.{last}"  # `shop.0040..0042` stays in the app
    start = _position(files, first) if first else 0
    end = _position(files[::-1], last) if last else 0
    if start is not None and end is not None:
        yield from (file.path for file in files[start : len(files) - end])


def _named_app(folder: MigrationFolder, word: str) -> str:
    """The label of the app that a word begins with; nothing in folders without apps."""
    labels = dict.fromkeys(file.option("app") for file in folder.files)
    return next((label for label in labels if label and re.match(rf"{re.escape(label)}[. ]", word)), "")


def _is_of_app(file: SqlFile, word: str) -> bool:
    """Whether a word is the label of a file's app, or the label with the beginning of its name: `orders.0042`."""
    label = file.option("app")
    if not label or not word.startswith(label):
        return False
    rest = word[len(label) :]
    name = file.id[len(label) + 1 :]
    same_number = rest[1:].isdecimal() and file.version.isdecimal() and int(rest[1:]) == int(file.version)
    return not rest or (rest[0] in f".{_OF_APP}" and len(rest) > 1 and (same_number or name.startswith(rest[1:])))


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
    called = (number for number, file in enumerate(files) if is_called(file, word) or _is_of_app(file, word))
    return next(called, None)


def is_called(file: SqlFile, word: str) -> bool:
    """Whether a word is the id, the version or the name of a file; `7` also names the version `0007`."""
    same_number = file.version.isdecimal() and word.isdecimal() and int(file.version) == int(word)
    name = file.path.rpartition("/")[2]
    return same_number or word in (file.id, file.version, name, name.rpartition(".")[0])
