"""The report for a person at a terminal: the finding at its place, why, the safer form, then every lock taken.

Lines are made of styled pieces first. Without colour they are joined as they are; with colour rich turns the styles
into escape sequences, and it is imported only then, because it costs a third of the start-up time.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from migsafe.model.effects import Effect, Window, Work, WorkKind
from migsafe.model.findings import Finding, Severity
from migsafe.model.locks import Lock, LockMode
from migsafe.model.migration import Direction
from migsafe.model.names import Name
from migsafe.model.report import Excerpt, FindingReport, MigrationReport, Report, StatementReport
from migsafe.outputs.grouping import Group, as_one, grouped, places, told_before, with_lock_tables
from migsafe.outputs.impact import needs, sentence
from migsafe.outputs.summary import sizes_line, summary_line
from migsafe.text.durations import in_words
from migsafe.text.masking import printable

_SEVERITY_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
_VERDICT_STYLE = {"block": "bold red", "warn": "bold yellow", "pass": "bold green"}
_INDENT = "   "
_LABEL_WIDTH = 7
_LONGEST_LINE = 160
_LONGEST_SQL = 300

WORK_WORDS = {
    WorkKind.REWRITE: "rewrite",
    WorkKind.INDEX_BUILD: "index build",
    WorkKind.SCAN: "full scan",
    WorkKind.DATA: "row changes",
    WorkKind.EMPTY: "emptied",
}


class Piece(NamedTuple):
    """Text in one style; the style is rich's notation, empty for none."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]


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
    for group, before in told_before(grouped(report.findings)):
        yield from _finding(group, before, report, width)
        yield ()
    shown, left_out = with_lock_tables(report)
    for migration in shown:
        yield from lock_table(migration.statements, migration, width)
    if left_out:
        yield (Piece("note: ", "bold"), Piece(f"The locks of {left_out} migrations without a finding are left out."))
    for note in report.notes:
        yield (Piece("note: ", "bold"), Piece(note))
    if report.target.statistics is not None:
        yield (Piece(sizes_line(report.target.statistics)),)
    yield (Piece(summary_line(report), _VERDICT_STYLE[report.verdict]),)


def _finding(group: Group, before: str, report: Report, width: int | None) -> Iterator[Line]:
    entry = group.first
    finding, at = entry.finding, entry.location
    yield (
        Piece(f"{at.path}:{at.line}:{at.column}", "bold"),
        Piece("  "),
        Piece(str(finding.severity), _SEVERITY_STYLE[finding.severity]),
        Piece(f"  {finding.code} {finding.name}"),
        *((Piece(" (way back)", "dim"),) if entry.is_way_back else ()),
    )
    yield from _frame(entry.excerpt, _SEVERITY_STYLE[finding.severity])
    yield from _labelled("sends", _rendered(finding, report), None)
    yield from _labelled("", finding.message, width, "bold")
    yield from _labelled("also", places(group), width)
    yield from _labelled("lock", _lock_sentence(finding, report), width)
    yield from _labelled("time", sentence(finding.impact), width)
    yield from _labelled("needs", needs(finding.impact), width)
    yield from _labelled("why", finding.why, width)
    yield from _remedy(entry, before, width)
    for related in entry.related:
        place = f"{related.location.path}:{related.location.line}:{related.location.column}"
        yield from _labelled("see", f"{place}: {related.message}", None)
    yield from _labelled("more", f"migsafe explain {finding.code}", None)


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
    head = f"{_INDENT}{label:<{_LABEL_WIDTH}}" if label else _INDENT
    room = max(40, width - len(head)) if width else None
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) if room else [text]
    for number, line in enumerate(lines):
        lead = head if number == 0 else " " * len(head)
        yield (Piece(lead, "dim"), Piece(line, style))


def _remedy(entry: FindingReport, before: str, width: int | None) -> Iterator[Line]:
    remedy = entry.finding.remedy
    if remedy is None:
        return
    yield from _labelled("safer", remedy.advice, width)
    if before:
        yield from _labelled("", f"The same as for {before}.", width)
    if before or not entry.remedy:
        return
    yield ()
    for line in entry.remedy.splitlines():
        yield (Piece(f"{_INDENT}{'':<{_LABEL_WIDTH}}  {line}", "green"),)
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


def blocked_words(mode: LockMode) -> str:
    """Who waits, in words: `reads, writes, schema changes`; `nobody who reads or writes` for weak modes."""
    words = {"read": "reads", "write": "writes", "ddl": "schema changes"}
    return ", ".join(words[str(kind)] for kind in mode.blocks) or "no reads or writes"


class _Row(NamedTuple):
    line: str
    operation: str
    relation: str
    lock: str
    blocks: str
    work: str
    time: str


_HEADINGS = _Row("line", "statement", "relation", "lock", "blocks", "work", "time")


def lock_table(
    statements: Iterable[StatementReport], migration: MigrationReport | None, width: int | None
) -> Iterator[Line]:
    """The locks that make somebody wait, one row for each statement and relation.

    Weaker locks are left out, and locks on what was created just before, which nobody else can be waiting for; of a
    migration also those on indexes and sequences for which nobody waits who does not wait for a table anyway.
    """
    chosen = _waited_for if migration is None else _telling
    rows = [row for statement in statements for row in _rows(statement, chosen(statement))]
    if not rows:
        return
    if migration is not None:
        way_back = " (way back)" if migration.migration.direction is Direction.DOWN else ""
        yield (Piece(f"Locks of {migration.migration.path}{way_back}", "bold"),)
    headings = _HEADINGS if any(row.time for row in rows) else _HEADINGS._replace(time="")
    widths = [max(len(row[i]) for row in (headings, *rows)) for i in range(len(headings))]
    if width is not None and sum(widths) + 2 * len(widths) > width:
        yield from _folded(rows)
    else:
        yield (Piece(_INDENT), Piece(_aligned(headings, widths), "dim"))
        yield from ((Piece(_INDENT), Piece(_aligned(row, widths))) for row in rows)
    yield ()


def _aligned(row: _Row, widths: list[int]) -> str:
    return "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()


def _folded(rows: Iterable[_Row]) -> Iterator[Line]:
    """The table as a list, for terminals too narrow for its columns."""
    for row in rows:
        yield (Piece(f"{_INDENT}line {row.line}: {row.lock} on {row.relation}"),)
        about = [f"blocks {row.blocks}", row.work, row.time]
        yield (Piece(f"{_INDENT}   {'; '.join(word for word in about if word)}", "dim"),)


def _waited_for(entry: StatementReport) -> list[Lock]:
    locks = entry.outcome.locks if isinstance(entry.outcome, Effect) else ()
    return [lock for lock in locks if lock.mode.blocks and lock.relation not in entry.private]


def _telling(entry: StatementReport) -> list[Lock]:
    """A table that is dropped takes its indexes and sequences along, with the same lock on each."""
    locks = _waited_for(entry)
    told = [frozenset(lock.mode.blocks) for lock in locks if not lock.kind.is_part]
    return [k for k in locks if not k.kind.is_part or not any(blocked >= frozenset(k.mode.blocks) for blocked in told)]


def _rows(entry: StatementReport, locks: Iterable[Lock]) -> Iterator[_Row]:
    if not isinstance(entry.outcome, Effect):
        return
    operations = ", ".join(dict.fromkeys(operation.label for operation in entry.statement.operations))
    shown = False
    for relation, lock, work in _held(locks, entry.outcome.work, dict(entry.partitions)):
        yield _Row(
            line="" if shown else str(entry.location.line),
            operation="" if shown else operations,
            relation=relation,
            lock=lock.mode.manual_name,
            blocks=blocked_words(lock.mode),
            work=work,
            time=_time(entry.outcome),
        )
        shown = True


def _time(effect: Effect) -> str:
    return "" if effect.seconds is None else in_words(effect.seconds.expected)


def _held(locks: Iterable[Lock], work: Iterable[Work], root_of: Mapping[Name, Name]) -> Iterator[tuple[str, Lock, str]]:
    """Relations in words with a lock on them and the work under it, the strongest locks first. A partitioned table
    has no rows of its own, so that it stands with its partitions whatever is done to them."""
    pieces = tuple(work)
    by_mode: dict[LockMode, list[Lock]] = {}
    for lock in sorted(locks, key=lambda lock: -lock.mode):
        by_mode.setdefault(lock.mode, []).append(lock)
    for same in by_mode.values():
        known = {lock.relation: lock for lock in same}
        for words, members in as_one(tuple(known), root_of):
            kinds = dict.fromkeys(word for name in members for word in _work_on(pieces, known[name]))
            yield words, known[members[0]], ", ".join(kinds)


def _work_on(work: Iterable[Work], lock: Lock) -> Iterator[str]:
    kinds = dict.fromkeys(w.kind for w in work if lock.relation in _touched(w))
    yield from (WORK_WORDS[kind] for kind in kinds)


def _touched(work: Work) -> tuple[Name, ...]:
    return (work.relation, work.table)
