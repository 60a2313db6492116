"""Suppressions in comments: where they hold, and what is said of those that do not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.findings import Finding, Place, Severity
from migsafe.model.migration import Comment, Migration
from migsafe.model.report import Report
from migsafe.model.text import Span
from migsafe.rules.registry import rules
from migsafe.sources.collect import Request, collect
from migsafe.suppressions import Rulebook, apply

DROP = "ALTER TABLE users DROP COLUMN email;"


def check(folder: Path, text: str) -> Report:
    (folder / "V1__x.sql").write_text(text)
    settings = Settings(session_lock_timeout=True)
    return judge(collect(Request(root=folder), settings), settings)


def counted(report: Report) -> list[str]:
    return [f.finding.code for f in report.findings if f.counts]


@pytest.mark.parametrize(
    "text",
    [
        f"-- migsafe: ignore[MS401] nobody reads it\n{DROP}",
        f"{DROP} -- migsafe: ignore[MS401] nobody reads it",
        f"/* migsafe: ignore[drop-column] nobody reads it */\n{DROP}",
        "ALTER TABLE users -- migsafe: ignore[MS401] nobody reads it\n DROP COLUMN email;",
        f"-- migsafe: ignore-file[MS401] nobody reads it\n\nSELECT 1;\n{DROP}",
        f"-- migsafe: ignore[MS401] nobody reads it until=2999-01-01\n{DROP}",
    ],
)
def test_it_holds_for_its_statement(tmp_path: Path, text: str) -> None:
    report = check(tmp_path, text)
    assert counted(report) == []
    assert report.suppressed == 1
    assert report.verdict == "pass"
    assert [f.finding.suppressed for f in report.findings] == ["nobody reads it"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"-- migsafe: ignore[MS401]\nSELECT 1;\n{DROP}", ["MS005", "MS401"]),
        (f"SELECT 1; -- migsafe: ignore[MS401]\n{DROP}", ["MS005", "MS401"]),
        (f"{DROP}\n-- migsafe: ignore-file[MS401]", ["MS005", "MS401"]),
        (f"-- migsafe: ignore[MS402]\n{DROP}", ["MS005", "MS401"]),
        (f"-- migsafe: ignore[MS999]\n{DROP}", ["MS004", "MS401"]),
        (f"-- migsafe: ignore\n{DROP}", ["MS004", "MS401"]),
        (f"-- migsafe: ignore[MS401] until=2020-02-30\n{DROP}", ["MS006", "MS401"]),
        (f"SELECT '-- migsafe: ignore[MS401]';\n{DROP}", ["MS401"]),
    ],
)
def test_where_it_does_not_hold_it_is_reported(tmp_path: Path, text: str, codes: list[str]) -> None:
    assert sorted(counted(check(tmp_path, text))) == codes


def test_it_expires_after_its_last_day() -> None:
    comment = Comment("migsafe: ignore-file[MS401] later until=2027-01-31", Span(0, 10), alone=True)
    migration = Migration(id="1", path="a.sql", source="sql", comments=(comment,))
    place = Place("a.sql", Span(20, 30))
    finding = Finding(code="MS401", name="drop-column", severity=Severity.ERROR, place=place, message="")
    rulebook = Rulebook(rule.info for rule in rules())
    on_the_day = apply((finding,), (migration,), rulebook, date(2027, 1, 31))
    assert [f.code for f in on_the_day if f.suppressed is None] == []
    after = apply((finding,), (migration,), rulebook, date(2027, 2, 1))
    assert [f.code for f in after] == ["MS401", "MS006"]


def test_the_hint_names_the_nearest_rule(tmp_path: Path) -> None:
    report = check(tmp_path, f"-- migsafe: ignore[drop-colum]\n{DROP}")
    assert "did you mean 'drop-column'" in next(f.finding.message for f in report.findings)
