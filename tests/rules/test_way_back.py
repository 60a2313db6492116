"""What a way back undoes of its own way up is told, and is no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.report import Report
from migsafe.sources.collect import Request, collect

SETUP = "CREATE TABLE users (id bigint PRIMARY KEY, name text);"


def findings(folder: Path, up: str, down: str) -> list[tuple[str, str]]:
    """Code and severity of what is found in the way back."""
    files = {"1_users.up.sql": SETUP, "1_users.down.sql": "", "2_more.up.sql": up, "2_more.down.sql": down}
    (folder / "migrations").mkdir()
    for name, text in files.items():
        (folder / "migrations" / name).write_text(text)
    found = (f for f in report(folder).findings if f.location.path.endswith("2_more.down.sql"))
    return [(f.finding.code, str(f.finding.severity)) for f in found]


def report(folder: Path) -> Report:
    settings = Settings(session_lock_timeout=True)
    return judge(collect(Request(root=folder, paths=("migrations",)), settings), settings)


@pytest.mark.parametrize(
    ("up", "down", "code"),
    [
        ("ALTER TABLE users ADD COLUMN phone text;", "ALTER TABLE users DROP COLUMN phone;", "MS401"),
        ("CREATE TABLE orders (id bigint);", "DROP TABLE IF EXISTS orders;", "MS402"),
        ("ALTER TABLE users RENAME COLUMN name TO label;", "ALTER TABLE users RENAME COLUMN label TO name;", "MS501"),
        ("ALTER TABLE users RENAME TO people;", "ALTER TABLE people RENAME TO users;", "MS502"),
    ],
)
def test_undoing_the_way_up_is_told(tmp_path: Path, up: str, down: str, code: str) -> None:
    assert findings(tmp_path, up, down) == [(code, "info")]


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("ALTER TABLE users ALTER COLUMN name SET NOT NULL;", "ALTER TABLE users ALTER COLUMN name DROP NOT NULL;"),
        ("ALTER TABLE users ALTER COLUMN name SET DEFAULT '';", "ALTER TABLE users ALTER COLUMN name DROP DEFAULT;"),
        ("ALTER TABLE users ADD UNIQUE (name);", "ALTER TABLE users DROP CONSTRAINT users_name_key;"),
        ("CREATE VIEW names AS SELECT name FROM users;", "DROP VIEW names;"),
        ("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';", "DROP FUNCTION one();"),
        ("CREATE UNIQUE INDEX CONCURRENTLY names_idx ON users (name);", "DROP INDEX CONCURRENTLY names_idx;"),
    ],
)
def test_what_loses_nothing_is_not_told(tmp_path: Path, up: str, down: str) -> None:
    harms = ("MS4", "MS5")
    assert [code for code, _ in findings(tmp_path, up, down) if code.startswith(harms)] == []


def test_the_remedy_of_a_way_back_speaks_of_no_release(tmp_path: Path) -> None:
    assert findings(tmp_path, "ALTER TABLE users ADD COLUMN phone text;", "ALTER TABLE users DROP COLUMN phone;")
    found = [f for f in report(tmp_path).findings if f.location.path.endswith("2_more.down.sql")]
    assert [f.remedy for f in found] == ["-- Archive public.users.phone first, if it may be needed again."]
    assert found[0].finding.message == "All values of public.users.phone that were written since the way up are lost."


@pytest.mark.parametrize(
    ("down", "code"),
    [
        ("ALTER TABLE users DROP COLUMN name;", "MS401"),
        ("DROP TABLE users;", "MS402"),
        ("ALTER TABLE users RENAME COLUMN name TO label;", "MS501"),
    ],
)
def test_a_way_back_that_takes_more_away_is_an_error(tmp_path: Path, down: str, code: str) -> None:
    assert (code, "error") in findings(tmp_path, "ALTER TABLE users ADD COLUMN phone text;", down)


def test_a_way_back_that_raises_in_its_own_language_is_told_and_is_not_missing(tmp_path: Path) -> None:
    findings(tmp_path, "ALTER TABLE users DROP COLUMN name;", "SELECT 1;")
    settings = Settings(session_lock_timeout=True)
    collected = collect(Request(root=tmp_path, paths=("migrations",)), settings)
    (history,) = collected.histories
    downs = tuple(down and down.replace(statements=(), raises="no way back") for down in history.downs)
    judged = judge(collected.replace(histories=(history.replace(downs=downs),)), settings)
    about_ways_back = [f.finding for f in judged.findings if f.finding.code.startswith("MS8")]
    assert {(f.code, f.place.path.rpartition("/")[2]) for f in about_ways_back} == {
        ("MS803", "1_users.down.sql"),
        ("MS803", "2_more.down.sql"),
    }


def test_a_project_without_ways_back_is_not_asked_for_them(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    for number in range(1, 6):
        (tmp_path / "migrations" / f"{number}_t.up.sql").write_text(f"CREATE TABLE t{number} (id bigint PRIMARY KEY);")
    (tmp_path / "migrations" / "1_t.down.sql").write_text("SELECT 1;")
    found = [(f.finding.code, f.location.path) for f in report(tmp_path).findings]
    assert found == [("MS802", "migrations/1_t.down.sql")]
