"""Apps with migrations, found by what their files contain; labels from apps.py. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from migsafe.model.record import KeywordRecord
from migsafe.sources.tree import Tree

_MIGRATION_CLASS = re.compile(r"^class Migration\(", re.MULTILINE)
_USES_DJANGO = re.compile(
    r"^\s*(?:from django\.db(?:\.migrations)? import|import django\.db)|CheckedMigration", re.MULTILINE
)
_USER_MODEL = re.compile(r"^\s*AUTH_USER_MODEL\s*(?::\s*str\s*)?=\s*(['\"])([\w.]+)\1", re.MULTILINE)


class App(KeywordRecord):
    """An app: its label, its migrations package as a path, and its migration files, sorted."""

    label: str
    folder: str
    files: tuple[str, ...]


def find_apps(tree: Tree) -> tuple[App, ...]:
    """All apps of the project in the order of their paths."""
    return tuple(app for folder in tree.folders() if (app := _app(tree, folder)) is not None)


def _app(tree: Tree, folder: str) -> App | None:
    names = tree.entries(folder).files
    if "__init__.py" not in names and not folder.rpartition("/")[2].endswith("migrations"):
        return None
    files = tuple(f"{folder}/{name}" for name in names if _is_migration(tree, f"{folder}/{name}"))
    if not files:
        return None
    return App(label=_label(tree, folder.rpartition("/")[0]), folder=folder, files=files)


def _is_migration(tree: Tree, path: str) -> bool:
    """Django takes every module of the package whose name begins with neither `_` nor `~` (loader.py)."""
    name = path.rpartition("/")[2]
    if not name.endswith(".py") or name[0] in "_~":
        return False
    return _MIGRATION_CLASS.search(tree.text(path, 262_144)) is not None


def is_django(tree: Tree, path: str) -> bool:
    """Whether a file is a migration of Django's."""
    return _is_migration(tree, path)


def _label(tree: Tree, package: str) -> str:
    """The label that apps.py states, else the package's own name (django/apps/config.py)."""
    default = package.rpartition("/")[2] or "app"
    text = tree.text(f"{package}/apps.py")
    stated = list(_stated_labels(text)) if text else []
    return stated[0] if len(stated) == 1 else default


def _stated_labels(text: str) -> Iterator[str]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in module.body:
        if isinstance(statement, ast.ClassDef):
            yield from _string_of("label", statement)


def _string_of(name: str, statement: ast.ClassDef) -> Iterator[str]:
    for line in statement.body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        value = line.value if isinstance(line, ast.Assign | ast.AnnAssign) else None
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def user_model(tree: Tree) -> str:
    """AUTH_USER_MODEL as a settings file states it; Django's own user model when none does."""
    for folder in tree.folders():
        for name in tree.entries(folder).files:
            if name.endswith(".py") and ("settings" in folder or "settings" in name or "config" in folder):
                found = _USER_MODEL.search(tree.text(f"{folder}/{name}", 262_144))
                if found is not None:
                    return found[2]
    return "auth.User"
