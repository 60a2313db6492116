"""Stand-ins for modules that are not installed, so that migration files can be imported by themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any


class _StubClass(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub()


class Stub(metaclass=_StubClass):
    """Whatever a module may hold: called, read and derived from."""

    def __init__(self, *args: object, **options: object) -> None:
        pass

    def __call__(self, *args: object, **options: object) -> Any:  # noqa: ARG002  # anything
        return Stub()

    def __getattr__(self, name: str) -> Any:  # likewise
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub()


class _StubModule(ModuleType):
    __path__: list[str] = []  # noqa: RUF012  # as the base class declares it

    def __getattr__(self, name: str) -> Any:  # likewise
        if name.startswith("__"):
            raise AttributeError(name)
        return _StubClass(name, (Stub,), {"noop": None})


class _Finder(MetaPathFinder, Loader):
    """Finds what nobody else does, and everything that is the project's own."""

    def __init__(self, own: frozenset[str]) -> None:
        self.own = own

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG002  # Python's signature
        top = name.partition(".")[0]
        if top in self.own or isinstance(sys.modules.get(top), _StubModule) or PathFinder.find_spec(top) is None:
            if top in sys.stdlib_module_names or top in ("django", "psycopg", "migsafe", "tools"):
                return None
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


@contextmanager
def installed_stubs(root: str) -> Iterator[None]:
    own = frozenset(p.stem for p in Path(root).iterdir()) - {"django", "tools", "migsafe"}
    finder = _Finder(own)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
