"""The findings of one file in Markdown: by statement, the worst first, each with its safer form to copy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.model.record import Record
from migsafe.outputs.grouping import elsewhere, shape
from migsafe.outputs.impact import needs, sentence
from migsafe.outputs.markdown_text import block, code, html, inline
from migsafe.outputs.report_file import ShownFinding
from migsafe.outputs.report_levels import level
from migsafe.outputs.summary import counted
from migsafe.version import RULE_PAGE

_CODE: Final = re.compile(r"MS\d{3}")
_MARKS: Final = ("⛔ error", "⚠️ warning", "ℹ️ info")
_LANGUAGES: Final = {"sql": "sql", "alembic": "python", "django": "python"}
_MOST_LINES: Final = 12


class _Group(Record):
    """Findings that say the same of other places or relations."""

    first: ShownFinding
    others: tuple[ShownFinding, ...]


class Parts(Record):
    """What is shown as a block to copy: each text once in a file."""

    statement: bool
    remedy: bool


def file_section(path: str, findings: Sequence[ShownFinding], *, blocks: bool) -> Iterator[str]:
    """Folded in, but for files that block. `blocks`: with the statements and what is to be written instead."""
    groups = sorted(_grouped(findings), key=lambda group: (level(group.first), group.first.line))
    opened = " open" if level(groups[0].first) == 0 else ""
    yield f"<details{opened}><summary>{html(path)}: {counted(len(findings), 'finding')}</summary>"
    yield ""
    shown: set[str] = set()
    for group in groups:
        entry = group.first
        parts = Parts(blocks and entry.statement not in shown, blocks and entry.remedy not in shown)
        yield from _finding(group, parts)
        shown.update((entry.statement, entry.remedy))
    yield from _how_to_accept(groups[0].first)
    yield "</details>"
    yield ""


def _grouped(findings: Sequence[ShownFinding]) -> list[_Group]:
    groups: dict[tuple[str | bool, ...], list[ShownFinding]] = {}
    for finding in findings:
        key = (finding.is_way_back, finding.code, finding.severity, shape(finding.message), shape(finding.advice))
        groups.setdefault(key, []).append(finding)
    return [_group(members) for members in groups.values()]


def _group(members: Sequence[ShownFinding]) -> _Group:
    """The one that others wait for longest stands for all."""
    longest = max(members, key=_wait)
    return _Group(longest, tuple(finding for finding in members if finding is not longest))


def _wait(finding: ShownFinding) -> float:
    grown = finding.impact.grown if finding.impact is not None else None
    return grown.expected if grown is not None else 0.0


def _finding(group: _Group, parts: Parts) -> Iterator[str]:
    finding = group.first
    link = f"[{finding.code}]({RULE_PAGE.format(code=finding.code)})" if _CODE.fullmatch(finding.code) else "?"
    way_back = " (way back)" if finding.is_way_back else ""
    yield f"#### {_MARKS[level(finding)]} · line {finding.line} · {link} {inline(finding.name)}{way_back}"
    yield ""
    if parts.statement and finding.statement:
        yield block(_shortened(finding.statement), "sql")
        yield ""
    yield f"**{inline(finding.message)}** {inline(finding.why)}".rstrip()
    yield ""
    yield from _paragraph("Also", _places(group))
    yield from _paragraph("Time", sentence(finding.impact))
    yield from _paragraph("Needs", needs(finding.impact))
    yield from _paragraph("Safer", finding.advice)
    if finding.remedy and parts.remedy:
        yield block(finding.remedy, _LANGUAGES.get(finding.source, "sql"))
        yield ""


def _shortened(statement: str) -> str:
    lines = statement.split("\n")
    return "\n".join(lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"])


def _paragraph(label: str, text: str) -> Iterator[str]:
    if text:
        yield f"{label}: {inline(text)}"
        yield ""


def _places(group: _Group) -> str:
    """Where else, with the relation where it differs."""
    differ = len({finding.relation for finding in (group.first, *group.others)}) > 1
    place, *others = [_place(finding, named=differ) for finding in (group.first, *group.others)]
    return elsewhere(place, others)


def _place(finding: ShownFinding, *, named: bool) -> str:
    return f"{finding.line} ({finding.relation})" if named and finding.relation is not None else str(finding.line)


def _how_to_accept(finding: ShownFinding) -> Iterator[str]:
    """Once for each file, with a code that occurs in it."""
    if not _CODE.fullmatch(finding.code):
        return
    comment = "--" if finding.source == "sql" else "#"
    example = code(f"{comment} migsafe: ignore[{finding.code}] reason")
    yield f"<sub>To accept a finding, write a comment above its statement, such as {example}</sub>"
    yield ""
