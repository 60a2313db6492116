"""Models of the application in a revision: classes of today's code that are asked for rows of another time.

What the imported module is cannot be known without running it, so that the name of the module and the use of the
class decide: imported from a module of models, and given to a query or asked for its table. Types and constants of
such modules are no models.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from migsafe.sources.interpreter import Source

_QUICK: Final = re.compile(r"^\s*(?:from|import)\s[^\n#]*model", re.MULTILINE)
_MODELS: Final = re.compile(r"(?:^|\.)(?:\w+_)?models?(?:$|\.|_)")
_CLASS: Final = re.compile(r"[A-Z]\w*[a-z]\w*")
_ASKING: Final = frozenset(
    ("query", "select", "insert", "update", "delete", "get", "exists", "join", "outerjoin", "scalars")
)
_OF_MODELS: Final = frozenset(("query", "__table__", "__mapper__", "metadata", "objects"))

Plain = dict[str, object]


def concerns(source: Source) -> list[Plain]:
    """The models that the program uses, each at its first use: `about`, `start`, `end`."""
    if not _QUICK.search(source.text):
        return []
    tree = ast.parse(source.text.removeprefix("\ufeff"))
    imported = frozenset(_imported(tree))
    used = sorted((source.span(node), name) for name, node in _used(tree, imported))
    found: dict[str, Plain] = {}
    for span, name in used:
        found.setdefault(name, {"about": name, "start": span.start, "end": span.end})
    return list(found.values())


def _imported(tree: ast.Module) -> Iterator[str]:
    """The names under which classes of modules of models are known here, also `models.Order`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            of_models = _MODELS.search(node.module) is not None
            for alias in node.names:
                name = alias.asname or alias.name
                if of_models and _CLASS.fullmatch(alias.name):
                    yield name
                elif _MODELS.search(alias.name):
                    yield f"{name}."
        elif isinstance(node, ast.Import):
            yield from (f"{alias.asname or alias.name}." for alias in node.names if _MODELS.search(alias.name))


def _used(tree: ast.Module, imported: frozenset[str]) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for argument in node.args if name in _ASKING else ():
                model = _model(argument, imported) or _model(getattr(argument, "value", None), imported)
                if model:
                    yield model, argument
        elif isinstance(node, ast.Attribute) and node.attr in _OF_MODELS:
            model = _model(node.value, imported)
            if model:
                yield model, node


def _model(node: object, imported: frozenset[str]) -> str | None:
    """The model's name when the expression is one."""
    if isinstance(node, ast.Name):
        return node.id if node.id in imported else None
    if isinstance(node, ast.Attribute) and _CLASS.fullmatch(node.attr):
        return node.attr if f"{ast.unparse(node.value)}." in imported else None
    return None
