"""The last line of the outputs for people: what was found, what was checked, and what was not."""

from __future__ import annotations

from migsafe.model.findings import Severity
from migsafe.model.migration import Direction
from migsafe.model.report import Report, StatisticsReport


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def migrations(number: int, ways_back: int) -> str:
    """`2 migrations`, `2 migrations and 2 ways back`: what goes down is no migration more."""
    parts = [counted(number, "migration")] if number or not ways_back else []
    parts += [f"{ways_back} way{'s' if ways_back > 1 else ''} back"] if ways_back else []
    return " and ".join(parts)


def summary_line(report: Report) -> str:
    """One sentence: verdict by numbers, then the extent of the check; nothing unanalysed is left out."""
    return f"{_found(report)} in {_checked(report)}."


def sizes_line(statistics: StatisticsReport) -> str:
    """Where sizes and times come from: `Sizes of migsafe-stats.json, captured 2026-11-21; times by the defaults …`."""
    where = ", ".join(statistics.sources) or "the settings"
    when = f", captured {statistics.captured_at[:10]}{_ago(statistics.age_days)}" if statistics.captured_at else ""
    measured = statistics.calibration
    speed = (
        f"as calibrated on {measured}" if measured else "as on an ordinary server (migsafe calibrate measures yours)"
    )
    return f"Sizes from {where}{when}; times {speed}."


def _ago(days: int | None) -> str:
    if days is None:
        return ""
    return f" ({counted(days, 'day')} ago)" if days else " (today)"


def _found(report: Report) -> str:
    counts = [
        counted(report.count(severity), str(severity))
        for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO)
        if report.count(severity)
    ]
    found = ", ".join(counts) or "No findings"
    apart = [
        f"{number} {how}"
        for number, how in (
            (_of_one_setting(report), "that one setting settles"),
            (report.suppressed - report.in_baseline, "suppressed"),
            (report.in_baseline, "in the baseline"),
        )
        if number
    ]
    return f"{found} ({', '.join(apart)})" if apart else found


def _of_one_setting(report: Report) -> int:
    """How many findings that count are settled in one place; one finding by itself needs no words."""
    remedies = [entry.finding.remedy for entry in report.findings if entry.counts]
    number = sum(remedy is not None and remedy.once for remedy in remedies)
    return number if number > 1 else 0


def _checked(report: Report) -> str:
    context = len(report.migrations) - len(report.in_focus)
    ways_back = sum(entry.migration.direction is Direction.DOWN for entry in report.in_focus)
    judged = migrations(len(report.in_focus) - ways_back, ways_back)
    parts = [f"{judged} ({counted(len(report.statements), 'statement')}) checked"]
    if context:
        parts.append(f"{context} read as context")
    if report.unanalysed:
        parts.append(f"{counted(report.unanalysed, 'statement')} not analysed")
    return ", ".join(parts) + f", against {report.target.dialect} {report.target.version}"
