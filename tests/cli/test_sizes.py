"""Sizes by hand and from a file: the time of a finding, its severity, and what is said about both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from migsafe.model.names import Name
from migsafe.model.statistics import ServerStatistics, Statistics, TableStatistics
from migsafe.statistics.file import written
from migsafe.statistics.snapshot import Snapshot
from tests.cli.conftest import Result, Run

ROOT = Path(__file__).parents[2]
Write = Callable[..., None]
TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, note text, state text);"
NOT_NULL = "SET lock_timeout = '2s'; ALTER TABLE orders ALTER COLUMN note SET NOT NULL;"
LAST = "migrations/V2__step.sql"


def settings(project: Path, text: str) -> None:
    (project / "migsafe.toml").write_text(text)


def of_rows(rows: float, more: str = "") -> str:
    return f'{more}\n[tables."public.orders"]\nrows = {rows}\n'


def only(result: Result, code: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [entry for entry in result.report["findings"] if entry["code"] == code]
    assert len(found) == 1
    return found[0]


def judged(run: Run, *arguments: str, code: str = "MS106") -> dict[str, Any]:
    return only(run("check", LAST, "--output-format", "json", *arguments), code)


def test_within_the_budget_it_is_an_info_and_says_up_to_which_size(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, of_rows(100_000))
    found = judged(run)
    impact = found["impact"]
    assert found["severity"] == "info"
    assert impact["seconds_grown"]["expected"] < impact["budget"] == 1
    assert impact["holds_up_to_rows"] > 300_000
    shown = run("check", LAST)
    assert "Within the budget of 1 s up to about" in shown.out
    assert "Sizes from settings" in shown.out


def test_that_size_is_where_the_level_changes(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, of_rows(100_000))
    limit = judged(run)["impact"]["holds_up_to_rows"]
    for factor, severity in ((0.9, "info"), (1.1, "error")):
        settings(project, of_rows(limit * factor / 3))
        assert judged(run)["severity"] == severity


def test_above_the_budget_it_is_an_error_with_time_and_growth(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, of_rows(400e6))
    shown = run("check", LAST)
    assert shown.code == 1
    assert "Reads and writes on public.orders wait about" in shown.out
    assert "at 3 times the size about" in shown.out
    assert "Within the budget" not in shown.out


def test_growth_and_budget_are_flags(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, of_rows(1_000_000))
    assert judged(run)["severity"] == "info"
    assert judged(run, "--growth", "1000")["severity"] == "error"
    assert judged(run, "--max-blocking", "5ms")["severity"] == "error"


def test_a_finding_keeps_its_fingerprint_whatever_its_level(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    found = {}
    for rows in (1000, 900e6):
        settings(project, of_rows(rows))
        finding = judged(run)
        found[finding["severity"]] = finding["fingerprint"]
    assert set(found) == {"info", "error"}
    assert len(set(found.values())) == 1


def test_a_range_around_the_budget_is_said(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, of_rows(100_000))
    limit = judged(run)["impact"]["holds_up_to_rows"]
    settings(project, of_rows(limit / 3))
    found = judged(run)
    assert found["impact"]["straddles_budget"] is True
    assert "straddles the budget of 1 s" in found["message"]


def test_an_unknown_size_is_not_small(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, '[tables."public.others"]\nrows = 10\n')
    found = judged(run)
    assert found["severity"] == "warning"
    assert found["impact"]["seconds"] is None
    assert found["impact"]["unknown"] == ["public.orders"]
    assert "nobody tells the size of public.orders" in run("check", LAST).out


def test_small_and_busy_tables_are_lists_of_patterns(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, 'small-tables = ["ord*"]')
    assert judged(run)["impact"]["rows"] == 10_000
    settings(project, 'busy-tables = ["public.orders"]')
    assert judged(run)["severity"] == "error"


def test_traffic_becomes_queries_and_an_exhausted_pool(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, of_rows(400e6, "pool-size = 40") + "reads-per-second = 60\nwrites-per-second = 25\n")
    impact = judged(run)["impact"]
    assert impact["queries_per_second"] == 85
    assert impact["queries_blocked"] == pytest.approx(85 * impact["seconds"]["expected"], rel=0.01)
    assert impact["pool_exhausted_after"] == pytest.approx(40 / 85, rel=0.01)
    assert "at 85 queries/s a pool of 40 is exhausted after 0.47 s" in run("check", LAST).out


def test_a_lock_against_writes_counts_writes_only(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, "SET lock_timeout = '2s'; CREATE INDEX by_note ON orders (note);")
    settings(project, of_rows(4e6) + "reads-per-second = 60\nwrites-per-second = 25\n")
    impact = judged(run, code="MS101")["impact"]
    assert (impact["blocks"], impact["queries_per_second"]) == (["write"], 25)
    assert impact["disk_bytes"]["expected"] > 1e7


def test_windows_and_statements_have_times_that_add_up(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL + "ALTER TABLE orders ALTER COLUMN state SET NOT NULL;")
    settings(project, of_rows(1e6))
    report = run("check", LAST, "--output-format", "json").report
    statements = [s for m in report["migrations"] for s in m["statements"]]
    parts = [s["effects"]["seconds"]["expected"] for s in statements][1:]
    (window,) = [w for w in report["windows"] if w["mode"] == "AccessExclusiveLock"]
    assert window["seconds"]["expected"] == pytest.approx(sum(parts), rel=0.02)
    assert window["seconds_grown"]["expected"] > window["seconds"]["expected"]


def test_short_pieces_that_are_long_together_are_found(project: Path, migrations: Write, run: Run) -> None:
    pieces = "".join(f"ALTER TABLE orders ADD CHECK (id > {n});" for n in range(8))
    migrations(TABLE, "SET lock_timeout = '2s';" + pieces)
    settings(project, of_rows(300_000, 'max-blocking = "400ms"'))
    report = run("check", LAST, "--output-format", "json").report
    levels = {finding["code"]: finding["severity"] for finding in report["findings"]}
    assert levels["MS202"] == "info"
    assert levels["MS304"] == "error"
    (found,) = [finding for finding in report["findings"] if finding["code"] == "MS304"]
    assert "8 pieces of work under one lock" in found["message"]


def test_a_rewrite_far_above_the_budget_asks_for_another_tool(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, "SET lock_timeout = '2s'; ALTER TABLE orders ALTER COLUMN id TYPE int;")
    settings(project, of_rows(900e6))
    assert "online schema change tool" in run("check", LAST).out
    settings(project, of_rows(1e6))
    assert "online schema change tool" not in run("check", LAST).out


def test_the_report_with_sizes_follows_its_schema(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, "ALTER TABLE orders ALTER COLUMN note SET NOT NULL; CREATE INDEX i ON orders (note);")
    settings(project, of_rows(4e6) + "writes-per-second = 25\n")
    report = run("check", "--output-format", "json").report
    jsonschema.validate(report, json.loads((ROOT / "docs/report.schema.json").read_text()))
    assert any(finding["impact"] for finding in report["findings"])


def snapshot(project: Path, **more: Any) -> None:
    table = TableStatistics(name=Name("public", "orders"), rows=5e6, heap_bytes=400_000_000)
    text = written(Snapshot(databases=("shop",), statistics=Statistics(tables=(table,), **more)))
    (project / "stats.json").write_text(text)


def test_a_file_of_sizes_and_what_is_said_of_its_age(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    snapshot(project, captured_at="2020-02-03T04:05:06Z")
    shown = run("check", LAST, "--stats", "stats.json")
    assert re.search(r"Sizes from stats.json, captured 2020-02-03 \(\d{4,} days ago\)", shown.out)
    assert "The sizes are of 2020-02-03, more than 30 days ago" in shown.out
    settings(project, 'stats = ["stats.json"]\nstats-max-age = "100000d"')
    shown = run("check", LAST)
    assert "captured 2020-02-03" in shown.out
    assert "more than" not in shown.out


def test_a_figure_by_hand_wins_over_the_snapshot(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    snapshot(project)
    assert judged(run, "--stats", "stats.json")["impact"]["rows"] == 5e6
    settings(project, of_rows(10_000_000))
    doubled = judged(run, "--stats", "stats.json")["impact"]
    assert doubled["rows"] == 1e7


def test_the_longest_transaction_at_capture_is_what_everybody_waits_for(
    project: Path, migrations: Write, run: Run
) -> None:
    migrations(TABLE, "ALTER TABLE orders ADD COLUMN x int;")
    snapshot(project, server=ServerStatistics(transactions=(240.0, 2.0)))
    wait = judged(run, "--stats", "stats.json", code="MS301")["impact"]["lock_wait"]
    assert wait["longest_transaction"] == 240
    assert wait["seconds"] == {"low": 0, "expected": 240, "high": 720}
    assert "had run for 4 min" in run("check", LAST, "--stats", "stats.json").out


def test_a_calibration_changes_the_times(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    settings(project, of_rows(1e6))
    before = judged(run)["impact"]["seconds"]["expected"]
    constants = {"read_row": 1e-4}
    (project / "mine.json").write_text(
        json.dumps({"calibration_version": 1, "machine": {"description": "slow"}, "constants": constants})
    )
    assert judged(run, "--calibration", "mine.json")["impact"]["seconds"]["expected"] > 10 * before
    assert "as calibrated on slow" in run("check", LAST, "--calibration", "mine.json").out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('max-blocking = "soon"', "a length of time such as"),
        ("growth = 0.5", "a number of at least 1"),
        ('[tables."public.orders"]\nrow = 3', "did you mean 'rows'?"),
        ('[tables."public.orders"]\nrows = "many"', "it takes a number"),
        ('[tables."a.b.c"]\nrows = 1', "tables by name"),
        ("tables = 3", "a table for each table"),
    ],
)
def test_wrong_settings_are_one_sentence(project: Path, migrations: Write, run: Run, text: str, words: str) -> None:
    migrations(TABLE)
    settings(project, text)
    result = run("check")
    assert result.code == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1


def test_a_missing_file_of_sizes_is_an_error(migrations: Write, run: Run) -> None:
    migrations(TABLE)
    result = run("check", "--stats", "nothing.json")
    assert result.code == 2
    assert "nothing.json" in result.err


def test_an_unknown_variable_is_an_error_that_names_it(migrations: Write, run: Run) -> None:
    migrations(TABLE)
    result = run("check", "--database-url-env", "NO_SUCH_VARIABLE")
    assert result.code == 2
    assert "NO_SUCH_VARIABLE" in result.err


def test_locks_shows_the_time_of_a_statement(project: Path, run: Run) -> None:
    settings(project, of_rows(4e6))
    shown = run("locks", "CREATE INDEX i ON orders (note)").out
    assert "  time      about " in shown


def test_a_lock_timeout_that_long_transactions_outlast(project: Path, migrations: Write, run: Run) -> None:
    migrations(TABLE, NOT_NULL)
    snapshot(project, server=ServerStatistics(transactions=(240.0, 2.0)))
    wait = judged(run, "--stats", "stats.json")["impact"]["lock_wait"]
    assert wait == {
        "seconds": {"low": 0, "expected": 2, "high": 2},
        "longest_transaction": 240,
        "lock_timeout": 2,
    }
    assert "the lock_timeout strikes after 2 s" in run("check", LAST, "--stats", "stats.json").out


def test_settings_are_shown_as_they_are_written(project: Path, run: Run) -> None:
    settings(project, of_rows(40e6, 'max-blocking = "500ms"') + "writes-per-second = 85\n")
    shown = {line.split()[0]: line for line in run("check", "--show-settings").out.splitlines()}
    assert "public.orders (rows 4e+07, writes-per-second 85)" in shown["tables"]
    assert " 0.5 s " in shown["max-blocking"]
    assert " 30 days " in shown["stats-max-age"]
