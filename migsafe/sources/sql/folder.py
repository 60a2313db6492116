"""One folder as conventions look at it to recognise their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from migsafe.sources.tree import Tree, join, split

_SAMPLED_NAMES: Final = 20
_SAMPLED_TEXTS: Final = 6
_HEAD: Final = 8_192


class Folder:
    """A folder that may hold migrations, with a look at its surroundings up to the root of the project."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.tree = tree
        self.path = path
        self.name = split(path)[1] or tree.root.name
        entries = tree.entries(path)
        self.files = entries.files
        self.folders = entries.folders
        self.sql = tuple(name for name in self.files if name.lower().endswith(".sql"))

    def share(self, pattern: re.Pattern[str]) -> float:
        """How many of the .sql names match, by a sample from both ends: 0.0 to 1.0."""
        half = _SAMPLED_NAMES // 2
        names = self.sql if len(self.sql) <= _SAMPLED_NAMES else self.sql[:half] + self.sql[-half:]
        return sum(bool(pattern.match(name)) for name in names) / len(names) if names else 0.0

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether a sample of the .sql files holds a directive near its beginning."""
        step = max(1, len(self.sql) // _SAMPLED_TEXTS)
        return any(pattern.search(self.head(name)) for name in self.sql[::step])

    def head(self, name: str) -> str:
        """The first characters of a file, by its path relative to the folder."""
        return self.tree.text(join(self.path, name), _HEAD)

    def text(self, name: str) -> str:
        """A configuration file's text, by its path relative to the folder; empty when there is none."""
        return self.tree.text(join(self.path, name))

    def inside(self, name: str) -> tuple[str, ...]:
        """The files of a folder inside."""
        return self.tree.entries(join(self.path, name)).files

    def below(self, prefix: str = "") -> Iterator[str]:
        """All files in and below the folder, as paths relative to it, a folder's files before its folders."""
        entries = self.tree.entries(join(self.path, prefix))
        yield from (join(prefix, name) for name in entries.files)
        for name in entries.folders:
            if not name.startswith("."):
                yield from self.below(join(prefix, name))

    def upward(self, *names: str) -> Iterator[str]:
        """The texts of files with one of these names in the folder and those around it, nearest first."""
        at: str | None = self.path
        while at is not None:
            found = (join(at, name) for name in names if self.tree.has_file(join(at, name)))
            yield from (self.tree.text(path) for path in found)
            at = split(at)[0] if at else None

    def mentioned(self, word: str, *names: str) -> bool:
        """Whether a project file around the folder (`Cargo.toml`, `package.json`, `go.mod`) names a tool."""
        return any(word in text for text in self.upward(*names))
