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
    modules = (import_module(f"{package.__name__}.{found.name}") for found in iter_modules(package.__path__))
    found = [module.CONVENTION for module in modules]
    return tuple(sorted((c for c in found if isinstance(c, Convention)), key=lambda c: c.name))


def convention(name: str) -> Convention:
    """The convention of that name. Raises SetupError when there is none."""
    for candidate in conventions():
        if candidate.name == name:
            return candidate
    known = ", ".join(c.name for c in conventions())
    raise SetupError(f"there is no convention named '{name}'", f"known are: {known}")


def best(folder: Folder) -> tuple[Convention, int]:
    """The convention that is surest of a folder, and how sure it is (0: nobody wants it)."""
    scored = [(c.score(folder), c) for c in conventions()]
    score, winner = max(scored, key=lambda pair: pair[0])  # the first of equals: names are sorted
    return winner, score
