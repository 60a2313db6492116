"""Which folders and files a run is about."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from migsafe.errors import SetupError
from migsafe.sources.discovery import Described, Discovery, discover

GOOSE = "-- +goose Up\nSELECT 1;\n"


def project(root: Path, *paths: str, text: str = "SELECT 1;\n") -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def folders(found: Discovery) -> list[tuple[str, str]]:
    return [(folder.path, folder.convention) for folder in found.folders]


def files(found: Discovery) -> list[str]:
    return [file.path for folder in found.folders for file in folder.files]


def notes(found: Discovery) -> list[str]:
    listed = [*found.notes, *(note for folder in found.folders for note in folder.notes)]
    return [f"{note.path}: {note.message}" for note in listed]


def test_only_migration_folders_are_found(tmp_path: Path) -> None:
    project(
        tmp_path, "db/migrations/1_a.sql", "queries/users.sql", "seeds/1_users.sql", "node_modules/x/migrations/1.sql"
    )

    assert folders(discover(tmp_path)) == [("db/migrations", "plain")]


def test_a_convention_is_recognised_whatever_the_folder_is_called(tmp_path: Path) -> None:
    project(tmp_path, "store/schema/1_a.sql", text=GOOSE)

    assert folders(discover(tmp_path)) == [("store/schema", "goose")]


def test_migrations_of_tests_are_left_out_and_said(tmp_path: Path) -> None:
    project(tmp_path, "testdata/migrations/1_a.sql")

    found = discover(tmp_path)

    assert not found.folders
    assert notes(found) == ["testdata/migrations: migrations of a test or an example: name the folder to check it"]
    assert files(discover(tmp_path, ["testdata"])) == ["testdata/migrations/1_a.sql"]


def test_what_is_named_is_always_taken(tmp_path: Path) -> None:
    project(tmp_path, "queries/b.sql", "queries/a.sql")

    found = discover(tmp_path, ["queries"])

    assert folders(found) == [("queries", "plain")]
    assert found.focus == ("queries/a.sql", "queries/b.sql")


def test_a_named_file_brings_its_folder_as_history(tmp_path: Path) -> None:
    project(tmp_path, "migrations/1_a.sql", "migrations/2_b.sql", "migrations/10_c.sql")

    found = discover(tmp_path, ["migrations/2_b.sql"])

    assert files(found) == ["migrations/1_a.sql", "migrations/2_b.sql", "migrations/10_c.sql"]
    assert found.focus == ("migrations/2_b.sql",)


def test_a_named_file_elsewhere_has_no_history(tmp_path: Path) -> None:
    project(tmp_path, "scratch/1.sql", "scratch/2.sql")

    assert files(discover(tmp_path, ["scratch/2.sql"])) == ["scratch/2.sql"]


@pytest.mark.parametrize("named", ["prisma/migrations/2_b", "prisma/migrations/2_b/migration.sql"])
def test_a_migration_that_is_a_folder_belongs_to_the_one_above(tmp_path: Path, named: str) -> None:
    project(tmp_path, "prisma/migrations/1_a/migration.sql", "prisma/migrations/2_b/migration.sql")

    found = discover(tmp_path, [named])

    assert folders(found) == [("prisma/migrations", "prisma")]
    assert found.focus == ("prisma/migrations/2_b/migration.sql",)


def test_a_file_that_is_no_sql_is_left_to_others(tmp_path: Path) -> None:
    project(tmp_path, "migrations/1_a.sql", "migrations/env.py")

    found = discover(tmp_path, ["migrations/env.py"])

    assert found.unclaimed == ("migrations/env.py",)
    assert found.focus == ()


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"no file or folder 'nowhere\.sql'"):
        discover(tmp_path, ["nowhere.sql"])


def test_paths_outside_of_the_project(tmp_path: Path) -> None:
    project(tmp_path, "other/migrations/1_a.sql", "own/x")

    found = discover(tmp_path / "own", ["../other/migrations"])

    assert files(found) == ["../other/migrations/1_a.sql"]
    assert found.focus == ("../other/migrations/1_a.sql",)


def test_folders_of_other_databases_are_left_out_and_said(tmp_path: Path) -> None:
    project(tmp_path, "migrations/postgres/1_a.sql", "migrations/mysql/1_a.sql", "migrations/mysql/2_b.sql")

    found = discover(tmp_path)

    assert files(found) == ["migrations/postgres/1_a.sql"]
    assert "migrations/mysql: all 2 files are written for mysql, not analysed" in notes(found)


def test_the_configuration_of_prisma_tells_the_database(tmp_path: Path) -> None:
    project(tmp_path, "prisma/migrations/1_a/migration.sql")
    project(tmp_path, "prisma/migrations/migration_lock.toml", text='provider = "sqlite"\n')

    assert not discover(tmp_path).folders


def test_a_described_folder(tmp_path: Path) -> None:
    project(tmp_path, "sql/changes/1_a.sql")

    described = Described(path="sql/changes", convention="golang-migrate", transaction="none")
    found = discover(tmp_path, described=[described.replace(convention="sqlx")])

    assert folders(found) == [("sql/changes", "sqlx")]
    assert found.folders[0].transaction == "none"
    with pytest.raises(SetupError, match="no convention named 'flywy'"):
        discover(tmp_path, described=[described.replace(convention="flywy")])


def test_excluded_paths(tmp_path: Path) -> None:
    project(tmp_path, "a/migrations/1.sql", "b/migrations/1.sql")

    assert folders(discover(tmp_path, exclude=["b"])) == [("a/migrations", "plain")]


def test_duplicate_and_missing_versions_are_noted(tmp_path: Path) -> None:
    project(tmp_path, "migrations/1_a.up.sql", "migrations/1_b.up.sql", "migrations/3_c.up.sql")

    assert notes(discover(tmp_path)) == [
        "migrations/1_b.up.sql: version 1 is also that of migrations/1_a.up.sql",
        "migrations: there is no version 2",
    ]


def test_a_link_in_a_circle_does_not_hide_its_folder(tmp_path: Path) -> None:
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    (migrations / "V1__a.sql").write_text("SELECT 1;")
    (migrations / "loop").symlink_to("loop")
    (migrations / "V2__gone.sql").symlink_to("nowhere")
    discovery = discover(tmp_path)
    assert [file.path for file in discovery.folders[0].files] == ["migrations/V1__a.sql"]
    assert [note.path for note in discovery.notes] == ["migrations/V2__gone.sql"]


def test_links_out_of_the_project_are_not_followed(tmp_path: Path) -> None:
    project(tmp_path, "outside/migrations/1_a.sql", "project/db/migrations/1_b.sql")
    (tmp_path / "project/migrations").symlink_to(tmp_path / "outside/migrations")
    (tmp_path / "project/db/migrations/2_c.sql").symlink_to(tmp_path / "outside/migrations/1_a.sql")

    found = discover(tmp_path / "project")

    assert files(found) == ["db/migrations/1_b.sql"]
    assert notes(found) == [
        "migrations: a symbolic link that leads out of the project, or nowhere, is not followed",
        "db/migrations/2_c.sql: a symbolic link that leads out of the project, or nowhere, is not followed",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes only there")
def test_names_that_are_not_utf8_survive(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / os.fsdecode(b"1_caf\xe9.sql")).write_text("SELECT 1;")

    (path,) = files(discover(tmp_path))

    assert os.fsencode(path) == b"migrations/1_caf\xe9.sql"
    assert (tmp_path / path).read_text() == "SELECT 1;"


def test_empty_migration_folders_are_no_folders(tmp_path: Path) -> None:
    project(tmp_path, "migrations/README.md")

    assert not discover(tmp_path).folders
