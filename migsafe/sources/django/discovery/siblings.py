"""The project's own modules, as text, for what migrations import from them: custom fields, operations, steps.

Only what a migration itself imports is read, and never a module of models or settings: those import the whole
project, and a migration that leans on them is a finding anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.sources.interpreter import Source
from migsafe.sources.tree import Tree, join

_LONGEST: Final = 100_000  # characters of a module that is read because it is imported
NEVER: Final = frozenset(("models", "settings", "admin", "views", "serializers", "schema", "tests"))


class ProjectModules:
    """Resolves imports inside of a project. `folders` are those that Python would have on its path, `never` parts of
    names that are not followed."""

    def __init__(self, tree: Tree, folders: Sequence[str], never: frozenset[str] = NEVER) -> None:
        self._never = never
        self._tree = tree
        self._folders = tuple(folders)
        self._sources: dict[str, Source | None] = {}

    def __call__(self, module: str, level: int, importer: str) -> Source | None:
        """The file of the project that `from <level dots><module> import …` in `importer` reads, or None."""
        if not _is_followed(importer) or not self._never.isdisjoint(module.split(".")):
            return None
        return next(filter(None, map(self._source, self._candidates(module, level, importer))), None)

    def _candidates(self, module: str, level: int, importer: str) -> Iterator[str]:
        inside = module.replace(".", "/")
        starts = ["/".join(importer.split("/")[:-level])] if level else self._folders
        for start in starts:
            path = join(start, inside)
            yield from (f"{path}.py", join(path, "__init__.py"))

    def _source(self, path: str) -> Source | None:
        if path not in self._sources:
            self._sources[path] = self._read(path)
        return self._sources[path]

    def _read(self, path: str) -> Source | None:
        """Also an empty `__init__.py`: what is below it may be asked for."""
        if not self._tree.has_file(path):
            return None
        text = self._tree.text(path, _LONGEST + 1)
        return Source(path, text) if len(text) <= _LONGEST else None


def _is_followed(importer: str) -> bool:
    """Whether imports of this file are looked up: of migrations and of what lies beside them."""
    return any(part.endswith("migrations") for part in importer.split("/")[:-1])
