"""Alembic's environments as folders of migrations, each with its files in the order in which Alembic runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from migsafe.model.migration import GraphFlaw, GraphProblem
from migsafe.sources.alembic.graph import Node, ordered
from migsafe.sources.alembic.project import Environment, Found, environments
from migsafe.sources.discovery import MigrationFolder
from migsafe.sources.sql.convention import Note, SqlFile
from migsafe.sources.tree import Tree, split

CONVENTION: Final = "alembic"


def folders(tree: Tree, dialect: str) -> Iterator[MigrationFolder]:
    """The environments of the project as folders."""
    for environment in environments(tree):
        yield _folder(tree, environment, dialect)


def _folder(tree: Tree, environment: Environment, dialect: str) -> MigrationFolder:
    graph = ordered([Node(found.path, found.header) for found in environment.revisions])
    shared = _shared_options(tree, environment)
    heads = frozenset(graph.heads)
    files = [
        SqlFile(
            path=tree.show(node.path),
            id=node.header.revision,
            version="",
            options=(*shared, *_own_options(Found(node.path, node.header), graph.flaws, heads)),
        )
        for node in graph.nodes
    ]
    return MigrationFolder(
        path=tree.show(environment.folder),
        convention=CONVENTION,
        dialect=dialect,
        files=tuple(files),
        notes=tuple(_notes(tree, environment)),
    )


def _notes(tree: Tree, environment: Environment) -> Iterator[Note]:
    yield from environment.notes
    for path in environment.unreadable:
        yield Note(tree.show(path), "no revision: it states no revision id")


def _shared_options(tree: Tree, environment: Environment) -> tuple[tuple[str, str], ...]:
    from migsafe.sources.alembic.environment import read_environment

    folders = search_folders(environment.folder)
    facts = read_environment(tree, environment.env, folders)
    return (
        ("folders", "\n".join(folders)),
        ("scope", facts.scope),
        *((("config", tree.show(environment.configuration)),) if environment.configuration else ()),
        *((("section", environment.sections[0]),) if environment.sections else ()),
        *(
            (("naming_convention", json.dumps(facts.naming_convention, sort_keys=True)),)
            if facts.naming_convention
            else ()
        ),
        *((("lock_timeout", facts.lock_timeout),) if facts.lock_timeout else ()),
    )


def search_folders(script: str) -> list[str]:
    """Where a revision's absolute imports are looked for: above the scripts, at the root, and in `src` and `lib`."""
    parts = [part for part in script.split("/") if part]
    above = ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]
    return [*above, "src", "lib"]


def _own_options(
    found: Found, flaws: Mapping[str, Sequence[GraphProblem]], heads: frozenset[str]
) -> Iterator[tuple[str, str]]:
    header = found.header
    if header.down_revisions or header.depends_on:
        yield "parents", " ".join((*header.down_revisions, *header.depends_on))
    if header.down_revisions:
        yield "down", " ".join(header.down_revisions)
    if header.revision in heads:
        yield "head", "yes"
    if header.branch_labels:
        yield "labels", " ".join(header.branch_labels)
    problems = flaws.get(found.path, ())
    if problems:
        yield "graph", json.dumps([(GraphFlaw(p.flaw).value, p.message, p.span.start, p.span.end) for p in problems])


def may_have_revisions(tree: Tree) -> bool:
    """A quick look before anything is imported: whether a folder could hold an environment."""
    return any(_is_hint(tree, folder) for folder in tree.folders())


def _is_hint(tree: Tree, folder: str) -> bool:
    files = tree.entries(folder).files
    return "env.py" in files or any(name.endswith(".ini") for name in files) or split(folder)[1] == "versions"
