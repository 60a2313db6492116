"""Front ends whose migrations are programs: which there are, and what is asked of them.

None of them is imported before a quick look at names says that it may have something to read: a project of SQL files
starts without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

from migsafe.sources.tree import Tree

if TYPE_CHECKING:
    from migsafe.sources.discovery import MigrationFolder
    from migsafe.sources.sql.reader import Job, ReadFile

FRAMEWORKS: Final = ("alembic", "django")
"""Conventions with a room of their own, `sources/NAME/`, with `listing.folders`, and `reader.read` for a file."""
PROJECTS: Final = ("django",)
"""Those whose files mean nothing one by one: `project.read_project` reads all of a folder at once."""


def folders(tree: Tree, dialect: str) -> Iterator[MigrationFolder]:
    """The folders of migrations that the front ends find in the project."""
    if not _has_programs(tree):
        return
    for name in FRAMEWORKS:
        yield from import_module(f"migsafe.sources.{name}.listing").folders(tree, dialect)


def read(job: Job) -> ReadFile:
    """Read a file of one of these conventions. Raises SetupError when it cannot be read."""
    found: ReadFile = import_module(f"migsafe.sources.{job.convention}.reader").read(job)
    return found


def read_ahead(jobs: Sequence[Job]) -> None:
    """Say which files will be read next, in this process. Raises SetupError when one cannot be read."""
    programs = [job for job in jobs if job.convention == "alembic"]
    if programs:
        import_module("migsafe.sources.alembic.reader").read_ahead(programs)


def is_project(convention: str) -> bool:
    return convention in PROJECTS


def is_framework(convention: str) -> bool:
    return convention in FRAMEWORKS


def source_of(convention: str) -> str:
    """What reports call the front end of a convention."""
    return convention if convention in FRAMEWORKS else "sql"


def _has_programs(tree: Tree) -> bool:
    return any(name.endswith(".py") for folder in tree.folders() for name in tree.entries(folder).files)
