"""All conventions, found by walking their package: a new file there is known without being named anywhere."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from migsafe.errors import SetupError
from migsafe.sources.sql import conventions as package
from migsafe.sources.sql.convention import Convention
from migsafe.sources.sql.folder import Folder


@cache
def conventions() -> tuple[Convention, ...]:
    """All conventions in the order of their names."""
    return tuple(_load(module) for module in _modules())


@cache
def convention(name: str) -> Convention:
    """The convention of that name, without loading the others. Raises SetupError when there is none."""
    module = name.replace("-", "_")
    if module in _modules():
        return _load(module)
    known = ", ".join(c.name for c in conventions())
    raise SetupError(f"there is no convention named '{name}'", f"known are: {known}")


@cache
def _modules() -> tuple[str, ...]:
    return tuple(sorted(found.name for found in iter_modules(package.__path__)))


def _load(module: str) -> Convention:
    loaded = import_module(f"{package.__name__}.{module}").CONVENTION
    assert isinstance(loaded, Convention)
    assert loaded.name == module.replace("_", "-"), "a convention's file is called as it is"
    return loaded


def best(folder: Folder) -> tuple[Convention, int]:
    """The convention that is surest of a folder, and how sure it is (0: nobody wants it)."""
    scored = [(c.score(folder), c) for c in conventions()]
    score, winner = max(scored, key=lambda pair: pair[0])  # the first of equals: names are sorted
    return winner, score
