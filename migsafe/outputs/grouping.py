"""What people read once instead of two hundred times: identical findings of one migration, partitions of one table.

Outputs for people show groups; the JSON report stays complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from migsafe.model.effects import Effect
from migsafe.model.findings import Severity
from migsafe.model.migration import Direction
from migsafe.model.record import Record
from migsafe.model.report import FindingReport, MigrationReport, Report

_FEW: Final = 3
"""So many partitions are shown as one; fewer are named. So many other files are named; the rest are counted."""
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


class Told(Record):
    """What a reader of the findings above knows already."""

    remedy: str = ""  # where the same safer form stands, as `MS101 at shop/0042.py:7`
    advice: bool = False  # whether its sentence stands there as well
    why: bool = False
    code: bool = False


def with_lock_tables(report: Report) -> tuple[tuple[MigrationReport, ...], str]:
    """The migrations whose locks are shown, and which are left out, in words: of many migrations those without a
    finding, and ways back that nobody wrote and that cause no warning."""
    worst = _worst(report)
    shown: list[MigrationReport] = []
    without = ways_back = 0
    for entry in report.in_focus:
        severity = worst.get(entry.migration.key)
        if is_undone_by_framework(entry) and severity in (None, Severity.INFO):
            ways_back += any(isinstance(each.outcome, Effect) for each in entry.statements)
        elif severity is None and len(report.in_focus) > _MANY_MIGRATIONS:
            without += 1
        else:
            shown.append(entry)
    return tuple(shown), _left_out(without, ways_back)


def _worst(report: Report) -> dict[str, Severity]:
    """Of each migration with findings that count, by its key."""
    badness = list(Severity)
    worst: dict[str, Severity] = {}
    for entry in report.findings:
        finding = entry.finding
        if entry.counts and finding.ref is not None:
            known = worst.get(finding.ref.migration, finding.severity)
            worst[finding.ref.migration] = min(known, finding.severity, key=badness.index)
    return worst


def _left_out(migrations: int, ways_back: int) -> str:
    words = [
        f"{number} {one if number == 1 else many}"
        for number, one, many in (
            (migrations, "migration without a finding", "migrations without a finding"),
            (ways_back, "way back", "ways back"),
        )
        if number
    ]
    return " and ".join(words)


def is_undone_by_framework(entry: MigrationReport) -> bool:
    """Whether it is a way back that a framework makes of the way up, and nobody wrote."""
    written = [each.statement.written_as for each in entry.statements]
    down = entry.migration.direction is Direction.DOWN
    return down and bool(written) and not any(each is None or each.by_hand for each in written)


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
    """One file and direction, rule, severity and advice, and a message that differs in names and numbers at most; what
    is settled once for the project is told once for all files."""
    finding = entry.finding
    advice = finding.remedy.advice if finding.remedy is not None else ""
    told = (finding.code, finding.severity, shape(finding.message), shape(advice))
    if finding.remedy is not None and finding.remedy.once:
        return ("", False, *told)
    return (entry.location.path, entry.is_way_back, *told)


def shape(message: str) -> str:
    """A message without what is peculiar to one place: names with a dot or in quotes, and numbers; lists of them
    are one, however long."""
    return _LIST.sub("@", _VARIABLE.sub("@", message))


def told_before(groups: Iterable[Group], in_full: Callable[[FindingReport], bool]) -> Iterator[tuple[Group, Told]]:
    """Each group with what the groups above have said already, as far as they are told `in_full`. Several hazards of
    one operation often have one safer form; a hazard that many files share has one for all of them."""
    whys: dict[str, set[str]] = {}
    remedies: dict[tuple[str, ...], str] = {}
    for group in groups:
        finding = group.first.finding
        own, of_any_code = _own_remedy(group.first), (group.first.remedy,)
        known = whys.setdefault(finding.code, set())
        yield (
            group,
            Told(
                remedy=remedies.get(own) or remedies.get(of_any_code, ""),
                advice=own in remedies,
                why=finding.why in known,
                code=bool(known),
            ),
        )
        if not in_full(group.first):
            continue
        known.add(finding.why)
        place = f"{finding.code} at {group.first.location.path}:{group.first.location.line}"
        if finding.remedy is not None:
            remedies.setdefault(own, place)
        if group.first.remedy.count("\n") >= _LONG:
            remedies.setdefault(of_any_code, place)


def _own_remedy(entry: FindingReport) -> tuple[str, ...]:
    """Code, sentence and text of its safer form, which may be the same in each file but for the file's name."""
    advice = entry.finding.remedy.advice if entry.finding.remedy is not None else ""
    return (entry.finding.code, advice, entry.remedy.replace(entry.location.path.rpartition("/")[2], ""))


def places(group: Group) -> str:
    """Where else: `lines 6 (public.b), 7 (public.c) and 12 more`; relations only where they differ, files likewise.
    Empty when nowhere else: an operation in a loop has many statements at one place."""
    if len({entry.location.path for entry in (group.first, *group.others)}) > 1:
        others = (f"{entry.location.path}:{entry.location.line}" for entry in group.others)
        return _listed(dict.fromkeys(others), _FEW)
    relations = {entry.finding.relation for entry in (group.first, *group.others)}
    place = _place if len(relations) > 1 else _line
    return elsewhere(place(group.first), [place(entry) for entry in group.others])


def elsewhere(first: str, others: Iterable[str]) -> str:
    """The places besides the first, each once, as `lines 6, 7 and 12 more`."""
    every = [place for place in dict.fromkeys(others) if place != first]
    if not every:
        return ""
    return f"{'line' if len(every) == 1 else 'lines'} {_listed(every)}"


def _listed(places: Iterable[str], shown: int = _SHOWN) -> str:
    every = tuple(places)
    rest = len(every[shown:])
    return ", ".join(every[:shown]) + (f" and {rest} more" if rest else "")


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
