"""Which migration folders a run is about: found in the project, or around the paths that were named.

Without paths only folders count that a convention recognises, or that are called as migration folders are; a folder
of other .sql files (queries, seeds, test data) is left alone. What is named is always taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from migsafe.errors import SetupError
from migsafe.model.record import KeywordRecord
from migsafe.sources.sql.convention import POSSIBLE, RECOGNISED, Convention, Listing, Note, SqlFile
from migsafe.sources.sql.dialects import DIALECT_NAMES, dialect_of_path
from migsafe.sources.sql.folder import Folder
from migsafe.sources.sql.registry import best, convention
from migsafe.sources.tree import Tree, is_below, join, posix, split

_FOLDER_NAMES: Final = frozenset(
    {"migrations", "migration", "migrate", "migrates", "db_migrations", "sql_migrations", "schema_migrations"}
    | {"dbmigrations", "sqlmigrations", "changelog", "changelogs", "migration_scripts", "alters"}
)
_NO_MIGRATIONS: Final = frozenset(
    {"seeds", "seed", "seeders", "queries", "query", "fixtures", "testdata", "data", "dumps", "backup", "sqlc"}
)
_FOR_TESTS: Final = frozenset(
    {"test", "tests", "testdata", "test_data", "fixtures", "example", "examples", "__tests__", "spec", "e2e"}
)
_OF_TESTS: Final = "migrations of a test or an example: name the folder to check it"
_BESIDE_PROGRAMS: Final = "SQL beside migrations that are programs: name the file to check it"
_CLIMB: Final = 3  # how far above a named file its migration folder may be (Flyway's folders inside folders)


class Described(KeywordRecord):
    """What the configuration says of a folder: it overrides what is recognised."""

    path: str
    convention: str | None = None
    dialect: str | None = None
    transaction: str | None = None
    start_after: str | None = None


class MigrationFolder(KeywordRecord):
    """A folder of migrations: its tool's convention and its files in the order in which they are applied.

    Paths are relative to the project's root. `notes` are about files that were left out and about the numbering.
    """

    path: str
    convention: str
    dialect: str
    files: tuple[SqlFile, ...]
    notes: tuple[Note, ...] = ()
    transaction: str | None = None  # "file" or "none" when the configuration says so
    start_after: str | None = None  # the migration up to which the configuration wants context only


class Discovery(KeywordRecord):
    """`focus` holds the migration files that were named, None when nothing was; `unclaimed` are named files that are
    no SQL: other front ends may know them."""

    folders: tuple[MigrationFolder, ...] = ()
    focus: tuple[str, ...] | None = None
    unclaimed: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def discover(
    root: Path,
    paths: Sequence[str] = (),
    *,
    base: Path | None = None,
    dialect: str = "postgresql",
    exclude: Sequence[str] = (),
    described: Sequence[Described] = (),
) -> Discovery:
    """The migration folders of the project at `root`, or those of `paths` (relative to `base`).

    Raises SetupError for a path that does not exist and for an unknown convention.
    """
    search = _Search(Tree(root, tuple(exclude)), dialect, tuple(described))
    if not paths:
        search.project()
    for path in paths:
        search.named(Path(os.path.abspath((base or root) / path)), path)  # noqa: PTH100  # links are kept as they are written
    return search.result(focused=bool(paths))


class _Search:
    """What is found so far, by the folder's shown path."""

    def __init__(self, tree: Tree, dialect: str, described: tuple[Described, ...]) -> None:
        self.tree = tree
        self.wanted = dialect
        self.described = described
        self.found: dict[str, MigrationFolder] = {}
        self.listed: dict[str, MigrationFolder] = {}  # also those without a file for this database
        self.known: dict[tuple[Path, str], tuple[Convention, int]] = {}
        self.listings: dict[tuple[Path, str], Listing] = {}
        self.paths: dict[tuple[Path, str], frozenset[str]] = {}
        self.covered: set[str] = set()
        self.frameworks: dict[Path, tuple[MigrationFolder, ...]] = {}
        self.focus: dict[str, None] = {}
        self.unclaimed: list[str] = []
        self.notes: list[Note] = []

    def result(self, *, focused: bool) -> Discovery:
        return Discovery(
            folders=tuple(self.found[path] for path in sorted(self.found)),
            focus=tuple(self.focus) if focused else None,
            unclaimed=tuple(self.unclaimed),
            notes=(*self.notes, *(Note(path or ".", "this folder cannot be read") for path in self.tree.unreadable)),
        )

    def project(self) -> None:
        for entry in self.described:
            if Folder(self.tree, entry.path).files or Folder(self.tree, entry.path).folders:
                self._take(self.tree, entry.path)
        for path in self.tree.folders():
            self._leaving(path)
            if not self._claimed(self.tree, path):
                self._recognise(self.tree, path)
        for folder in self._frameworks(self.tree):
            if any(part in _FOR_TESTS for part in folder.path.split("/")):
                self.notes.append(Note(folder.path, _OF_TESTS))
            else:
                self._take_framework(folder)

    def _frameworks(self, tree: Tree) -> tuple[MigrationFolder, ...]:
        """The folders of migrations that are programs."""
        if tree.root not in self.frameworks:
            from migsafe.sources.frameworks import folders

            self.frameworks[tree.root] = tuple(folders(tree, self.wanted))
        return self.frameworks[tree.root]

    def _take_framework(self, folder: MigrationFolder) -> None:
        described = self._described(folder.path)
        start = described.start_after if described else None
        known = self.found.get(folder.path)
        taken = known is not None and known.convention != folder.convention
        key = f"{folder.path} ({folder.convention})" if taken else folder.path  # SQL and programs in one folder
        self.found[key] = folder.replace(start_after=start) if start else folder

    def _may_hold_programs(self, tree: Tree, path: Path, inside: str) -> bool:
        """A look at names first: the whole project is searched only when something that was named can be a program."""
        if path.is_file():
            return path.suffix == ".py"
        return any(name.endswith(".py") for folder in tree.folders(inside) for name in tree.entries(folder).files)

    def _named_in_framework(self, tree: Tree, path: str) -> bool:
        """Take the folders of programs that hold a named place; whether there are any."""
        shown = tree.show(path)
        hits = [
            (f, [x.path for x in f.files if not shown or x.path == shown or x.path.startswith(f"{shown}/")])
            for f in self._frameworks(tree)
        ]
        for folder, files in hits:
            if files:
                self._take_framework(folder)
                self.focus.update(dict.fromkeys(files))
        return any(files for _, files in hits)

    def named(self, path: Path, as_written: str) -> None:
        tree, inside = self._place(path)
        in_framework = self._may_hold_programs(tree, path, inside) and self._named_in_framework(tree, inside)
        if in_framework and path.is_file():
            return
        if path.is_dir():
            self._named_folder(tree, inside, is_programs=in_framework)
        elif path.is_file():
            self._named_file(tree, inside)
        else:
            raise SetupError(f"there is no file or folder '{as_written}'", "check the spelling of the path")

    def _place(self, path: Path) -> tuple[Tree, str]:
        """The tree that holds a path. One outside of the project has a tree of its own, with `..` in its paths."""
        root = os.path.abspath(self.tree.root)  # noqa: PTH100  # links are kept as they are written
        if is_below(str(path), root):
            return self.tree, posix(os.path.relpath(path, root))
        above = path.parents[min(_CLIMB, len(path.parents)) - 1] if path.parents else path
        return Tree(above, seen_from=Path(root)), posix(os.path.relpath(path, above))

    def _recognise(self, tree: Tree, path: str) -> bool:
        """Take a folder that looks like one of migrations."""
        folder = Folder(tree, path)
        if not folder.sql and not folder.folders:
            return False
        _, score = best(folder)
        if not _looks_like_migrations(folder, score, path):
            return False
        if any(part in _FOR_TESTS for part in path.split("/")):
            self.notes.append(Note(tree.show(path), _OF_TESTS))
            return False
        if score < RECOGNISED and self._beside_programs(tree, path):
            self.notes.append(Note(tree.show(path), _BESIDE_PROGRAMS))
            return False
        self._take(tree, path)
        return True

    def _beside_programs(self, tree: Tree, path: str) -> bool:
        """Whether a folder, or one around it, holds the migrations of a framework: what they send is in them. Files
        beside them are what they read, or what somebody printed of them."""
        shown = tree.show(path)
        homes = {split(file.path)[0] for folder in self._frameworks(tree) for file in folder.files}
        return any(shown == home or shown.startswith(f"{home}/") for home in homes if home)

    def _claimed(self, tree: Tree, path: str) -> bool:
        """Whether a folder further up knows its files, as migrations or as something else."""
        return any(tree.show(join(path, name)) in self.covered for name in Folder(tree, path).sql)

    def _named_folder(self, tree: Tree, path: str, *, is_programs: bool = False) -> None:
        """Take the SQL of a named folder and of those in it. Where the migrations are programs, other folders of SQL
        that nothing calls migrations are sources of functions, reports and the like."""
        above = self._holder(tree, path, lambda files: any(file.startswith(f"{path}/") for file in files))
        if above is not None:
            self._focus(self._take(tree, above), tree.show(path))
            return
        before = set(self.found)
        for inner in tree.folders(path):
            if self._claimed(tree, inner):
                continue
            folder = Folder(tree, inner)
            score = best(folder)[1]
            other = is_programs and inner != path and not _looks_like_migrations(folder, score, inner)
            if folder.sql and score < RECOGNISED and (other or self._beside_programs(tree, inner)):
                self.notes.append(Note(tree.show(inner), _BESIDE_PROGRAMS))
            elif folder.sql or score >= RECOGNISED:
                self._take(tree, inner)
        for shown in [shown for shown in self.found if shown not in before or is_below(shown, tree.show(path))]:
            self._focus(self.found[shown], tree.show(path))

    def _named_file(self, tree: Tree, path: str) -> None:
        holder = self._holder(tree, path, lambda files: path in files)
        if holder is not None:
            self._take(tree, holder)
            self.focus[tree.show(path)] = None
        elif path.lower().endswith(".sql"):
            self._alone(tree, path)
            self.focus[tree.show(path)] = None
        else:
            self.unclaimed.append(tree.show(path))

    def _holder(self, tree: Tree, path: str, fits: Callable[[frozenset[str]], bool]) -> str | None:
        """The migration folder around a path that lists it; the one that is surest, the nearest of equals."""
        candidates: list[tuple[int, str]] = []
        at = split(path)[0]
        for _ in range(_CLIMB):
            _, score = self._convention(tree, at)
            recognised = score >= RECOGNISED or (score >= POSSIBLE and _is_called_so(at))
            if recognised and fits(self._paths(tree, at)):
                candidates.append((score, at))
            if not at:
                break
            at = split(at)[0]
        return max(candidates, key=lambda pair: pair[0])[1] if candidates else None

    def _alone(self, tree: Tree, path: str) -> None:
        """A named file that no folder of migrations lists: its neighbours say nothing about it."""
        folder, name = split(path)
        file = SqlFile(path=tree.show(path), id=name.removesuffix(".sql"), version="")
        shown = tree.show(folder)
        known = self.found.get(shown)
        files = (*(known.files if known else ()), file)
        kind = known.convention if known else "plain"
        self.found[shown] = MigrationFolder(path=shown, convention=kind, dialect=self.wanted, files=files)

    def _take(self, tree: Tree, path: str) -> MigrationFolder:
        """List a folder, without the files that are written for another database."""
        shown = tree.show(path)
        if shown in self.listed:
            return self.listed[shown]
        folder = Folder(tree, path)
        kind, _ = self._convention(tree, path)
        described = self._described(shown)
        listing = self._listing(tree, path)
        own = DIALECT_NAMES.get((described.dialect if described else None) or kind.dialect(folder) or "")
        known = [file.path for file in listing.files] + [note.path for note in listing.notes]
        self.covered.update(tree.show(known_path) for known_path in known)
        kept, left = self._by_dialect(listing.files, own)
        if left and not kept:
            left = [Note(path, f"all {len(left)} files are {left[0].message}")]
        result = MigrationFolder(
            path=shown,
            convention=kind.name,
            dialect=self.wanted,
            files=tuple(file.replace(path=tree.show(file.path)) for file in kept),
            notes=tuple(Note(tree.show(note.path), note.message) for note in (*listing.notes, *left)),
            transaction=described.transaction if described else None,
            start_after=described.start_after if described else None,
        )
        self.listed[shown] = result
        if result.files:
            self.found[shown] = result
        else:
            self.notes.extend(result.notes)
        return result

    def _by_dialect(self, files: Iterable[SqlFile], own: str | None) -> tuple[list[SqlFile], list[Note]]:
        kept: list[SqlFile] = []
        left: list[Note] = []
        for file in files:
            dialect = dialect_of_path(file.path) or own
            if dialect in (None, self.wanted):
                kept.append(file)
            else:
                left.append(Note(file.path, f"written for {dialect}, not analysed"))
        return kept, left

    def _listing(self, tree: Tree, path: str) -> Listing:
        """What the folder's convention lists, asked once however many of its files are named."""
        key = (tree.root, path)
        if key not in self.listings:
            self.listings[key] = self._convention(tree, path)[0].listing(Folder(tree, path))
        return self.listings[key]

    def _paths(self, tree: Tree, path: str) -> frozenset[str]:
        key = (tree.root, path)
        if key not in self.paths:
            self.paths[key] = frozenset(file.path for file in self._listing(tree, path).files)
        return self.paths[key]

    def _convention(self, tree: Tree, path: str) -> tuple[Convention, int]:
        key = (tree.root, path)
        if key not in self.known:
            self.known[key] = self._recognised(tree, path)
        return self.known[key]

    def _recognised(self, tree: Tree, path: str) -> tuple[Convention, int]:
        described = self._described(tree.show(path))
        if described is not None and described.convention is not None:
            return convention(described.convention), RECOGNISED
        return best(Folder(tree, path))

    def _described(self, shown: str) -> Described | None:
        return next((entry for entry in self.described if entry.path.strip("/") == shown), None)

    def _focus(self, folder: MigrationFolder, below: str) -> None:
        for file in folder.files:
            if is_below(file.path.replace("/", os.sep), below.replace("/", os.sep)) or not below:
                self.focus[file.path] = None

    def _leaving(self, path: str) -> None:
        for name in self.tree.entries(path).leaving:
            if name.lower().endswith(".sql") or name in _FOLDER_NAMES:
                self.notes.append(
                    Note(join(path, name), "a symbolic link that leads out of the project, or nowhere, is not followed")
                )


def _looks_like_migrations(folder: Folder, score: int, path: str) -> bool:
    mostly_sql = len(folder.sql) * 2 >= len(folder.files)
    return score >= RECOGNISED or (score >= POSSIBLE and mostly_sql and _is_called_so(path))


def _is_called_so(path: str) -> bool:
    """Whether the folder, or the one around it, has a name that people give to migrations."""
    folder, name = split(path)
    if name.lower() in _NO_MIGRATIONS:
        return False
    return name.lower() in _FOLDER_NAMES or split(folder)[1].lower() in _FOLDER_NAMES


def shown_notes(discovery: Discovery) -> Iterator[Note]:
    """All notes of a discovery, in the order of the folders."""
    yield from discovery.notes
    for folder in discovery.folders:
        yield from folder.notes
