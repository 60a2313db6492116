"""What the project's own `sqlmigrate` printed for a migration, joined with what its text says.

Django prints a heading of three comments before the SQL of each operation (`Migration.apply`,
django/db/migrations/migration.py), so that every statement has its operation. What is printed takes the place of what
migsafe rendered. What is no SQL to Django (RunPython), or was under a condition that did not hold there, stays as it
was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from migsafe.model.migration import Problem
from migsafe.model.record import KeywordRecord
from migsafe.sources.django.editor.rendering import Rendered, Rendering
from migsafe.sources.django.reading.operations import ReadOperation
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.sqlmigrate.render_driver import DOUBT, END

_MARK: Final = "--"
_NO_SQL: Final = "-- THIS OPERATION CANNOT BE WRITTEN AS SQL"


class Section(KeywordRecord):
    """An operation: what Django calls it, and its statements; None when it is no SQL. `doubtful` when the database was
    asked for a name and did not have it, or is not in the state before the migration: `sqlmigrate` then leaves out
    what it would drop, or names what is not there."""

    title: str
    sql: tuple[str, ...] | None
    doubtful: bool = False


class PrintedWay(KeywordRecord):
    """One direction of one migration: its operations in the order in which they run, and what is sent last."""

    sections: tuple[Section, ...]
    deferred: tuple[str, ...] = ()
    atomic: bool = True


class Printed(NamedTuple):
    """Both ways of a migration; None for one that was not printed."""

    up: PrintedWay | None = None
    down: PrintedWay | None = None


NOT_PRINTED: Final = Printed()


def sections_of(items: Sequence[str], *, atomic: bool) -> PrintedWay:
    """The items that `MigrationLoader.collect_sql` returned, with the driver's mark before what is deferred."""
    end = len(items) - 1 - items[::-1].index(END) if END in items else len(items)
    starts = list(_headings(items[:end]))
    found = tuple(
        _section(items[start + 1][3:], items[start + 3 : following])
        for start, following in zip(starts, [*starts, end][1:], strict=True)
    )
    return PrintedWay(sections=found, deferred=_statements(items[end + 1 :]) or (), atomic=atomic)


def _section(title: str, items: Sequence[str]) -> Section:
    return Section(title=title, sql=_statements(items), doubtful=DOUBT in items)


def _headings(items: Sequence[str]) -> Iterator[int]:
    at = 0
    while at + 2 < len(items):
        if items[at] == items[at + 2] == _MARK and items[at + 1].startswith("-- "):
            yield at
            at += 2
        at += 1


def _statements(items: Sequence[str]) -> tuple[str, ...] | None:
    if _NO_SQL in items:
        return None
    return tuple(item for item in items if not item.lstrip().startswith("--") or "\n" in item)


class Joined(NamedTuple):
    """A migration and its rendering in which what was printed is no longer in doubt."""

    migration: ReadMigration
    rendering: Rendering


def joined(migration: ReadMigration, own: Rendering | None, printed: PrintedWay, *, back: bool = False) -> Joined:
    """What was printed in the place of what we rendered."""
    own = own if own is not None else Rendering()
    sections = printed.sections[::-1] if back else printed.sections
    reads = migration.operations or (ReadOperation("operations", migration.place, None),)
    failed = {one.operation for one in own.failures}
    placed: dict[int, list[str]] = {}
    for section, number in zip(sections, places(reads, sections), strict=True):
        known = reads[number].operation is not None and number not in failed
        if section.sql is not None and not (section.doubtful and known):
            placed.setdefault(number, []).extend(section.sql)
    for at in _pieces(reads, placed):
        placed.setdefault(at, [])
    statements = [Rendered(number, sql) for number in placed for sql in placed[number]]
    statements += [one for one in own.statements if one.operation not in placed]
    statements += _deferred(printed.deferred, own, placed)
    return Joined(
        migration.replace(
            operations=tuple(_certain(read) if at in placed else read for at, read in enumerate(reads)),
            problems=tuple(_left(migration.problems, reads, placed, sections)),
            atomic=printed.atomic,
        ),
        Rendering(
            statements=tuple(statements),
            failures=tuple(one for one in own.failures if one.operation not in placed),
        ),
    )


class Settled(NamedTuple):
    """A migration, and its rendering in both directions."""

    migration: ReadMigration
    up: Rendering
    down: Rendering | None


def settled(found: Settled, printed: Printed) -> Settled:
    """With what was printed, as far as it was."""
    if printed.up is None:
        return found
    migration, up = joined(found.migration, found.up, printed.up)
    if printed.down is None:
        return Settled(migration, up, found.down)
    return Settled(migration, up, joined(migration, found.down, printed.down, back=True).rendering)


def _certain(read: ReadOperation) -> ReadOperation:
    """An operation that ran as it stands, whatever its text leaves open."""
    return read._replace(problem="", guards=(), holes=False)


def places(reads: Sequence[ReadOperation], sections: Sequence[Section]) -> Iterator[int]:
    """For each section the number of its operation: by order, and by what Django calls them where numbers differ."""
    if len(reads) == len(sections):
        yield from range(len(reads))
        return
    numbers = [read.number for read in reads]
    if set(numbers) == set(range(len(sections))):
        yield from (numbers.index(at) for at in range(len(sections)))
        return
    names = [read.operation.describe() if read.operation is not None else "" for read in reads]
    titles = [section.title for section in sections]
    for _, start, end, first, last in SequenceMatcher(None, names, titles, autojunk=False).get_opcodes():
        latest = max(end - 1, 0)
        yield from (min(start + at, latest) for at in range(last - first))


def _pieces(reads: Sequence[ReadOperation], placed: Mapping[int, object]) -> list[int]:
    """All that was made of an operation that was printed: it is printed as a whole."""
    whole = {reads[at].number for at in placed} - {-1}
    return [at for at, read in enumerate(reads) if read.number in whole]


def _deferred(printed: Iterable[str], own: Rendering, placed: Mapping[int, object]) -> Iterator[Rendered]:
    """What is sent last, at the operation at which we expected it, else at the last one that sends something."""
    owners = {_plain(one.sql): one.operation for one in own.statements if one.deferred}
    last = max(placed, default=0)
    yield from (Rendered(owners.get(_plain(sql), last), sql, deferred=True) for sql in printed)


def _left(
    problems: Iterable[Problem],
    reads: Sequence[ReadOperation],
    placed: Mapping[int, object],
    sections: Sequence[Section],
) -> Iterator[Problem]:
    """The problems that are not settled: those of Python, which is never printed."""
    if all(section.sql is not None for section in sections):
        return
    settled = [reads[number].span for number in placed]
    for problem in problems:
        if not any(span.start <= problem.span.start and problem.span.end <= span.end for span in settled):
            yield problem


def _plain(sql: str) -> str:
    return " ".join(sql.split()).removesuffix(";")
