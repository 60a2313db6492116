"""Which migrations are judged: those that are named, or that changed since a revision, and those that use what did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from migsafe.model.record import Record
from migsafe.sources.discovery import Discovery, MigrationFolder, discover
from migsafe.sources.frameworks import is_framework
from migsafe.sources.sql.convention import SqlFile
from migsafe.sources.tree import Tree, split
from migsafe.text.masking import printable

if TYPE_CHECKING:
    from migsafe.sources.git import Changes
    from migsafe.sources.helpers import Used

MOST: Final = 20
"""Migrations that one changed file brings into the focus; where more use it, that is said instead."""
_SHOWN: Final = 3
_PROGRAMS: Final = (".py", ".sql", ".psql", ".pgsql", ".ddl")


class Focus(Record):
    """`paths` are those of the migrations to be judged, None for all. `earlier` are those of them that were there
    before the work began: they are no part of its deploy. `notes` say why something is judged."""

    paths: frozenset[str] | None
    earlier: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def of(self, files: Iterable[SqlFile]) -> frozenset[str]:
        """The paths of those files that are to be judged."""
        return frozenset(file.path for file in files if self.paths is None or file.path in self.paths)


def since(discovery: Discovery, root: Path, revision: str) -> Focus:
    """The migrations that differ from a revision, and those that use what differs. Raises SetupError as git does."""
    from migsafe.sources.git import Change, changes_since  # with its processes only when it is needed

    changes = changes_since(root, revision)
    changed = frozenset(file.path for file in changes.files)
    older = frozenset(file.path for file in changes.files if file.change is Change.MODIFIED)
    found = _using(discovery, root, _past(changes), changed)
    told = frozenset(path for used in found if len(used.by) <= MOST for path in used.by)
    named = discovery.focus
    paths = changed | told
    return Focus(paths if named is None else paths & frozenset(named), older | told, tuple(_notes(found, discovery)))


def _past(changes: Changes) -> Mapping[str, Callable[[], str | None]]:
    """How the files were that decide what a migration sends; a renamed one has left its old place."""
    from migsafe.sources.git import Change

    new = (Change.ADDED, Change.UNTRACKED)
    found: dict[str, Callable[[], str | None]] = {}
    for file in changes.files:
        was = file.change not in (*new, Change.RENAMED)
        found[file.path] = _loader(changes, file.path) if was else _nothing
        if file.previous is not None:
            found[file.previous] = _loader(changes, file.previous)
    return {path: load for path, load in found.items() if path.endswith(_PROGRAMS)}


def _loader(changes: Changes, path: str) -> Callable[[], str | None]:
    return lambda: changes.before(path)


def _nothing() -> None:
    return None


def _using(
    discovery: Discovery, root: Path, past: Mapping[str, Callable[[], str | None]], known: frozenset[str]
) -> tuple[Used, ...]:
    """What migrations of frameworks use; a project of SQL files pays nothing for it."""
    if not past or not any(is_framework(folder.convention) for folder in discovery.folders):
        return ()
    from migsafe.sources.helpers import users

    return users(Tree(root), discovery.folders, past, known)


def with_helpers(discovery: Discovery, root: Path, exclude: tuple[str, ...]) -> tuple[Discovery, tuple[str, ...]]:
    """A named module that is no migration stands for the migrations that use it; with notes about that.

    Modules of models and settings stand for none: they change every day.
    """
    named = [path for path in discovery.unclaimed if _may_be_helper(path)]
    if not named or discovery.focus is None:
        return discovery, ()
    whole = discover(root, exclude=exclude)
    found = [used for used in _using(whole, root, dict.fromkeys(named, _nothing), frozenset()) if used.changed in named]
    by = {path for used in found for path in used.by if len(used.by) <= MOST}
    folders = {folder.path: folder for folder in discovery.folders}
    folders |= {f.path: f for f in whole.folders if any(file.path in by for file in f.files)}
    changed = discovery.replace(
        folders=tuple(folders[path] for path in sorted(folders)),
        focus=tuple(dict.fromkeys((*discovery.focus, *sorted(by)))),
        unclaimed=tuple(path for path in discovery.unclaimed if not any(path == used.changed for used in found)),
    )
    return changed, tuple(_notes(found, whole, "is named"))


def _may_be_helper(path: str) -> bool:
    from migsafe.sources.helpers import MODELS

    parts = path.removesuffix(".py").split("/")
    return path.endswith(".py") and ".." not in parts and MODELS.isdisjoint(parts) and split(path)[1] != "env.py"


def _notes(found: Iterable[Used], discovery: Discovery, what: str = "has changed") -> Iterator[str]:
    names = dict(_names(discovery.folders))
    for used in found:
        shown = ", ".join(names.get(path, path) for path in used.by[:_SHOWN])
        more = f" and {len(used.by) - _SHOWN} more" if len(used.by) > _SHOWN else ""
        if len(used.by) > MOST:
            words = (
                f"{len(used.by)} migrations use it ({shown}{more}): too many to judge again; name those that matter."
            )
        elif len(used.by) == 1:
            words = f"{shown}, which uses it, is judged too."
        else:
            words = f"{shown}{more}, which use it, are judged too."
        yield printable(f"{used.changed} {what}: {words}")


def _names(folders: Iterable[MigrationFolder]) -> Iterator[tuple[str, str]]:
    def name(file: SqlFile) -> str:
        return file.id if file.option("app") else file.path.rpartition("/")[2]

    yield from ((file.path, name(file)) for folder in folders for file in folder.files)
