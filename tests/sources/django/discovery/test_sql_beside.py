"""Files of SQL in the folder of an app's migrations: what RunSQL reads, or what somebody printed with `sqlmigrate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.sources.discovery import discover
from tests.sources.django.projects import migration

SHOP = {
    "manage.py": "",
    "shop/__init__.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": migration(),
    "shop/migrations/0001_initial.sql": "CREATE TABLE shop_order (id bigint PRIMARY KEY);\n",
    "shop/migrations/sql/functions.sql": "CREATE TABLE shop_more (id bigint PRIMARY KEY);\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in SHOP.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize("paths", [(), (".",), ("shop",), ("shop/migrations",)])
def test_it_is_no_history_of_its_own(root: Path, paths: tuple[str, ...]) -> None:
    found = discover(root, paths, base=root)
    assert [(folder.convention, [file.path for file in folder.files]) for folder in found.folders] == [
        ("django", ["shop/migrations/0001_initial.py"])
    ]
    assert "SQL beside migrations that are programs: name the file to check it" in {n.message for n in found.notes}


def test_what_is_named_is_taken(root: Path) -> None:
    found = discover(root, ("shop/migrations/0001_initial.sql",), base=root)
    assert found.focus == ("shop/migrations/0001_initial.sql",)


@pytest.mark.parametrize("paths", [(), (".",), ("shop",)])
def test_other_sql_of_a_project_is_no_migration(root: Path, paths: tuple[str, ...]) -> None:
    """Functions and triggers that the project keeps in files: a migration opens them, or nobody does."""
    (root / "shop/sql/triggers").mkdir(parents=True)
    (root / "shop/sql/triggers/audit.sql").write_text("DECLARE total integer; BEGIN RETURN total; END;\n")

    found = discover(root, paths, base=root)
    assert [folder.convention for folder in found.folders] == ["django"]


def test_other_sql_is_taken_when_its_folder_is_named(root: Path) -> None:
    (root / "shop/sql").mkdir()
    (root / "shop/sql/audit.sql").write_text("CREATE TABLE audit (id bigint PRIMARY KEY);\n")

    found = discover(root, ("shop/sql",), base=root)
    assert [file.path for folder in found.folders for file in folder.files] == ["shop/sql/audit.sql"]
