"""The house's import direction: a room imports only the rooms above it, and third-party names stay in theirs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "migsafe"

# From the top of the pipeline to its end (docs/architecture.md). What stands in one row may import that row.
ROWS = (
    ("model", "errors", "version", "__init__"),
    ("text",),
    ("parsers",),
    ("schema",),
    ("config", "setting_values", "cache"),
    ("sources",),
    ("statistics",),
    ("effects",),
    ("ordering",),
    ("rules",),
    ("plans",),
    ("check", "suppressions", "assemble", "baseline"),
    ("verify",),
    ("outputs",),
    ("forges",),
    ("commands", "trust", "__main__"),
)
RANK = {room: number for number, row in enumerate(ROWS) for room in row}

# Where each third-party package may be named: a room, or one file.
THIRD_PARTY = {
    "pglast": ("parsers/postgresql/libpg.py",),
    "rich": ("outputs/text.py", "outputs/progress.py"),
    "click": ("commands",),
    "alembic": ("sources/alembic",),
    "django": ("sources/django",),
    "sqlalchemy": ("sources/alembic",),
    "psycopg": ("statistics", "sources/django", "verify"),
}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield node.module or "", node.lineno
            if node.module == "migsafe":
                yield from ((f"migsafe.{alias.name}", node.lineno) for alias in node.names)


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


def test_there_are_files_to_look_at() -> None:
    assert len(FILES) > 50
    assert {room(path) for path in FILES} <= set(RANK), "a room that docs/architecture.md does not know"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_upwards(path: Path) -> None:
    for name, line in imports(path):
        if name.startswith("migsafe."):
            imported = name.split(".")[1]
            assert RANK[imported] <= RANK[room(path)], f"line {line}: {room(path)} may not import {imported}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_third_party_names_stay_in_their_room(path: Path) -> None:
    inside = path.relative_to(PACKAGE).as_posix()
    for name, line in imports(path):
        package = name.split(".")[0]
        if package == "migsafe" or package in sys.stdlib_module_names:
            continue
        allowed = THIRD_PARTY.get(package, ())
        assert any(inside.startswith(place) for place in allowed), f"line {line}: {package} has no place in {inside}"


SIBLINGS = ("rules/ms", "sources/sql/conventions/")


@pytest.mark.parametrize("prefix", SIBLINGS)
def test_siblings_do_not_import_each_other(prefix: str) -> None:
    members = [p for p in FILES if p.relative_to(PACKAGE).as_posix().startswith(prefix) and p.stem != "__init__"]
    assert len(members) > 5
    modules = {"migsafe." + p.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".") for p in members}
    for path in members:
        assert not modules & {name for name, _ in imports(path)}, f"{path.name} imports a sibling"


# The rooms of sources/django, in the order of the work. Files beside them join the rooms.
ROOMS_OF_DJANGO = ("discovery", "editor", "objects", "steps", "reading", "state", "sqlmigrate", "migrations")
DJANGO = PACKAGE / "sources" / "django"
FILES_OF_DJANGO = [p for p in FILES if p.is_relative_to(DJANGO) and p.parent != DJANGO]


def test_every_room_of_django_is_known() -> None:
    assert {p.relative_to(DJANGO).parts[0] for p in FILES_OF_DJANGO} == set(ROOMS_OF_DJANGO)


@pytest.mark.parametrize("path", FILES_OF_DJANGO, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_inside_of_django_point_upwards(path: Path) -> None:
    own = ROOMS_OF_DJANGO.index(path.relative_to(DJANGO).parts[0])
    for name, line in imports(path):
        if name.startswith("migsafe.sources.django."):
            imported = ROOMS_OF_DJANGO.index(name.split(".")[3])
            assert imported <= own, f"line {line}: {ROOMS_OF_DJANGO[own]} may not import {ROOMS_OF_DJANGO[imported]}"
