"""Makes the report: places as lines and columns, source lines to show, remedies as text, fingerprints."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from migsafe.check import Judged
from migsafe.effects.windows import Executed
from migsafe.model.effects import StatementRef
from migsafe.model.findings import Finding, Place, Remedy
from migsafe.model.migration import Direction, History, Migration, Statement
from migsafe.model.operations import (
    CallProcedure,
    Copy,
    Delete,
    DoBlock,
    Explain,
    Insert,
    Merge,
    Opaque,
    Operation,
    Select,
    Update,
)
from migsafe.model.record import KeywordRecord
from migsafe.model.report import (
    Excerpt,
    FindingReport,
    Location,
    MigrationReport,
    RelatedReport,
    Report,
    StatementReport,
    TargetReport,
)
from migsafe.model.text import Span
from migsafe.plans.writers.subject import Subject
from migsafe.rules.base import place
from migsafe.text.masking import MASK, display_sql, mask_literals, mask_secrets, printable
from migsafe.text.source import SourceText
from migsafe.version import RULE_PAGE, __version__

_HOLDS_DATA: tuple[type[Operation], ...] = (
    CallProcedure,
    Copy,
    Delete,
    DoBlock,
    Explain,
    Insert,
    Merge,
    Opaque,
    Select,
    Update,
)


Shown = Mapping[StatementRef, str]
"""The text of each statement as outputs may show it."""


class Materials(KeywordRecord):
    """What the report is made of besides the judgement."""

    histories: tuple[History, ...]
    sources: Mapping[str, SourceText]  # by path, for every file of the focus
    target: TargetReport
    notes: tuple[str, ...]
    write: Callable[[Remedy, Migration, Subject], str]


def assemble(judged: Judged, findings: Sequence[Finding], materials: Materials) -> Report:
    """The report of a run. `findings` are those of `judged` and of the run itself, suppressed ones marked."""
    shown = {executed.ref: shown_sql(executed.statement) for executed in judged.run}
    return Report(
        tool_version=__version__,
        target=materials.target,
        migrations=tuple(_migrations(judged, shown, materials)),
        transactions=judged.transactions,
        windows=judged.windows,
        findings=tuple(sorted(_findings(judged, findings, shown, materials), key=_order)),
        notes=materials.notes,
    )


def _order(entry: FindingReport) -> tuple[str, bool, int, int, str, str]:
    """File by file, what is deployed before what takes it back: in a framework both have the same places."""
    at = entry.location
    return (at.path, entry.is_way_back, at.line, at.column, entry.finding.code, entry.finding.message)


def _migrations(judged: Judged, shown: Shown, materials: Materials) -> Iterator[MigrationReport]:
    ran: dict[str, list[Executed]] = {}
    for executed in judged.run:
        ran.setdefault(executed.migration.key, []).append(executed)
    for history in materials.histories:
        for migration in _all(history):
            statements = tuple(_statement(e, shown, materials) for e in ran.get(migration.key, ()))
            in_focus = migration.key in history.focus
            yield MigrationReport(migration=migration, in_focus=in_focus, statements=statements)


def _all(history: History) -> Iterator[Migration]:
    yield from history.migrations
    yield from (down for down in history.downs if down is not None and down.key in history.focus)


def _statement(executed: Executed, shown: Shown, materials: Materials) -> StatementReport:
    statement = executed.statement
    return StatementReport(
        statement=statement,
        sql=shown[executed.ref],
        location=_location(place(executed.migration, statement), materials),
        transaction=executed.transaction,
        outcome=executed.outcome,
        private=executed.private,
        partitions=executed.partitions,
    )


def shown_sql(statement: Statement) -> str:
    """The statement as outputs may show it: literals of statements about rows and all secrets are masked."""
    return display_sql(statement.sql, _holds_data(statement))


def _holds_data(statement: Statement) -> bool:
    """Whether literals in it may be data: also in what could not be read."""
    return statement.syntax_error is not None or any(isinstance(op, _HOLDS_DATA) for op in statement.operations)


def _location(at: Place, materials: Materials) -> Location:
    source = materials.sources[at.path]
    start, end = source.position(at.span.start), source.position(at.span.end)
    return Location(
        path=at.path,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        offset=start.offset,
        end_offset=end.offset,
    )


def _findings(
    judged: Judged, findings: Sequence[Finding], shown: Shown, materials: Materials
) -> Iterator[FindingReport]:
    executed = {e.ref: e for e in judged.run}
    ordinals: Counter[str] = Counter()
    for finding in findings:
        about = executed.get(finding.ref) if finding.ref is not None else None
        identity = _identity(finding, about, shown)
        ordinals[identity] += 1
        yield FindingReport(
            finding=finding,
            location=_location(finding.place, materials),
            excerpt=tuple(_excerpt(finding.place, about, materials)),
            remedy=_remedy(finding, about, materials),
            url=RULE_PAGE.format(code=finding.code),
            fingerprint=_digest(f"{identity}\0{ordinals[identity]}"),
            related=tuple(RelatedReport(_location(r.place, materials), r.message) for r in finding.related),
            is_way_back=about is not None and about.migration.direction is Direction.DOWN,
        )


def _remedy(finding: Finding, about: Executed | None, materials: Materials) -> str:
    if finding.remedy is None or about is None:
        return ""
    try:
        return materials.write(finding.remedy, about.migration, Subject(about.statement, finding.code))
    except Exception as error:  # noqa: BLE001  # the finding is worth more than its safer form
        comment = "--" if about.migration.source == "sql" else "#"
        return f"{comment} migsafe failed to write this down ({type(error).__name__}): please report it"


def _identity(finding: Finding, about: Executed | None, shown: Shown) -> str:
    """What a finding is about, without line numbers: a comment inserted above must not make it a new one."""
    if about is None:
        return "\0".join((finding.code, finding.place.path, finding.message))
    words = " ".join(shown[about.ref].split())
    return "\0".join((finding.code, about.migration.id, str(about.migration.direction), words, str(finding.relation)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _excerpt(at: Place, about: Executed | None, materials: Materials) -> Iterator[Excerpt]:
    """The first line of what is meant, as it may be shown. Masking shortens a line, so that the part to underline
    is measured on masked text too."""
    source = materials.sources[at.path]
    line = source.position(at.span.start).line
    if about is None or not _inside(at.span, about.statement.span):
        yield _line_of_file(source, line)
        return
    if about.statement.rendered:
        yield _call(at, about.statement, source, line)
        return
    shown, start, end = _masked(about.statement, at.span)
    head = shown.rfind("\n", 0, start) + 1
    tail = shown.find("\n", start)
    tail = len(shown) if tail < 0 else tail
    yield Excerpt(line, shown[head:tail], start - head, min(end, tail) - head)


def _call(at: Place, statement: Statement, source: SourceText, line: int) -> Excerpt:
    """The line of the call that a rendered statement comes from: its SQL is nowhere in the file."""
    text = source.line_text(line)
    if _holds_data(statement):
        shown = _without_strings(text)
        return Excerpt(line, shown, _indentation(shown), len(shown.rstrip()))
    shown = printable(mask_secrets(text))
    start = source.position(at.span.start).column - 1 if shown == text else _indentation(shown)
    same_line = source.position(at.span.end).line == line and shown == text
    return Excerpt(line, shown, start, source.position(at.span.end).column - 1 if same_line else len(shown.rstrip()))


def _without_strings(line: str) -> str:
    """A line of Python up to its first string, which may hold data: quotes of Python are none of SQL's."""
    shown = printable(line)
    place = min((at for at in (shown.find('"'), shown.find("'")) if at >= 0), default=-1)
    return shown if place < 0 else f"{shown[:place]}{MASK}"


def _inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _masked(statement: Statement, part: Span) -> tuple[str, int, int]:
    """The statement as shown, and where the part begins and ends in it."""
    if part == statement.span:
        whole = shown_sql(statement)
        return whole, 0, len(whole)
    base = statement.span.start
    before = statement.replace(sql=statement.sql[: part.start - base])
    within = statement.replace(sql=statement.sql[: part.end - base])
    return shown_sql(statement), len(shown_sql(before)), len(shown_sql(within))


def _line_of_file(source: SourceText, line: int) -> Excerpt:
    whole = source.line_text(line)
    text = _without_strings(whole) if source.path.endswith(".py") else printable(mask_literals(whole))
    return Excerpt(line, text, _indentation(text), len(text.rstrip()))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
