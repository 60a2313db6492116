"""MS206: keys that run out are told by the snapshot, where a migration touches their table."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.findings import Finding
from migsafe.model.names import Name
from migsafe.model.statistics import SequenceStatistics, Statistics
from migsafe.sources.collect import Request, collect_text
from migsafe.statistics.known import Known

END = 2**31 - 1


def found(tmp_path: Path, used: float, rate: float | None, sql: str) -> list[Finding]:
    key = SequenceStatistics(
        name=Name("public", "orders_id_seq"),
        last_value=int(END * used),
        limit=2**63 - 1,
        table=Name("public", "orders"),
        column="id",
        column_limit=END,
        values_per_second=rate,
    )
    settings = Settings(ignore=("MS301",))
    known = Known(statistics=Statistics(sequences=(key,)))
    report = judge(collect_text(sql, Request(root=tmp_path), settings), settings, known)
    return [entry.finding for entry in report.findings if entry.finding.code == "MS206"]


@pytest.mark.parametrize(
    ("used", "rate", "severity", "words"),
    [
        (0.93, None, "warning", "93% of the values for public.orders.id are used."),
        (0.6, None, "info", "60% of the values"),
        (0.6, 100.0, "warning", "60% of the values for public.orders.id are used, enough for about 99 days"),
        (0.6, 0.001, "info", "years at today's rate"),
    ],
)
def test_how_full_and_how_long(tmp_path: Path, used: float, rate: float | None, severity: str, words: str) -> None:
    (finding,) = found(tmp_path, used, rate, "ALTER TABLE orders ADD COLUMN x int")
    assert finding.severity == severity
    assert words in finding.message
    assert finding.why == "When the column's type ends, every INSERT into the table fails."


@pytest.mark.parametrize(
    ("used", "sql"),
    [(0.3, "ALTER TABLE orders ADD COLUMN x int"), (0.99, "ALTER TABLE others ADD COLUMN x int")],
    ids=["room-enough", "another-table"],
)
def test_silent(tmp_path: Path, used: float, sql: str) -> None:
    assert found(tmp_path, used, None, sql) == []


def test_keys_of_other_tables_are_noted(tmp_path: Path) -> None:
    key = SequenceStatistics(name=Name("public", "events_id_seq"), last_value=END - 5, limit=END)
    settings = Settings()
    known = Known(statistics=Statistics(sequences=(key,)))
    report = judge(collect_text("SELECT 1", Request(root=tmp_path), settings), settings, known)
    assert "100% of the values for public.events_id_seq are used." in report.notes
