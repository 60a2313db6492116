"""What a way back undoes of its own way up is told, and is no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.sources.collect import Request, collect

SETUP = "CREATE TABLE users (id bigint PRIMARY KEY, name text);"


def findings(folder: Path, up: str, down: str) -> list[tuple[str, str]]:
    """Code and severity of what is found in the way back."""
    files = {"1_users.up.sql": SETUP, "1_users.down.sql": "", "2_more.up.sql": up, "2_more.down.sql": down}
    (folder / "migrations").mkdir()
    for name, text in files.items():
        (folder / "migrations" / name).write_text(text)
    settings = Settings(session_lock_timeout=True)
    report = judge(collect(Request(root=folder, paths=("migrations",)), settings), settings)
    found = (f for f in report.findings if f.location.path.endswith("2_more.down.sql"))
    return [(f.finding.code, str(f.finding.severity)) for f in found]


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
    ("down", "code"),
    [
        ("ALTER TABLE users DROP COLUMN name;", "MS401"),
        ("DROP TABLE users;", "MS402"),
        ("ALTER TABLE users RENAME COLUMN name TO label;", "MS501"),
    ],
)
def test_a_way_back_that_takes_more_away_is_an_error(tmp_path: Path, down: str, code: str) -> None:
    assert findings(tmp_path, "ALTER TABLE users ADD COLUMN phone text;", down) == [(code, "error")]
