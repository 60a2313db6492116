"""The Alembic environments of a project: their configuration, their `env.py`, their revisions in order.

A folder of revisions without any configuration counts as well: Flask-Migrate and programs that configure Alembic
themselves have none that could be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from migsafe.model.record import KeywordRecord, Record
from migsafe.sources.alembic.header import Header, may_be_revision, read_header
from migsafe.sources.alembic.settings import Section, sections
from migsafe.sources.sql.convention import Note
from migsafe.sources.tree import EXCLUDED, Tree, join, split

_LIMIT: Final = 4_000_000  # bytes of a revision that are read
_CANDIDATES: Final = frozenset({"versions", "alembic", "migrations", "migration", "revisions", "db_migrations"})
_SAMPLE: Final = 8  # files that are looked at before a folder counts as one without revisions


class Found(Record):
    """A revision's file and its header."""

    path: str
    header: Header


class Environment(KeywordRecord):
    """A set of revisions that `alembic upgrade` applies together.

    `folder` is where `env.py` is, or the folder of revisions when there is none. `sections` are the names of the
    configuration's sections that lead here.
    """

    folder: str
    locations: tuple[str, ...]
    revisions: tuple[Found, ...]
    unreadable: tuple[str, ...] = ()  # Python files in the folders that state no revision
    env: str | None = None  # the path of env.py
    configuration: str | None = None
    sections: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def environments(tree: Tree, folders: Iterable[str] | None = None) -> Iterator[Environment]:
    """The environments of the project, each folder of revisions in one of them. `folders`: where to look, all when
    None."""
    looked_at = list(tree.folders() if folders is None else folders)
    taken: set[str] = set()
    configured = [section for path in _configurations(tree, looked_at) for section in sections(tree, path)]
    for environment in (*_configured(tree, configured), *_by_env(tree, looked_at), *_by_content(tree, looked_at)):
        locations = {split(found.path)[0] for found in environment.revisions}
        if environment.revisions and not locations & taken:
            taken |= locations
            yield environment


def _configurations(tree: Tree, folders: Iterable[str]) -> Iterator[str]:
    for folder in folders:
        for name in tree.entries(folder).files:
            if name == "pyproject.toml" or (
                name.endswith(".ini") and "script_location" in tree.text(join(folder, name))
            ):
                yield join(folder, name)


def _configured(tree: Tree, found: Sequence[Section]) -> Iterator[Environment]:
    """One environment for each script location and set of version locations, however many sections name it."""
    groups: dict[tuple[str, tuple[str, ...]], list[Section]] = {}
    for section in found:
        if section.script is not None:
            groups.setdefault((section.script, section.locations), []).append(section)
    for (script, locations), group in groups.items():
        first = group[0]
        made = _environment(tree, script, locations, recursive=first.recursive)
        yield made.replace(configuration=first.file, sections=tuple(section.name for section in group))


def _by_env(tree: Tree, folders: Sequence[str]) -> Iterator[Environment]:
    for folder in folders:
        if tree.has_file(join(folder, "env.py")) and "alembic" in tree.text(join(folder, "env.py")):
            yield _environment(tree, folder, (), recursive=False)


def _by_content(tree: Tree, folders: Sequence[str]) -> Iterator[Environment]:
    for folder in folders:
        if _looks_like_revisions(tree, folder):
            yield _environment(tree, folder, (folder,), recursive=False)


def _looks_like_revisions(tree: Tree, folder: str) -> bool:
    parts = {part.lower() for part in folder.split("/")}
    if not parts & _CANDIDATES:
        return False
    names = [name for name in tree.entries(folder).files if _is_revision_name(name)][:_SAMPLE]
    return any(_header(tree, join(folder, name)) is not None for name in names)


def _environment(tree: Tree, script: str, locations: tuple[str, ...], *, recursive: bool) -> Environment:
    env = join(script, "env.py")
    places = locations or _usual_locations(tree, script)
    revisions, others = _revisions(tree, places, recursive=recursive)
    if not recursive and any(tree.entries(place).folders for place in places):
        wider, more = _revisions(tree, places, recursive=True)
        if _belong_together(revisions, wider):
            revisions, others = wider, more
    return Environment(
        folder=script,
        locations=places,
        revisions=tuple(revisions),
        unreadable=tuple(others),
        env=env if tree.has_file(env) else None,
    )


def _usual_locations(tree: Tree, script: str) -> tuple[str, ...]:
    versions = join(script, "versions")
    if tree.entries(versions).files or tree.entries(versions).folders:
        return (versions,)
    return (script,)


def _belong_together(direct: Sequence[Found], wider: Sequence[Found]) -> bool:
    """Whether the revisions in folders below are of the same graph: `env.py` or a program names their folders."""
    if len(wider) == len(direct):
        return False
    own = {found.header.revision for found in direct}
    below = [found for found in wider if found.header.revision not in own]
    after = {parent for found in below for parent in found.header.down_revisions}
    before = {parent for found in direct for parent in found.header.down_revisions}
    return not direct or bool(after & own) or bool(before & {found.header.revision for found in below})


def _revisions(tree: Tree, places: Iterable[str], *, recursive: bool) -> tuple[list[Found], list[str]]:
    found: dict[str, Found] = {}
    others: dict[str, None] = {}
    for place in places:
        for path in _python_files(tree, place, recursive=recursive):
            header = _header(tree, path)
            if header is not None:
                found[path] = Found(path, header)
            elif split(path)[1] != "env.py":
                others[path] = None
    return list(found.values()), list(others)


def _python_files(tree: Tree, folder: str, *, recursive: bool) -> Iterator[str]:
    entries = tree.entries(folder)
    yield from (join(folder, name) for name in entries.files if _is_revision_name(name))
    for name in entries.folders if recursive else ():
        if name not in EXCLUDED:
            yield from _python_files(tree, join(folder, name), recursive=True)


def _is_revision_name(name: str) -> bool:
    """`_only_source_rev_file` in alembic/script/base.py."""
    return name.endswith(".py") and not name.startswith((".#", "__init__"))


def _header(tree: Tree, path: str) -> Header | None:
    text = tree.text(path)  # the beginning, which holds the header in all but odd files
    found = read_header(text)
    if found is None and len(text) >= 65_536 and may_be_revision(tree.text(path, _LIMIT)):
        return read_header(tree.text(path, _LIMIT))
    return found
