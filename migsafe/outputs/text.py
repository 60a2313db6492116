"""The report for a person at a terminal: the finding at its place, why, the safer form, then every lock taken.

Lines are made of styled pieces first. Without colour they are joined as they are; with colour rich turns the styles
into escape sequences, and it is imported only then, because it costs a third of the start-up time.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from migsafe.model.effects import Effect, Window
from migsafe.model.findings import Finding, Severity
from migsafe.model.report import Excerpt, FindingReport, Location, Report
from migsafe.outputs.grouping import (
    Group,
    Told,
    grouped,
    is_undone_by_framework,
    places,
    told_before,
    with_lock_tables,
)
from migsafe.outputs.impact import needs, sentence
from migsafe.outputs.summary import sizes_line, summary_line
from migsafe.outputs.text_locks import blocked_words, lock_table
from migsafe.outputs.text_pieces import INDENT, Line, Piece
from migsafe.text.durations import in_words
from migsafe.text.masking import printable

_SEVERITY_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
_VERDICT_STYLE = {"block": "bold red", "warn": "bold yellow", "pass": "bold green"}
_LABEL_WIDTH = 7
_LONGEST_LINE = 160
_LONGEST_SQL = 300


def render(report: Report, *, width: int | None = None) -> str:
    """The report as plain text. Prose is wrapped to `width` columns; paths, SQL and tables never are."""
    return "\n".join("".join(printable(p.text) for p in line).rstrip() for line in _lines(report, width)) + "\n"


def render_colour(report: Report, *, width: int | None = None) -> str:
    """The same with ANSI escape sequences for the styles."""
    from rich.color import ColorSystem
    from rich.style import Style

    def painted(piece: Piece) -> str:
        style = Style.parse(piece.style) if piece.style else None
        shown = printable(piece.text)
        return style.render(shown, color_system=ColorSystem.STANDARD) if style else shown

    return "\n".join("".join(painted(p) for p in line) for line in _lines(report, width)) + "\n"


def _lines(report: Report, width: int | None) -> Iterator[Line]:
    for group, told in told_before(grouped(report.findings), lambda entry: not _is_about_undoing(entry, report)):
        yield from _finding(group, told, report, width)
        yield ()
    shown, left_out = with_lock_tables(report)
    for migration in shown:
        yield from lock_table(migration, width)
    if left_out:
        yield (Piece("note: ", "bold"), Piece(f"The locks of {left_out} are left out."))
    for note in report.notes:
        yield (Piece("note: ", "bold"), Piece(note))
    if report.target.statistics is not None:
        yield (Piece(sizes_line(report.target.statistics)),)
    yield (Piece(summary_line(report), _VERDICT_STYLE[report.verdict]),)


def _finding(group: Group, told: Told, report: Report, width: int | None) -> Iterator[Line]:
    entry = group.first
    finding, at = entry.finding, entry.location
    yield (
        Piece(_words(at), "bold"),
        Piece("  "),
        Piece(str(finding.severity), _SEVERITY_STYLE[finding.severity]),
        Piece(f"  {finding.code} {finding.name}"),
        *((Piece(" (way back)", "dim"),) if entry.is_way_back else ()),
    )
    yield from _frame(entry.excerpt, _SEVERITY_STYLE[finding.severity])
    yield from _labelled("sends", _rendered(finding, report), None)
    yield from _labelled("", finding.message, width, "bold")
    yield from _labelled("also", places(group), width)
    if _is_about_undoing(entry, report):
        yield from _labelled("safer", finding.remedy.advice if finding.remedy is not None else "", width)
    else:
        yield from _reasons(entry, told, report, width)
    if not told.code:
        yield from _labelled("more", f"migsafe explain {finding.code}", None)


def _is_about_undoing(entry: FindingReport, report: Report) -> bool:
    """Information about a way back that nobody wrote: one sentence is enough for what happens on another day."""
    finding = entry.finding
    if not entry.is_way_back or finding.severity is not Severity.INFO or finding.ref is None:
        return False
    return is_undone_by_framework(report.migration(finding.ref))


def _reasons(entry: FindingReport, told: Told, report: Report, width: int | None) -> Iterator[Line]:
    finding = entry.finding
    yield from _labelled("lock", _lock_sentence(finding, report), width)
    yield from _labelled("time", sentence(finding.impact), width)
    yield from _labelled("needs", needs(finding.impact), width)
    yield from _labelled("why", "" if told.why else finding.why, width)
    yield from _remedy(entry, told, width)
    related = (f"{_words(r.location)}: {r.message}" for r in entry.related)
    for line in dict.fromkeys(related):
        yield from _labelled("see", line, None)


def _words(at: Location) -> str:
    return f"{at.path}:{at.line}:{at.column}"


def _frame(excerpt: tuple[Excerpt, ...], style: str) -> Iterator[Line]:
    gutter = max((len(str(line.line)) for line in excerpt), default=1)
    for line in excerpt:
        before = len(line.text[: line.start].expandtabs(4))
        after = len(line.text[: line.end].expandtabs(4))
        shown, before, after = _clipped(line.text.expandtabs(4), before, after)
        yield (Piece(f" {line.line:>{gutter}} | ", "dim"), Piece(shown))
        yield (Piece(f" {'':>{gutter}} | ", "dim"), Piece(" " * before + "^" * max(1, after - before), style))


def _clipped(text: str, before: int, after: int) -> tuple[str, int, int]:
    """A line that is longer than anybody reads, cut around what is underlined."""
    if len(text) <= _LONGEST_LINE:
        return text, before, after
    start = max(0, before - _LONGEST_LINE // 4) if before > _LONGEST_LINE // 2 else 0
    head, end = "…" if start else "", start + _LONGEST_LINE
    cut = head + text[start:end] + ("…" if end < len(text) else "")
    return cut, before - start + len(head), min(after, end) - start + len(head)


def _rendered(finding: Finding, report: Report) -> str:
    """The SQL of a statement that a framework writes, on one line; the frame shows the call."""
    if finding.ref is None:
        return ""
    entry = report.statement(finding.ref)
    if not entry.statement.rendered:
        return ""
    sql = " ".join(entry.sql.split())
    return sql if len(sql) <= _LONGEST_SQL else f"{sql[:_LONGEST_SQL]}…"


def _labelled(label: str, text: str, width: int | None, style: str = "") -> Iterator[Line]:
    if not text:
        return
    head = f"{INDENT}{label:<{_LABEL_WIDTH}}" if label else INDENT
    room = max(40, width - len(head)) if width else None
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) if room else [text]
    for number, line in enumerate(lines):
        lead = head if number == 0 else " " * len(head)
        yield (Piece(lead, "dim"), Piece(line, style))


def _remedy(entry: FindingReport, told: Told, width: int | None) -> Iterator[Line]:
    remedy = entry.finding.remedy
    if remedy is None:
        return
    if told.advice:
        yield from _labelled("safer", f"As for {told.remedy}.", width)
        return
    yield from _labelled("safer", remedy.advice, width)
    if told.remedy:
        yield from _labelled("", f"The same as for {told.remedy}.", width)
    if told.remedy or not entry.remedy:
        return
    yield ()
    for line in entry.remedy.splitlines():
        yield (Piece(f"{INDENT}{'':<{_LABEL_WIDTH}}  {line}", "green"),)
    yield ()


def _lock_sentence(finding: Finding, report: Report) -> str:
    """The lock on the relation in question that the finding is about, with who waits for it."""
    if finding.ref is None or finding.relation is None:
        return ""
    outcome = report.statement(finding.ref).outcome
    mode = finding.held or (outcome.lock_on(finding.relation) if isinstance(outcome, Effect) else None)
    if mode is None:
        return ""
    where = f"{finding.relation}, held since an earlier statement" if finding.held is not None else finding.relation
    kept = _kept(report.window(finding.ref, finding.relation, mode))
    return f"{mode.manual_name} on {where}: blocks {blocked_words(mode)}{kept}"


def _kept(window: Window | None) -> str:
    """Until the end of the transaction."""
    seconds = window.seconds if window is not None else None
    return f"; kept for about {in_words(seconds.expected)}" if seconds is not None else ""
