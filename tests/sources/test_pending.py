"""Which files a version table says are applied, for each tool in its own way."""

from __future__ import annotations

import pytest

from migsafe.model.names import Name
from migsafe.model.statistics import AppliedVersions
from migsafe.sources.pending import applied_files
from migsafe.sources.sql.convention import SqlFile


def file(name: str, version: str) -> SqlFile:
    return SqlFile(path=f"{name}.sql", id=name, version=version)


def table(tool: str, *versions: str) -> AppliedVersions:
    return AppliedVersions(tool=tool, table=Name("public", "versions"), versions=versions)


THREE = (file("001_a", "001"), file("002_b", "002"), file("010_c", "010"))
DOTTED = (file("1.0", "1.0"), file("1.1", "1.1"), file("R__views", ""))


@pytest.mark.parametrize(
    ("tool", "files", "versions", "applied"),
    [
        ("goose", THREE, ("1", "10"), {"001_a.sql", "010_c.sql"}),
        ("goose", THREE, (), set()),
        ("sqlx", THREE, ("1",), {"001_a.sql"}),
        ("flyway", DOTTED, ("1", "R__views"), {"1.0.sql", "R__views.sql"}),
        ("prisma", THREE, ("002_b",), {"002_b.sql"}),
        ("golang-migrate", THREE, ("2",), {"001_a.sql", "002_b.sql"}),
        ("tern", THREE, ("10",), {"001_a.sql", "002_b.sql", "010_c.sql"}),
    ],
)
def test_what_is_applied(tool: str, files: tuple[SqlFile, ...], versions: tuple[str, ...], applied: set[str]) -> None:
    found = applied_files(tool, files, [table(tool, *versions)])
    assert found is not None
    assert found.paths == applied


@pytest.mark.parametrize(
    ("tool", "versions"),
    [("goose", ("77",)), ("golang-migrate", ()), ("golang-migrate", ("77",)), ("plain", ("1",)), ("liquibase", ("a",))],
    ids=["another-project", "empty-or-dirty", "not-in-the-folder", "no-tool", "changesets"],
)
def test_what_does_not_tell(tool: str, versions: tuple[str, ...]) -> None:
    assert applied_files(tool, THREE, [table(tool, *versions)]) is None


def revision(name: str, *parents: str) -> SqlFile:
    options = (("parents", " ".join(parents)),) if parents else ()
    return SqlFile(path=f"{name}.py", id=name, version="", options=options)


TREE = (revision("a1"), revision("b2", "a1"), revision("c3", "a1"), revision("d4", "b2", "c3"), revision("e5", "d4"))


@pytest.mark.parametrize(
    ("heads", "applied"),
    [
        ((), set()),
        (("a1",), {"a1.py"}),
        (("b2",), {"a1.py", "b2.py"}),
        (("b2", "c3"), {"a1.py", "b2.py", "c3.py"}),
        (("d4",), {"a1.py", "b2.py", "c3.py", "d4.py"}),
    ],
)
def test_alembic_keeps_heads_and_what_they_descend_from_is_applied(heads: tuple[str, ...], applied: set[str]) -> None:
    found = applied_files("alembic", TREE, [table("alembic", *heads)])
    assert found is not None
    assert found.paths == applied


def test_a_head_that_the_folder_has_not_is_told() -> None:
    found = applied_files("alembic", TREE, [table("alembic", "b2", "ff")])
    assert found is not None
    assert found.strange == ("ff",)


def test_a_shortened_parent_is_followed() -> None:
    files = (revision("a1b2c3"), revision("d4", "a1b"))
    found = applied_files("alembic", files, [table("alembic", "d4")])
    assert found is not None
    assert found.paths == {"a1b2c3.py", "d4.py"}


@pytest.mark.parametrize(
    ("files", "heads"),
    [(TREE, ("ff",)), ((revision("d4", "gone"), revision("a1")), ("d4",))],
    ids=["another-project", "an-ancestor-is-missing"],
)
def test_what_does_not_tell_with_alembic(files: tuple[SqlFile, ...], heads: tuple[str, ...]) -> None:
    assert applied_files("alembic", files, [table("alembic", *heads)]) is None


def test_the_table_of_another_tool_does_not_count() -> None:
    assert applied_files("goose", THREE, [table("sqlx", "1")]) is None


def test_of_several_databases_what_all_have_counts() -> None:
    found = applied_files("goose", THREE, [table("goose", "1", "2"), table("goose", "1")])
    assert found is not None
    assert found.paths == {"001_a.sql"}


def test_what_only_the_database_has_is_told() -> None:
    found = applied_files("goose", THREE, [table("goose", "1", "3")])
    assert found is not None
    assert found.strange == ("3",)
