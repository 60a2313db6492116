"""`start-after`: the migrations of a folder up to a given one were applied long ago and are context only.

It is the first line that a project with a long history writes: what is already in production cannot be made safer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from migsafe.errors import SetupError, did_you_mean
from migsafe.model.record import Record
from migsafe.sources.discovery import Discovery, MigrationFolder
from migsafe.sources.ids import is_called
from migsafe.sources.sql.convention import SqlFile
from migsafe.text.masking import printable


class Start(Record):
    """Where the judging begins in one folder: behind `last`; `before` are the paths up to it."""

    folder: str
    last: str
    before: frozenset[str]


def starts(discovery: Discovery, words: Sequence[str], *, whole: bool) -> tuple[Start, ...]:
    """The beginnings that the settings ask for, one for each folder that has one.

    A folder's own word goes before the general ones. Raises SetupError for a word that names no migration; for a
    general one only when the `whole` project was looked at, because its folder may not be part of the run.
    """
    found = [start for folder in discovery.folders for start in _of_folder(folder, words)]
    unknown = [word for word in words if not any(_named(folder, word) for folder in discovery.folders)]
    if whole and unknown:
        raise _nothing_called(unknown[0], [file for folder in discovery.folders for file in folder.files])
    return tuple(found)


def _of_folder(folder: MigrationFolder, words: Sequence[str]) -> Iterator[Start]:
    own = folder.start_after
    if own is not None and not _named(folder, own):
        raise _nothing_called(own, folder.files)
    positions = {at: word for word in ((own,) if own is not None else words) for at in _named(folder, word)}
    if not positions:
        return
    if folder.files[0].option("app"):
        yield from _of_apps(folder, positions)
        return
    last = max(positions)
    ids = {file.id for file in folder.files[: last + 1]}  # a way back has the id of its way up
    yield Start(folder.path, positions[last], frozenset(file.path for file in folder.files if file.id in ids))


def _of_apps(folder: MigrationFolder, positions: Mapping[int, str]) -> Iterator[Start]:
    """Each of Django's apps has its own beginning: a new migration of one may come before an old one of another."""
    last = {folder.files[at].option("app"): at for at in sorted(positions)}
    for label, end in last.items():
        before = (file.path for file in folder.files[: end + 1] if file.option("app") == label)
        yield Start(folder.path, positions[end], frozenset(before))


def _named(folder: MigrationFolder, word: str) -> list[int]:
    wanted = word.removeprefix("./")
    return [at for at, file in enumerate(folder.files) if file.path == wanted or is_called(file, word)]


def _nothing_called(word: str, files: Sequence[SqlFile]) -> SetupError:
    message = f"'start-after' names '{printable(word)}', and there is no such migration"
    names = [name for file in files for name in (file.id, PurePosixPath(file.path).stem)]
    close = did_you_mean(word, names)
    return SetupError(message, close if close.startswith("did you mean") else "see them with --show-files")


def focus_behind(discovery: Discovery, focus: frozenset[str] | None, found: Sequence[Start]) -> frozenset[str] | None:
    """The paths in focus without those before a beginning; None when everything is in focus."""
    if not found:
        return focus
    everything = frozenset(file.path for folder in discovery.folders for file in folder.files)
    return (everything if focus is None else focus) - frozenset(path for start in found for path in start.before)
