"""Stand-ins for modules that are not installed, so that a revision of a large application can be imported alone.

A stand-in answers everything and remembers that it was asked: SQL that depends on one is no truth to compare with.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Self

USED: list[str] = []
"""What was asked of stand-ins since the list was cleared."""


class Stub:
    """An object, a function, a class and a decorator at once."""

    def __init__(self, name: str = "stub") -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Stub:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        USED.append(f"{self._name}.{name}")
        return Stub(f"{self._name}.{name}")

    def __call__(self, *args: object, **_: object) -> object:
        USED.append(f"{self._name}()")
        is_decorated = len(args) == 1 and callable(args[0]) and not isinstance(args[0], Stub)
        return args[0] if is_decorated else Stub(f"{self._name}()")

    def __mro_entries__(self, _: object) -> tuple[type, ...]:
        return (object,)

    def __iter__(self) -> Iterator[object]:
        USED.append(f"iter({self._name})")
        return iter(())

    def __bool__(self) -> bool:
        USED.append(f"bool({self._name})")
        return True

    def __str__(self) -> str:
        USED.append(f"str({self._name})")
        return f"stub_{self._name}"

    __repr__ = __str__

    def __getitem__(self, key: object) -> Stub:
        USED.append(f"{self._name}[]")
        return Stub(f"{self._name}[]")

    def __or__(self, _: object) -> Stub:
        return self

    __ror__ = __or__

    def __enter__(self) -> Self:
        USED.append(f"with {self._name}")
        return self

    def __exit__(self, *_: object) -> None:
        return None


class _StubModule(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Stub(f"{self.__name__}.{name}")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the project's modules beside its revisions as they are, and makes up every other that is missing."""

    def __init__(self, root: Path, inside: str, folders: Sequence[str]) -> None:
        self.root = root
        self.inside = (root / inside).resolve()
        self.folders = folders

    def install(self) -> None:
        sys.meta_path.append(self)

    def find_spec(self, fullname: str, *_: object) -> importlib.machinery.ModuleSpec:
        file = self._beside(fullname)
        if file is not None:
            places = [str(file.parent)] if file.name == "__init__.py" else None
            found = importlib.util.spec_from_file_location(fullname, file, submodule_search_locations=places)
            if found is not None:
                return found
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def _beside(self, name: str) -> Path | None:
        inside = name.replace(".", "/")
        for folder in self.folders:
            for file in (f"{inside}.py", f"{inside}/__init__.py"):
                place = (self.root / folder / file).resolve()
                if place.is_file() and place.is_relative_to(self.inside):
                    return place
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__path__ = []
