"""The report as Markdown: the comment on a pull request and the summary of a job.

The verdict comes first, then the worst fact in plain words, one table of locks, and a section for each file with
the safer form to copy. Over the size that GitHub takes, details go first and the verdict never.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from migsafe.model.report import Report
from migsafe.outputs import json as json_output
from migsafe.outputs.markdown_text import block, code, inline
from migsafe.outputs.report_file import ShownFinding, ShownLock, ShownReport, ShownTime, read
from migsafe.text.durations import in_words, in_words_range
from migsafe.version import RULE_PAGE

LIMIT: Final = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_ROWS: Final = 40
_CODE: Final = re.compile(r"MS\d{3}")
_WORDS: Final = {
    "block": "⛔ **Blocked**",
    "warn": "⚠️ **Warnings**",
    "pass": "✅ **Safe**",
}
_MARKS: Final = {"error": "⛔ error", "warning": "⚠️ warning", "info": "ℹ️ info"}
_ORDER: Final = ("error", "warning", "info")
_LANGUAGES: Final = {"sql": "sql", "alembic": "python", "django": "python"}


def render(report: Report) -> str:
    """The report as one document."""
    return of_report(read(json_output.render(report)))


def of_report(report: ShownReport) -> str:
    """The document for a report that was read back. The fullest form that fits is taken."""
    for remedies, locks in ((True, _ROWS), (True, 10), (False, 10), (False, 0)):
        text = "\n".join(_lines(report, remedies=remedies, locks=locks)) + "\n"
        if len(text) <= LIMIT:
            return text
    return "\n".join(_shortest(report)) + "\n"


def headline(report: ShownReport) -> str:
    """The verdict and the counts, for a first line that is read in an e-mail."""
    counts = [
        f"{number} {noun}{'' if number == 1 else 's'}"
        for number, noun in ((report.errors, "error"), (report.warnings, "warning"), (report.infos, "note"))
        if number
    ]
    migrations = f"{report.in_focus} migration{'' if report.in_focus == 1 else 's'}"
    return f"{_WORDS[report.verdict]} · {', '.join(counts) or 'nothing found'} in {migrations}"


def _lines(report: ShownReport, *, remedies: bool, locks: int) -> Iterator[str]:
    yield f"### {headline(report)}"
    yield ""
    worst = _worst(report.findings)
    if worst is not None:
        yield f"{code(f'{worst.path}:{worst.line}')} {inline(worst.message)} {inline(worst.impact)}".rstrip()
        yield ""
    yield from _lock_table(report.locks, locks)
    for path in _paths(report):
        yield from _file(path, [f for f in report.findings if f.path == path], remedies=remedies)
    yield from _foot(report)


def _worst(findings: Sequence[ShownFinding]) -> ShownFinding | None:
    return min(findings, key=_level, default=None)


def _level(finding: ShownFinding) -> int:
    """0 for the worst; a severity that is not known counts as such."""
    return _ORDER.index(finding.severity) if finding.severity in _ORDER else 0


def _paths(report: ShownReport) -> tuple[str, ...]:
    """Files with findings, the worst first, then by name."""
    found: dict[str, int] = {}
    for finding in report.findings:
        level = _level(finding)
        found[finding.path] = min(level, found.get(finding.path, level))
    return tuple(sorted(found, key=lambda path: (found[path], path)))


def _lock_table(locks: Sequence[ShownLock], most: int) -> Iterator[str]:
    if not locks or not most:
        return
    timed = any(lock.seconds is not None for lock in locks)
    yield "| where | statement | table | lock | who waits | work |" + (" time |" if timed else "")
    yield "|---|---|---|---|---|---|" + ("---|" if timed else "")
    for lock in locks[:most]:
        yield _lock_row(lock, timed=timed)
    if len(locks) > most:
        yield ""
        yield f"… and {len(locks) - most} more locks."
    yield ""


def _lock_row(lock: ShownLock, *, timed: bool) -> str:
    cells = [code(f"{lock.path}:{lock.line}"), inline(lock.operation), code(lock.relation), inline(lock.mode)]
    cells += [", ".join(lock.blocks), ", ".join(lock.work) or "none"]
    if timed:
        cells.append(_time(lock.seconds))
    return f"| {' | '.join(cells)} |"


def _time(seconds: ShownTime | None) -> str:
    if seconds is None:
        return "unknown"
    return f"{in_words(seconds.expected)} ({in_words_range(seconds.low, seconds.high)})"


def _file(path: str, findings: Iterable[ShownFinding], *, remedies: bool) -> Iterator[str]:
    shown = sorted(findings, key=lambda finding: (_level(finding), finding.line))
    opened = " open" if _level(shown[0]) == 0 else ""
    yield f"<details{opened}><summary>{_html(path)}: {len(shown)} finding{'' if len(shown) == 1 else 's'}</summary>"
    yield ""
    for finding in shown:
        yield from _finding(finding, remedies=remedies)
    yield "</details>"
    yield ""


def _html(text: str) -> str:
    return inline(text).replace("\\", "")


def _finding(finding: ShownFinding, *, remedies: bool) -> Iterator[str]:
    link = f"[{finding.code}]({RULE_PAGE.format(code=finding.code)})" if _CODE.fullmatch(finding.code) else "?"
    yield f"**{_MARKS[_ORDER[_level(finding)]]}** · line {finding.line} · {link} {inline(finding.name)}"
    yield ""
    yield " ".join(inline(part) for part in (finding.message, finding.impact, finding.why) if part)
    yield ""
    if finding.remedy and remedies:
        yield "Safer:"
        yield ""
        yield block(finding.remedy, _LANGUAGES.get(finding.source, "sql"))
        yield ""
        comment = "--" if finding.source == "sql" else "#"
        yield f"To accept it, write above the statement: {code(f'{comment} migsafe: ignore[{finding.code}] reason')}"
        yield ""


def _foot(report: ShownReport) -> Iterator[str]:
    parts = [f"{report.statements} statements checked against {inline(report.target)}"]
    if report.unanalysed:
        parts.append(f"**{report.unanalysed} not analysed**")
    if report.suppressed:
        parts.append(f"{report.suppressed} suppressed")
    parts.append(f"sizes of {inline(report.captured_at)}" if report.captured_at else "table sizes unknown")
    yield f"<sub>{', '.join(parts)} · migsafe {inline(report.version)}</sub>"


def _shortest(report: ShownReport) -> Iterator[str]:
    yield f"### {headline(report)}"
    yield ""
    yield "The report is too long for a comment; see the job's log."
    yield ""
    yield from _foot(report)
