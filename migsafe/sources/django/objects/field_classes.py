"""Field classes of the project: found in its modules, as text, and evaluated alone.

A migration names a field's class and Django imports it, with the whole project behind it. Here only that class is
evaluated, with the classes that it is derived from and the names that its type depends on: a module of models may be
large, and most of it says nothing about a column. Nothing is imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from migsafe.sources.django.discovery.excerpts import Outline, outline_of
from migsafe.sources.interpreter import Interpreter, Source
from migsafe.sources.tree import Tree, join

if TYPE_CHECKING:
    from migsafe.sources.interpreter.host import Domain

_LONGEST: Final = 1_000_000  # characters of a module
_DEEPEST: Final = 12  # modules that lead from one to the next
_MOST: Final = 2_000  # evaluations for one project
_NO_FIELD: Final = re.compile(r"(?:models\.)?Model|\w*(?:Manager|QuerySet|Choices|Enum|Exception|Error|TestCase)")

Wanted = Callable[[object], bool]


class FieldClasses:
    """Resolves names of the project's modules. `folders` are those that Python would have on its path; `wanted` says
    which values may leave a module: classes of fields, and plain constants."""

    def __init__(self, tree: Tree, folders: Sequence[str], domain: Domain, wanted: Wanted) -> None:
        self._tree = tree
        self._folders = tuple(dict.fromkeys(folders))
        self._domain = domain
        self._wanted = wanted
        self._outlines: dict[str, Outline | None] = {}
        self._values: dict[tuple[str, str], object | None] = {}
        self._running: dict[tuple[str, str], int] = {}  # what is being worked out, and how deep
        self._cut = _DEEPEST  # the lowest of them that was asked for again: what lies above it is not known whole
        self._evaluated = 0

    def resolve(self, module: str, name: str) -> object | None:
        """The value of a name of a module of the project; None when there is none, or none that may leave it."""
        key = (module, name)
        if key in self._values:
            return self._values[key]
        depth = len(self._running)
        if key in self._running or depth >= _DEEPEST:  # modules may import each other
            self._cut = min(self._cut, self._running.get(key, 0))
            return None
        if self._evaluated >= _MOST or not module:
            return None
        self._running[key] = depth
        try:
            found = self._found(module, name)
        finally:
            del self._running[key]
        if self._cut >= depth:
            self._values[key] = found
            self._cut = _DEEPEST
        return found

    def _found(self, module: str, name: str) -> object | None:
        outline = self._outline(module)
        if outline is None or _is_no_field(outline.text, name):
            return None
        if name not in outline.bound:
            values = (self._domain.resolve(star, name) for star in reversed(outline.stars))
            return next((value for value in values if value is not None), None)
        self._evaluated += 1
        evaluated = Interpreter(Source(outline.path, outline.excerpt(name)), self._domain)
        evaluated.run_module()
        value = evaluated.globals.get(name)
        return value if self._wanted(value) else None

    def _outline(self, module: str) -> Outline | None:
        if module not in self._outlines:
            self._outlines[module] = self._read(module)
        return self._outlines[module]

    def _read(self, module: str) -> Outline | None:
        inside = module.replace(".", "/")
        for start in self._folders:
            path = join(start, inside)
            for candidate, package in ((f"{path}.py", False), (join(path, "__init__.py"), True)):
                if self._tree.has_file(candidate):
                    text = self._tree.text(candidate, _LONGEST + 1)
                    return outline_of(candidate, module, text, package=package) if len(text) <= _LONGEST else None
        return None


def _is_no_field(text: str, name: str) -> bool:
    """Whether the text says so plainly: a class of another kind. Saves the work of parsing a large module."""
    if name.endswith(("Field", "Key")):
        return False
    found = re.search(rf"^class {re.escape(name)}\(([^)]*)\)", text, re.MULTILINE)
    return found is not None and _NO_FIELD.fullmatch(found[1].rpartition(",")[2].strip()) is not None
