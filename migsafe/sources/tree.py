"""The files of a project as the sources see them: listed once, read once, never left through a symbolic link.

Paths are relative to the project and have forward slashes; names that are not UTF-8 survive (PEP 383). Everything
is in the order of code points, whatever the file system or the locale says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from migsafe.model.record import Record

EXCLUDED = frozenset(
    {"node_modules", "venv", "env", "virtualenv", "vendor", "target", "build", "dist", "out", "bin", "obj"}
    | {"__pycache__", "site-packages", "bower_components", "Pods", "DerivedData", "coverage"}
)
"""Folders that hold other people's files or made ones; those whose name begins with a dot are left out as well."""


class Entries(Record):
    """What a folder holds: names, sorted. `leaving` are links to places outside of the project."""

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()


class Tree:
    """A project's folders and files, listed when first asked for.

    `seen_from` is the folder that paths in records are relative to, when it is not the root.
    """

    def __init__(self, root: Path, exclude: tuple[str, ...] = (), seen_from: Path | None = None) -> None:
        self.root = root
        self.seen_from = seen_from
        self.unreadable: list[str] = []  # folders that the system did not let us list
        self._real = os.path.realpath(root)
        self._exclude = exclude
        self._entries: dict[str, Entries] = {}
        self._texts: dict[tuple[str, int], str] = {}

    def entries(self, folder: str) -> Entries:
        """The folder's contents; nothing when it does not exist or cannot be read."""
        if folder not in self._entries:
            self._entries[folder] = self._list(folder)
        return self._entries[folder]

    def folders(self, start: str = "") -> Iterator[str]:
        """`start` and the folders below it that are worth a look, from the top."""
        yield start
        for name in self.entries(start).folders:
            path = join(start, name)
            if name in EXCLUDED or name.startswith(".") or self.is_excluded(path):
                continue
            if self.entries(path).files or self.entries(path).folders:
                yield from self.folders(path)

    def is_excluded(self, path: str) -> bool:
        return any(fnmatchcase(path, p) or fnmatchcase(path, f"{p.rstrip('/')}/*") for p in self._exclude)

    def has_file(self, path: str) -> bool:
        folder, name = split(path)
        return name in self.entries(folder).files

    def read(self, path: str) -> bytes:
        """A file's bytes. Raises OSError when it cannot be read."""
        return (self.root / path).read_bytes()

    def text(self, path: str, limit: int = 65_536) -> str:
        """The beginning of a file, for recognition only; empty when it does not exist or cannot be read."""
        key = (path, limit)
        if key not in self._texts:
            self._texts[key] = self._head(path, limit)
        return self._texts[key]

    def show(self, path: str) -> str:
        """The path as records have it."""
        if self.seen_from is None:
            return path
        return posix(os.path.relpath(self.root / path, self.seen_from))

    def _head(self, path: str, limit: int) -> str:
        if not self.has_file(path):
            return ""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(limit).decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        except OSError:
            return ""

    def _list(self, folder: str) -> Entries:
        kinds: dict[str, list[str]] = {"files": [], "folders": [], "leaving": []}
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    kinds.get(self._kind(entry), []).append(entry.name)
        except FileNotFoundError:
            return Entries()
        except OSError:
            self.unreadable.append(folder)
            return Entries()
        return Entries(**{kind: tuple(sorted(names)) for kind, names in kinds.items()})

    def _kind(self, entry: os.DirEntry[str]) -> str:
        """What an entry is to us; a link that leads nowhere, or in a circle, leaves the project as well."""
        try:
            if entry.is_symlink() and not (self._stays(entry.path) and Path(entry.path).exists()):
                return "leaving"
            if entry.is_file():
                return "files"
            return "folders" if entry.is_dir(follow_symlinks=False) else "other"
        except OSError:
            return "leaving"

    def _stays(self, path: str) -> bool:
        return is_below(os.path.realpath(path), self._real)


def is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def posix(path: str) -> str:
    """A relative path of the system as records have it; empty for the folder itself."""
    return "" if path == os.curdir else path.replace(os.sep, "/")


def join(folder: str, name: str) -> str:
    """Two relative paths put together."""
    return f"{folder}/{name}" if folder and name else folder or name


def split(path: str) -> tuple[str, str]:
    """The folder and the name of a relative path."""
    folder, _, name = path.rpartition("/")
    return folder, name
