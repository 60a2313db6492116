"""What people read once instead of two hundred times: identical findings of one migration, partitions of one table.

Outputs for people show groups; the JSON report stays complete.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from migsafe.model.findings import Severity
from migsafe.model.record import Record
from migsafe.model.report import FindingReport, MigrationReport, Report

_FEW: Final = 3
"""So many partitions are shown as one; fewer are named."""
_MANY_MIGRATIONS: Final = 20
"""Beyond so many in focus, the locks of those without a finding are not listed."""
_SHOWN: Final = 10
"""Places of a group that are named; the others are counted."""
_LONG: Final = 3
"""Line breaks from which on a safer form is long."""
_NAME: Final = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_VARIABLE: Final = re.compile(rf"{_NAME}(?:\.{_NAME})+|\"(?:[^\"]|\"\")+\"|\d+(?:\.\d+)?")
_LIST: Final = re.compile(r"@(?:, @)*(?: and @(?: more)?)?")

Key = tuple[str, bool, str, Severity, str, str]
T = TypeVar("T", bound=Hashable)
"""A relation: its name, or its name as text."""


class Group(Record):
    """Findings that say the same of other places or relations. `first` stands for all of them: the one that others
    wait for longest, where times are known."""

    first: FindingReport
    others: tuple[FindingReport, ...] = ()


def with_lock_tables(report: Report) -> tuple[tuple[MigrationReport, ...], int]:
    """The migrations whose locks are shown, and how many are left out: of many, those that have a finding."""
    if len(report.in_focus) <= _MANY_MIGRATIONS:
        return report.in_focus, 0
    found = {entry.finding.ref.migration for entry in report.findings if entry.counts and entry.finding.ref}
    kept = tuple(entry for entry in report.in_focus if entry.migration.key in found)
    return kept, len(report.in_focus) - len(kept)


def grouped(findings: Iterable[FindingReport]) -> tuple[Group, ...]:
    """The findings that count, in their order, with the later ones that say the same put to the first."""
    groups: dict[Key, list[FindingReport]] = {}
    for entry in findings:
        if entry.counts:
            groups.setdefault(_key(entry), []).append(entry)
    return tuple(map(_group, groups.values()))


def _group(members: Sequence[FindingReport]) -> Group:
    longest = max(members, key=_seconds)
    return Group(longest, tuple(entry for entry in members if entry is not longest))


def _seconds(entry: FindingReport) -> float:
    """The expected wait at the size that the table grows to; 0 when nobody knows. The first of equals is the first."""
    impact = entry.finding.impact
    return impact.grown.expected if impact is not None and impact.grown is not None else 0.0


def _key(entry: FindingReport) -> Key:
    """One file and direction, rule, severity and advice, and a message that differs in names and numbers at most."""
    finding = entry.finding
    advice = finding.remedy.advice if finding.remedy is not None else ""
    told = (finding.code, finding.severity, shape(finding.message), shape(advice))
    return (entry.location.path, entry.is_way_back, *told)


def shape(message: str) -> str:
    """A message without what is peculiar to one place: names with a dot or in quotes, and numbers; lists of them
    are one, however long."""
    return _LIST.sub("@", _VARIABLE.sub("@", message))


def told_before(groups: Iterable[Group]) -> Iterator[tuple[Group, str]]:
    """Each group with the one above that has the same safer form, as `MS101 at shop/0042.py:7`; empty when none has,
    or when it is short. Several hazards of one operation often have one remedy."""
    told: dict[str, str] = {}
    for group in groups:
        entry = group.first
        before = told.get(entry.remedy, "")
        yield group, before
        if entry.remedy.count("\n") >= _LONG:
            told.setdefault(entry.remedy, f"{entry.finding.code} at {entry.location.path}:{entry.location.line}")


def places(group: Group) -> str:
    """Where else: `lines 6 (public.b), 7 (public.c) and 12 more`; relations only where they differ. Empty when nowhere
    else: an operation in a loop has many statements at one place."""
    relations = {entry.finding.relation for entry in (group.first, *group.others)}
    place = _place if len(relations) > 1 else _line
    return elsewhere(place(group.first), [place(entry) for entry in group.others])


def elsewhere(first: str, others: Iterable[str]) -> str:
    """The places besides the first, each once, as `lines 6, 7 and 12 more`."""
    every = [place for place in dict.fromkeys(others) if place != first]
    shown, rest = every[:_SHOWN], len(every[_SHOWN:])
    if not every:
        return ""
    noun = "line" if len(every) == 1 else "lines"
    return f"{noun} {', '.join(shown)}" + (f" and {rest} more" if rest else "")


def _line(entry: FindingReport) -> str:
    return str(entry.location.line)


def _place(entry: FindingReport) -> str:
    relation = entry.finding.relation
    return f"{_line(entry)} ({relation})" if relation is not None else _line(entry)


def as_one(relations: Sequence[T], root_of: Mapping[T, T]) -> Iterator[tuple[str, tuple[T, ...]]]:
    """Relations of which the same is to be said, in words, each with those that it stands for; three or more
    partitions of one table are one: `public.events and 212 partitions`."""
    families: dict[T, list[T]] = {}
    for name in relations:
        families.setdefault(root_of.get(name, name), []).append(name)
    for root, members in families.items():
        parts = [name for name in members if name != root]
        if len(parts) < _FEW:
            yield from ((str(name), (name,)) for name in members)
        elif root in members:
            yield f"{root} and {len(parts)} partitions", tuple(members)
        else:
            yield f"{len(parts)} partitions of {root}", tuple(members)
