"""A constraint that is added NOT VALID is told of when the later migrations of the run do not validate it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.sources.collect import Request, collect

SETUP = """
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, total integer, user_id bigint);
CREATE INDEX ON orders (user_id);
"""
CHECK = "ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;"
KEY = "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;"
OTHER = "COMMENT ON TABLE orders IS 'what people ordered';"
VALIDATE = "ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;"


def findings(folder: Path, *migrations: str) -> list[tuple[str, str, str | None]]:
    """File, message and remedy of what is found."""
    (folder / "migrations").mkdir()
    for number, text in enumerate((SETUP, *migrations), start=1):
        (folder / "migrations" / f"V{number}__step.sql").write_text(text)
    settings = Settings(session_lock_timeout=True)
    report = judge(collect(Request(root=folder, paths=("migrations",)), settings), settings)
    found = (f for f in report.findings if f.finding.code == "MS209")
    return [(Path(f.location.path).name, f.finding.message, f.remedy) for f in found]


@pytest.mark.parametrize(("added", "name"), [(CHECK, "orders_total_check"), (KEY, "orders_user_id_fkey")])
def test_what_no_later_migration_validates_is_told(tmp_path: Path, added: str, name: str) -> None:
    message = f"Rows of public.orders that break {name} stay: nothing in this run validates it."
    remedy = f"ALTER TABLE orders VALIDATE CONSTRAINT {name};"
    assert findings(tmp_path, added, OTHER) == [("V2__step.sql", message, remedy)]


@pytest.mark.parametrize(
    "migrations",
    [
        (CHECK, VALIDATE),
        (CHECK, OTHER, VALIDATE),
        (CHECK,),  # the next deploy may validate it
        (CHECK, "ALTER TABLE orders DROP CONSTRAINT orders_total_check;"),
        (CHECK, "DROP TABLE orders;"),
        (CHECK.replace(" NOT VALID", ""), OTHER),
    ],
)
def test_what_is_validated_or_gone_or_the_last_is_not(tmp_path: Path, migrations: tuple[str, ...]) -> None:
    assert findings(tmp_path, *migrations) == []
