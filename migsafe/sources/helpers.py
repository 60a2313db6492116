"""Which migrations use what has changed elsewhere: a module of the project, or a file of SQL that they open.

A migration is a program, and what it sends may be decided in another file. What counts is not that the file has
changed, but a definition in it that a migration uses, itself or through others: models and constants change every
day, and old migrations import them. Found in texts only.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from migsafe.sources.definitions import WHOLE, Definitions, Target, Use, mentioned
from migsafe.sources.discovery import MigrationFolder
from migsafe.sources.frameworks import is_framework
from migsafe.sources.modules import LONGEST, Modules, Past
from migsafe.sources.tree import Tree, join, split

SQL: Final = (".sql", ".psql", ".pgsql", ".ddl")
"""The files whose text a migration may send."""
MODELS: Final = frozenset(("models", "settings", "admin", "views", "serializers", "schema", "tests"))
"""Modules of an application that change with it. Of them only classes of columns decide what a migration sends."""
FARTHEST: Final = 2
"""Modules behind one that a migration imports. A step that starts a task would lead to most of an application."""
_COLUMN: Final = re.compile(r"\w*Field")
_OF_COLUMN: Final = re.compile(r"\w*(Field|Key|Type|TypeDecorator|Enum)")


class Node(NamedTuple):
    """A name of a module. `attributes` follow it, which matters when the name is imported from somewhere else."""

    place: str
    name: str
    attributes: tuple[str, ...] = ()
    computes: bool = False


class Used(NamedTuple):
    """A changed file and the migrations that use it, as paths."""

    changed: str
    by: tuple[str, ...]


def users(tree: Tree, folders: Iterable[MigrationFolder], past: Past, known: frozenset[str]) -> tuple[Used, ...]:
    """The migrations that use something that has changed, without those of `known`, sorted by the changed file."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        if is_framework(folder.convention):
            reach = _Reach(tree, folder, past)
            for path in dict.fromkeys(file.path for file in folder.files):
                changed = reach.changed(path) if path not in known else None
                if changed is not None:
                    found.setdefault(changed, []).append(path)
    return tuple(Used(changed, tuple(by)) for changed, by in sorted(found.items()))


class _Reach:
    """What the migrations of one folder lead to."""

    def __init__(self, tree: Tree, folder: MigrationFolder, past: Past) -> None:
        self._tree = tree
        self._modules = Modules(tree, _search_folders(tree, folder), past)
        self._sql = _SqlFiles(past, [file.path for file in folder.files])
        self._has_modules = any(path.endswith(".py") for path in past)
        self._same: dict[Node, int] = {}  # that lead to nothing that has changed, over so many modules
        self._hit: dict[Node, str] = {}  # that have changed themselves, with the file

    def changed(self, path: str) -> str | None:
        """The changed file that a migration uses, None when there is none."""
        text = self._tree.text(path, LONGEST)
        return self._sql.opened(path, text) or (self._module(path, text) if self._has_modules else None)

    def _module(self, path: str, text: str) -> str | None:
        """A quick look first: what the imports might be about. Then what is really used."""
        quick = self._nodes_of(mentioned(text, path))
        if self._first(quick) is None:
            return None
        return self._first(self._used(Definitions(path, text), WHOLE))

    def _nodes_of(self, targets: Iterable[Target], use: Use | None = None) -> Iterator[Node]:
        for target in targets:
            found = self._modules.resolve(target)
            if found is not None:
                place, rest = found
                computes = use is not None and use.computes
                yield Node(place, rest[0], rest[1:], computes) if rest else Node(place, WHOLE)

    def _used(self, module: Definitions, name: str) -> Iterator[Node]:
        """What the definition of a name leads to in other modules."""
        for use in dict.fromkeys(module.uses(name)):
            yield from self._nodes_of(module.targets(use, name), use)
        yield from self._nodes_of(module.by_name(name))

    def _first(self, starts: Iterable[Node]) -> str | None:
        """The first changed file that the names lead to, over few modules."""
        left = dict.fromkeys(starts, FARTHEST)
        waiting = deque(left)
        while waiting:
            node = waiting.popleft()
            if self._same.get(node, -1) >= left[node]:
                continue
            changed = self._own(node)
            if changed is not None:
                return changed
            for further in dict.fromkeys(self._further(node)):
                self._meet(node, further, left, waiting)
        self._same |= {node: max(left[node], self._same.get(node, -1)) for node in left}
        return None

    def _meet(self, node: Node, further: Node, left: dict[Node, int], waiting: deque[Node]) -> None:
        """Nearer names first, so that each is met with as many modules left to go on as it may have."""
        stays = further.place == node.place
        rest = left[node] - (not stays)
        if rest > left.get(further, -1):
            left[further] = rest
            (waiting.appendleft if stays else waiting.append)(further)

    def _own(self, node: Node) -> str | None:
        """The file of a name whose definition has changed."""
        if node not in self._hit:
            self._hit[node] = self._modules.path(node.place) if self._differs(node) else ""
        return self._hit[node] or None

    def _differs(self, node: Node) -> bool:
        now = self._modules.now(node.place)
        if not self._counts(node, now):
            return False
        if now is not None and self._sql.named_in(now, node.name):
            return True
        if not self._modules.has_changed(node.place):
            return False
        before = self._modules.before(node.place)
        words = before.words(node.name) if before is not None else ""
        return (now.words(node.name) if now is not None else "") != words

    def _counts(self, node: Node, now: Definitions | None) -> bool:
        """Whether what a name stands for can decide what is sent."""
        module = now or self._modules.before(node.place)
        if module is None or node.name in module.imports:
            return True
        if node.computes and module.is_function(node.name):
            return False  # a value is not known before it is computed, whatever computes it
        if MODELS.isdisjoint(node.place.split("/")):
            return True
        return _COLUMN.fullmatch(node.name) is not None or any(map(_OF_COLUMN.fullmatch, module.bases(node.name)))

    def _further(self, node: Node) -> Iterator[Node]:
        module = self._modules.now(node.place)
        if module is None or not self._counts(node, module):
            return
        if node.name in module.imports or node.name not in module.bound:
            yield from self._nodes_of(module.targets(Use(node.name, node.attributes)))
        for use in dict.fromkeys(module.uses(node.name)):
            if use.root in module.bound and use.root != node.name:
                yield Node(node.place, use.root)
        yield from self._used(module, node.name)


class _SqlFiles:
    """The changed files of SQL, looked for where a text spells out their name."""

    def __init__(self, past: Past, migrations: Sequence[str]) -> None:
        self._paths = [path for path in sorted(past) if path.lower().endswith(SQL) and path not in migrations]
        homes = {_home(migration) for migration in migrations} if self._paths else set()
        self._owners = {path: [home for home in homes if home and path.startswith(f"{home}/")] for path in self._paths}

    def opened(self, migration: str, text: str) -> str | None:
        """The changed file that a migration names. Many apps may have one of that name: an app reads its own."""
        return next((path for path in self._paths if self._opens(migration, text, path)), None)

    def _opens(self, migration: str, text: str, path: str) -> bool:
        name = split(path)[1]
        stem = name.rpartition(".")[0]
        if path.rpartition(".")[0] == migration.rpartition(".")[0] and "__file__" in text:
            return True
        if name not in text and not re.search(rf"""['"/]{re.escape(stem)}['"]""", text):
            return False
        owners = self._owners[path]
        return not owners or _home(migration) in owners or any(_from_app(path, home) in text for home in owners)

    def named_in(self, module: Definitions, name: str) -> bool:
        """Whether the definition of a name spells out the name of a changed file."""
        names = [split(path)[1] for path in self._paths]
        if not any(file in module.text for file in names):
            return False
        words = module.words(name)
        return any(file in words for file in names)


def _home(migration: str) -> str:
    """The folder of the app."""
    return split(split(migration)[0])[0]


def _from_app(path: str, home: str) -> str:
    """A path from the app's folder on: `shop/sql/view.sql`."""
    return join(split(home)[1], path.removeprefix(f"{home}/"))


def _search_folders(tree: Tree, folder: MigrationFolder) -> Iterator[str]:
    """What Python would have on its path: the folder of the project, those around it, `src`, and those around the
    packages that the migrations are in."""
    place = folder.path
    while place:
        yield place
        place = split(place)[0]
    yield ""
    yield from ("src", join(folder.path, "src"), "lib")
    yield from (found for file in folder.files[:1] for found in file.option("folders").split("\n"))
    for package in dict.fromkeys(split(file.path)[0] for file in folder.files):
        place = package
        while place and "__init__.py" in tree.entries(place).files:
            place = split(place)[0]
        yield place
