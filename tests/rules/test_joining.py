"""Work under an earlier lock is told once, by the finding that has the better remedy."""

from __future__ import annotations

from pathlib import Path

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.findings import Severity
from migsafe.model.report import FindingReport
from migsafe.sources.collect import Request, collect_text

SCHEMA = "CREATE TABLE users (id bigint PRIMARY KEY, nick text); CREATE TABLE orders (id bigint, user_id bigint);"
COLUMN = "ALTER TABLE users ADD COLUMN state text;\n"
INDEX = "CREATE INDEX users_nick_idx ON users (nick);\n"


def found(text: str, folder: Path, settings: Settings | None = None) -> dict[str, FindingReport]:
    schema = folder / "schema.sql"
    schema.write_text(SCHEMA, encoding="utf-8")
    chosen = (settings or Settings()).replace(schema=str(schema), transaction="file", session_lock_timeout=True)
    report = judge(collect_text(text, Request(root=folder), chosen), chosen)
    return {entry.finding.code: entry for entry in report.findings if entry.counts}


def test_the_finding_about_the_index_says_who_waits_for_the_earlier_lock(tmp_path: Path) -> None:
    findings = found(COLUMN + INDEX, tmp_path)
    assert list(findings) == ["MS101"]
    told = findings["MS101"]
    assert "reads and writes on public.users wait for it as well" in told.finding.message
    assert [(r.location.line, r.message) for r in told.related] == [(1, "ACCESS EXCLUSIVE is taken here")]
    assert told.finding.held is not None
    assert told.finding.held.manual_name == "ACCESS EXCLUSIVE"


def test_a_backfill_says_it_too(tmp_path: Path) -> None:
    findings = found(COLUMN + "UPDATE users SET state = 'new';", tmp_path)
    assert list(findings) == ["MS601"]
    assert "Because of an earlier lock reads and writes on public.users" in findings["MS601"].finding.message


def test_work_without_a_finding_of_its_own_keeps_the_finding(tmp_path: Path) -> None:
    findings = found(COLUMN + INDEX + "CREATE TABLE copies AS SELECT * FROM orders;", tmp_path)
    assert findings["MS304"].finding.severity is Severity.ERROR
    assert "earlier lock" not in findings["MS101"].finding.message


def test_a_rule_that_does_not_run_cannot_tell(tmp_path: Path) -> None:
    findings = found(COLUMN + INDEX, tmp_path, Settings(ignore=("MS101",)))
    assert list(findings) == ["MS304"]


def test_a_suppressed_finding_cannot_tell(tmp_path: Path) -> None:
    findings = found(COLUMN + "-- migsafe: ignore[MS101] the table is small\n" + INDEX, tmp_path)
    assert list(findings) == ["MS304"]


def test_a_suppression_of_either_is_used(tmp_path: Path) -> None:
    findings = found(COLUMN + "-- migsafe: ignore[MS101, MS304] the table is small\n" + INDEX, tmp_path)
    assert findings == {}
