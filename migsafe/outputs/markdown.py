"""The report as Markdown: the comment on a pull request and the summary of a job.

The verdict comes first, then the worst fact in plain words, one table of locks, and a section for each file with
the safer form to copy. Over the size that GitHub takes, details go first and the verdict never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.model.record import KeywordRecord
from migsafe.model.report import Report
from migsafe.outputs import json as json_output
from migsafe.outputs.impact import sentence
from migsafe.outputs.markdown_findings import file_section
from migsafe.outputs.markdown_locks import lock_table, short_names
from migsafe.outputs.markdown_text import code, inline
from migsafe.outputs.report_file import ShownFinding, ShownReport, ShownSizes, read
from migsafe.outputs.report_levels import level
from migsafe.outputs.summary import counted, migrations

LIMIT: Final = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_MOST_NOTES: Final = 6
_WORDS: Final = {
    "block": "⛔ **Blocked**",
    "warn": "⚠️ **Warnings**",
    "pass": "✅ **Safe**",
}


class _Extent(KeywordRecord):
    """How much is shown: statements with their remedies, rows of the lock table."""

    blocks: bool
    locks: int


_EXTENTS: Final = (
    _Extent(blocks=True, locks=30),
    _Extent(blocks=True, locks=10),
    _Extent(blocks=False, locks=10),
    _Extent(blocks=False, locks=0),
)


def render(report: Report) -> str:
    """The report as one document."""
    return of_report(read(json_output.render(report)))


def of_report(report: ShownReport) -> str:
    """The document for a report that was read back. The fullest form that fits is taken."""
    for extent in _EXTENTS:
        text = "\n".join(_lines(report, extent)) + "\n"
        if len(text) <= LIMIT:
            return text
    return "\n".join(_shortest(report)) + "\n"


def headline(report: ShownReport) -> str:
    """The verdict and the counts, for a first line that is read in an e-mail."""
    counts = [
        counted(number, noun)
        for number, noun in ((report.errors, "error"), (report.warnings, "warning"), (report.infos, "info"))
        if number
    ]
    return f"{_WORDS[report.verdict]} · {', '.join(counts) or 'nothing found'} in {_migrations(report)}"


def _migrations(report: ShownReport) -> str:
    return migrations(report.in_focus - report.ways_back, report.ways_back)


def _lines(report: ShownReport, extent: _Extent) -> Iterator[str]:
    names = short_names(report)
    yield f"### {headline(report)}"
    yield ""
    yield from _worst_fact(report.findings, names)
    yield from lock_table(report.locks, names, extent.locks)
    for path in _paths(report):
        yield from file_section(path, [f for f in report.findings if f.path == path], blocks=extent.blocks)
    yield from _notes(report.notes)
    yield from _foot(report)


def _worst_fact(findings: Sequence[ShownFinding], names: dict[str, str]) -> Iterator[str]:
    worst = min(findings, key=_badness, default=None)
    if worst is None:
        return
    where = code(f"{names[worst.path]}:{worst.line}")
    yield " ".join(part for part in (where, f"**{inline(worst.message)}**", inline(sentence(worst.impact))) if part)
    yield ""


def _badness(finding: ShownFinding) -> tuple[int, float]:
    """The least is the worst: by severity, then by how long others wait."""
    grown = finding.impact.grown if finding.impact is not None else None
    return level(finding), -grown.expected if grown is not None else 0.0


def _paths(report: ShownReport) -> tuple[str, ...]:
    """Files with findings, the worst first, then by name."""
    found: dict[str, int] = {}
    for finding in report.findings:
        found[finding.path] = min(level(finding), found.get(finding.path, level(finding)))
    return tuple(sorted(found, key=lambda path: (found[path], path)))


def _notes(notes: Sequence[str]) -> Iterator[str]:
    yield from (f"- {inline(note)}" for note in notes[:_MOST_NOTES])
    if len(notes) > _MOST_NOTES:
        yield f"- … and {len(notes) - _MOST_NOTES} more notes in the job's log."
    if notes:
        yield ""


def _foot(report: ShownReport) -> Iterator[str]:
    context = report.migrations - report.in_focus
    parts = [
        f"{counted(report.statements, 'statement')} in {_migrations(report)} checked against {inline(report.target)}"
    ]
    parts += [f"{context} read as context"] if context > 0 else []
    parts += [f"**{counted(report.unanalysed, 'statement')} not analysed**"] if report.unanalysed else []
    parts += [f"{report.suppressed} suppressed"] if report.suppressed > 0 else []
    parts += [f"{report.in_baseline} in the baseline"] if report.in_baseline else []
    parts.append(_sizes(report.sizes))
    yield f"<sub>{', '.join(parts)} · migsafe {inline(report.version)}</sub>"


def _sizes(sizes: ShownSizes | None) -> str:
    """The day, not the age: a comment is not to change from day to day."""
    if sizes is None:
        return "table sizes unknown"
    where = ", ".join(map(inline, sizes.sources)) or "settings"
    return f"sizes from {where}" + (f" of {inline(sizes.captured_at[:10])}" if sizes.captured_at else "")


def _shortest(report: ShownReport) -> Iterator[str]:
    yield f"### {headline(report)}"
    yield ""
    yield "The report is too long for a comment; see the job's log."
    yield ""
    yield from _foot(report)
