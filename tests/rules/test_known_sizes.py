"""Rules that speak only when somebody has told how large the tables are."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.names import Name
from migsafe.model.statistics import ReplicaStatistics, ServerStatistics, Statistics, TableStatistics
from migsafe.sources.collect import Request, collect_text
from migsafe.statistics.known import Known

SCHEMA = "CREATE TABLE orders (id bigint PRIMARY KEY, total integer, state text);"
REPLICAS = (ReplicaStatistics(name="one"), ReplicaStatistics(name="two"))


def findings(
    folder: Path,
    code: str,
    migration: str,
    *,
    rows: float = 100e6,
    heap_bytes: int = 10 << 30,
    replicas: tuple[ReplicaStatistics, ...] = (),
    statement_timeout: float | bool = False,
) -> list[tuple[str, str]]:
    """Severity and message of what a rule finds."""
    (folder / "schema.sql").write_text(SCHEMA)
    table = TableStatistics(name=Name("public", "orders"), rows=rows, heap_bytes=heap_bytes)
    live = Known(statistics=Statistics(tables=(table,), server=ServerStatistics(replicas=replicas)))
    settings = Settings(
        schema=str(folder / "schema.sql"),
        transaction="file",
        session_lock_timeout=True,
        session_statement_timeout=statement_timeout,
    )
    report = judge(collect_text(migration, Request(root=folder), settings), settings, live)
    return [(str(f.finding.severity), f.finding.message) for f in report.findings if f.finding.code == code]


@pytest.mark.parametrize(
    ("migration", "message"),
    [
        (
            "ALTER TABLE orders ALTER COLUMN total TYPE bigint;",
            "About 12 GB of log reach 2 replicas at once with the rewrite of public.orders.",
        ),
        (
            "UPDATE orders SET state = 'new' WHERE total > 0;",
            "About 20 GB of log reach 2 replicas at once with the change of rows in public.orders.",
        ),
        (
            "CREATE INDEX orders_total_idx ON orders (total);",
            "About 2 GB of log reach 2 replicas at once with the build of index public.orders_total_idx.",
        ),
    ],
)
def test_much_log_at_once_is_told_where_there_are_replicas(tmp_path: Path, migration: str, message: str) -> None:
    assert findings(tmp_path, "MS112", migration, replicas=REPLICAS) == [("info", message)]
    assert findings(tmp_path, "MS112", migration) == []


def test_a_small_table_and_a_plain_column_write_little_log(tmp_path: Path) -> None:
    rewrite = "ALTER TABLE orders ALTER COLUMN total TYPE bigint;"
    assert findings(tmp_path, "MS112", rewrite, rows=1e5, heap_bytes=10 << 20, replicas=REPLICAS) == []
    assert findings(tmp_path, "MS112", "ALTER TABLE orders ADD COLUMN a text;", replicas=REPLICAS) == []


REWRITE = "ALTER TABLE orders ALTER COLUMN total TYPE bigint;"


def test_a_statement_that_certainly_needs_longer_than_its_timeout_fails(tmp_path: Path) -> None:
    ((severity, message),) = findings(tmp_path, "MS312", f"SET LOCAL statement_timeout = '2s';\n{REWRITE}")
    assert severity == "error"
    assert message.startswith("The statement_timeout of 2 s ends this, which takes about")


def test_the_timeout_of_the_session_counts_and_the_file_overrides_it(tmp_path: Path) -> None:
    assert findings(tmp_path, "MS312", REWRITE, statement_timeout=2.0)
    assert findings(tmp_path, "MS312", f"SET LOCAL statement_timeout = 0;\n{REWRITE}", statement_timeout=2.0) == []


@pytest.mark.parametrize(
    ("migration", "rows"),
    [
        (REWRITE, 100e6),  # no timeout
        (f"SET LOCAL statement_timeout = '2h';\n{REWRITE}", 100e6),
        (f"SET LOCAL statement_timeout = '5s';\n{REWRITE}", 1000.0),
        ("SET LOCAL statement_timeout = '1s';\nALTER TABLE orders ADD COLUMN a text;", 100e6),
    ],
)
def test_a_timeout_that_is_long_enough_is_not_reported(tmp_path: Path, migration: str, rows: float) -> None:
    assert findings(tmp_path, "MS312", migration, rows=rows, heap_bytes=int(rows * 100)) == []


CONCURRENT = "CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);"


def test_a_concurrent_build_that_fits_into_its_timeout_is_not_reported(tmp_path: Path) -> None:
    for rows, expected in ((100e6, 1), (1000.0, 0)):
        text = f"COMMIT;\nSET statement_timeout = '20s';\n{CONCURRENT}"
        found = findings(tmp_path, "MS211", text, rows=rows, heap_bytes=int(rows * 100))
        assert len(found) == expected
