"""The modules of a project in two states: as the files are, and as they were.

A module is known by its place without the ending, `shop/fields` for `shop/fields.py` and `shop/fields/__init__.py`:
what moves from one to the other has not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from migsafe.sources.definitions import Definitions, Target
from migsafe.sources.tree import Tree, join, split

LONGEST: Final = 1_000_000  # characters of a module
_MOST: Final = 1_000  # modules of a project that are parsed

Past = Mapping[str, Callable[[], str | None]]
"""How changed files were, by path: each gives the text of then, None when there was no such file."""


class Modules:
    """`folders` are those that Python would have on its path."""

    def __init__(self, tree: Tree, folders: Iterable[str], past: Past) -> None:
        self._tree = tree
        self._folders = tuple(dict.fromkeys(folders))
        self._past = past
        self._gone = frozenset(_parents(past))
        self._found: dict[Target, tuple[str, tuple[str, ...]] | None] = {}
        self._now: dict[str, Definitions | None] = {}
        self._before: dict[str, Definitions | None] = {}

    def resolve(self, target: Target) -> tuple[str, tuple[str, ...]] | None:
        """The module of the project that a dotted name leads into, and what is left of the name."""
        if target not in self._found:
            starts = ("",) if target.anchored else self._folders
            found = [place for start in starts if (place := self._below(start, target.parts)) is not None]
            self._found[target] = min(found, key=lambda place: len(place[1])) if found else None
        return self._found[target]

    def _below(self, start: str, parts: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
        found, place = None, start
        for count, part in enumerate(parts, 1):
            place = join(place, part)
            if any(map(self._existed_ever, _files(place))):
                found = place, parts[count:]
            if not self._is_folder(place):
                break
        return found

    def _is_folder(self, place: str) -> bool:
        folder, name = split(place)
        return name in self._tree.entries(folder).folders or place in self._gone

    def _existed_ever(self, path: str) -> bool:
        return self._tree.has_file(path) or path in self._past

    def has_changed(self, place: str) -> bool:
        return any(path in self._past for path in _files(place))

    def path(self, place: str) -> str:
        """The module's file, or the one that it had."""
        return next((p for p in _files(place) if self._tree.has_file(p)), next(iter(_files(place))))

    def now(self, place: str) -> Definitions | None:
        if place not in self._now:
            path = next(filter(self._tree.has_file, _files(place)), None)
            self._now[place] = None if path is None or self.is_exhausted else self._read(path)
        return self._now[place]

    def before(self, place: str) -> Definitions | None:
        if place not in self._before:
            self._before[place] = next(filter(None, map(self._was, _files(place))), None)
        return self._before[place]

    @property
    def is_exhausted(self) -> bool:
        """Whether more modules lead on from the migrations than are looked at."""
        return len(self._now) >= _MOST

    def _read(self, path: str) -> Definitions:
        return Definitions(path, self._tree.text(path, LONGEST))

    def _was(self, path: str) -> Definitions | None:
        if path not in self._past:
            return self._read(path) if self._tree.has_file(path) else None
        text = self._past[path]()
        return Definitions(path, text) if text is not None else None


def _files(place: str) -> Iterator[str]:
    yield f"{place}.py"
    yield join(place, "__init__.py")


def _parents(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        folder = split(path)[0]
        while folder:
            yield folder
            folder = split(folder)[0]
