"""Django's projects and apps, found by what their files contain; labels from apps.py. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from migsafe.model.record import KeywordRecord
from migsafe.sources.django.discovery.labels import label_of_files
from migsafe.sources.django.discovery.settings_text import stated_settings
from migsafe.sources.tree import Tree, is_below, join

_LONGEST: Final = 262_144
_MIGRATION_CLASS = re.compile(r"^[ \t]*class Migration\(", re.MULTILINE)  # indented below a condition
_FOR_TESTS: Final = frozenset(
    ("test", "tests", "testproject", "test_project", "example", "examples", "sandbox", "demo")
)
"""Where the manage.py of a library is: it is that of a project that tries the library's apps."""
_NUMBERED = re.compile(r"[0-9]{4}_\w+\.py")


class App(KeywordRecord):
    """An app: its label, its migrations package as a path, and its migration files, sorted."""

    label: str
    folder: str
    files: tuple[str, ...]


class Project(KeywordRecord):
    """Apps that are migrated together. `path` is the folder of their manage.py, or the root when there is none.
    `settings` are constants that its files of settings state."""

    path: str
    apps: tuple[App, ...]
    settings: Mapping[str, object] = {}


def find_projects(tree: Tree) -> tuple[Project, ...]:
    """All projects of a tree in the order of their paths, each app in the nearest one above it."""
    folders = tuple(tree.folders())
    packages = [f for f in folders if any(name.endswith(".py") for name in tree.entries(f).files)]
    homes = [folder for folder in folders if "manage.py" in tree.entries(folder).files]
    if not homes and not any(_migrations_of(tree, folder, named=False) for folder in packages):
        return ()
    settings = {home: stated_settings(tree, home) for home in homes or [""]}
    modules = {module: label for one in settings.values() for label, module in one.migration_modules.items()}
    only = homes[0] if len(homes) == 1 and _FOR_TESTS.isdisjoint(homes[0].split("/")) else ""
    grouped: dict[str, list[App]] = {}
    for app in _apps(tree, packages, modules):
        around = [home for home in homes if not home or is_below(app.folder, home)]
        grouped.setdefault(max(around, key=len) if around else only, []).append(app)
    return tuple(
        Project(
            path=path, apps=tuple(grouped[path]), settings=(settings.get(path) or stated_settings(tree, path)).values
        )
        for path in sorted(grouped)
    )


def find_apps(tree: Tree) -> tuple[App, ...]:
    """All apps of a tree in the order of their paths."""
    return tuple(_apps(tree, tree.folders(), {}))


def _apps(tree: Tree, folders: Iterable[str], modules: Mapping[str, str]) -> Iterator[App]:
    """The apps whose migrations are in these folders; `modules` says whose packages of other names are."""
    for folder in folders:
        stated = next((label for module, label in modules.items() if _is_module(folder, module)), "")
        files = _migrations_of(tree, folder, named=bool(stated))
        if files:
            label = stated or label_of_files(tree, files) or _label(tree, folder.rpartition("/")[0])
            yield App(label=label, folder=folder, files=files)


def _is_module(folder: str, module: str) -> bool:
    """Whether a package of a dotted name may be this folder: Python's search path is not known."""
    return bool(module) and f"/{folder}".endswith("/" + module.replace(".", "/"))


def _migrations_of(tree: Tree, folder: str, *, named: bool) -> tuple[str, ...]:
    names = tree.entries(folder).files
    if not named and not _may_be_package(folder, names):
        return ()
    return tuple(path for name in names if is_migration(tree, path := join(folder, name)))


def _may_be_package(folder: str, names: Iterable[str]) -> bool:
    """Whether it is worth reading the folder's files: by its name, or by the names of its files."""
    if folder.rpartition("/")[2].endswith("migrations"):
        return True
    return "__init__.py" in names and any(map(_NUMBERED.fullmatch, names))


def is_migration(tree: Tree, path: str) -> bool:
    """Whether a file is a migration: every module of the package whose name begins with neither `_` nor `~`
    (django/db/migrations/loader.py), if it defines one."""
    name = path.rpartition("/")[2]
    if not name.endswith(".py") or name[0] in "_~":
        return False
    return _MIGRATION_CLASS.search(tree.text(path, _LONGEST)) is not None


def _label(tree: Tree, package: str) -> str:
    """The label that apps.py states, else the package's own name (django/apps/config.py)."""
    default = package.rpartition("/")[2] or "app"
    text = tree.text(f"{package}/apps.py")
    stated = list(_stated_labels(text)) if text else []
    return stated[0] if len(stated) == 1 else default


def _stated_labels(text: str) -> Iterator[str]:
    if "label" not in text:
        return
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
