"""`python -m tools.calm`: the figures that calm is measured by."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.config import Settings
from migsafe.errors import SetupError
from migsafe.model.findings import Severity
from migsafe.model.migration import Direction
from tools.calm.__main__ import main
from tools.calm.measure import measure, together

SETTINGS = Settings(session_lock_timeout=True)
UP = (Direction.UP,)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A table, an index on it that blocks, and a note about it; each with its way back."""
    folder = tmp_path / "shop" / "migrations"
    folder.mkdir(parents=True)
    for name, up, down in (
        ("001_users", "CREATE TABLE users (id int); CREATE INDEX a ON users (id);", "DROP TABLE users;"),
        ("002_index", "CREATE INDEX b ON users (id);", "DROP INDEX b;"),
        ("003_note", "COMMENT ON TABLE users IS 'people';", "COMMENT ON TABLE users IS NULL;"),
    ):
        (folder / f"{name}.up.sql").write_text(up)
        (folder / f"{name}.down.sql").write_text(down)
    return tmp_path / "shop"


def test_each_migration_is_judged_behind_those_before_it(project: Path) -> None:
    measured = measure(project, SETTINGS)
    assert len(measured.migrations) == 6
    assert [n.finding.location.path for n in measured.found if n.code == "MS101"] == ["migrations/002_index.up.sql"]
    assert measured.by_kind["MS101", Severity.ERROR] == 1
    assert measured.share((Severity.ERROR,), UP) == (1, 3)


def test_several_folders_add_up(project: Path) -> None:
    one = measure(project, SETTINGS)
    assert together("both", (one, one)).by_kind["MS101", Severity.ERROR] == 2


def test_a_folder_without_migrations_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SetupError):
        measure(tmp_path, SETTINGS)
    assert main([str(tmp_path)]) == 1
    assert "no migrations were found" in capsys.readouterr().err


def test_figures_and_samples_are_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(project)]) == 0
    shown = capsys.readouterr().out
    assert "shop: 6 migrations, 7 statements, 0 not analysed" in shown
    assert "ways up   with an error 1 of 3 (33.3 %)" in shown
    assert "MS101 blocking-index-build                      16.7      0.0     0.0" in shown
    assert "MS101 error: 1 of 1\n  migrations/002_index.up.sql:1  " in shown
