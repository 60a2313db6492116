"""Judges the text of a fixture in this process, by the way that the command line goes."""

from __future__ import annotations

from pathlib import Path

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.report import FindingReport, Report
from migsafe.sources.collect import Request, collect, collect_text
from tests.rules.fixture_files import Case


def report_on(
    case: Case,
    folder: Path,
    *,
    migration: str | None = None,
    schema: str | None = None,
    transaction: str | None = None,
    target: int | None = None,
    ignore: tuple[str, ...] = (),
) -> Report:
    """The report on a case, or on another migration or schema in its place. `folder` is for a scratch file."""
    shown = case.schema if schema is None else schema
    settings = Settings(
        target_version=(target or case.target,),
        schema=_file(folder, shown),
        transaction=transaction or case.transaction,
        session_lock_timeout="session-lock-timeout" in case.options,
        extend_select=(case.rule,),
        ignore=ignore,
    )
    text = case.migration if migration is None else migration
    if migration is None and (case.up or "way-back" in case.options):
        return judge(collect(Request(root=_project(folder, case), paths=(_FOLDER,)), settings), settings)
    return judge(collect_text(text, Request(root=folder), settings), settings)


_FOLDER = "migrations"


def _project(folder: Path, case: Case) -> Path:
    """A folder of golang-migrate with ways up and back: the case is the way back of `up`, or a way up without one."""
    files = {"2_case.up.sql": case.up, "2_case.down.sql": case.migration}
    if not case.up:
        files = {"1_first.up.sql": "SELECT 1;", "1_first.down.sql": "SELECT 1;", "2_case.up.sql": case.migration}
        if case.options["way-back"] == "empty":
            files["2_case.down.sql"] = "-- nothing"
    (folder / _FOLDER).mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / _FOLDER / name).write_text(text, encoding="utf-8")
    return folder


def _file(folder: Path, schema: str) -> str | None:
    """The schema as a file; None, an open world, where the case shows nothing that exists before."""
    if not schema:
        return None
    path = folder / "schema.sql"
    path.write_text(schema, encoding="utf-8")
    return str(path)


def findings_of(report: Report) -> str:
    """The findings as fixtures write them."""
    lines = [
        f"{f.location.line}:{f.location.column} {f.finding.severity} {f.finding.code} {f.finding.message}"
        for f in report.findings
        if f.counts and not is_of_the_way_up(f, report)
    ]
    return "\n".join(lines) or "none"


def is_of_the_way_up(entry: FindingReport, report: Report) -> bool:
    """Whether the finding is about the way up that a case undoes: a case lists those of its own migration only."""
    paths = {f.location.path for f in report.findings} | {s.location.path for s in report.statements}
    back = entry.location.path.replace(".up.sql", ".down.sql")
    return back != entry.location.path and back in paths


def remedies_of(report: Report, rule: str) -> tuple[str, ...]:
    """The remedies of one rule's findings, as they are shown."""
    return tuple(f.remedy for f in report.findings if f.counts and f.finding.code == rule and f.remedy)
