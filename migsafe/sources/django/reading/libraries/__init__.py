"""Operations of well-known libraries, one file each: what they do to the database, from each library's own source.

A module has `NAMES`: by dotted name, as migrations import them, the operation's class, a class whose objects are built
(`Built`), or a value. Operations here are our own classes that send what the library's would send.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator


def names() -> Iterator[tuple[str, object]]:
    """All dotted names with what they stand for, from the files of this folder."""
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        if module != "base":
            yield from importlib.import_module(f"{__name__}.{module}").NAMES.items()
