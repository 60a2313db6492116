"""The table of locks in Markdown: who waits for which statement, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from migsafe.model.duration import Seconds
from migsafe.outputs.grouping import as_one
from migsafe.outputs.markdown_text import code, inline
from migsafe.outputs.report_file import ShownLock, ShownReport
from migsafe.text.durations import in_words, in_words_range

_DDL: Final = "schema changes"
_A_MOMENT: Final = 0.1  # seconds


def short_names(report: ShownReport) -> dict[str, str]:
    """Each file that is shown with the shortest end of its path that no other one has."""
    paths = dict.fromkeys((*(lock.path for lock in report.locks), *(finding.path for finding in report.findings)))
    taken: dict[str, set[str]] = {}
    for path in paths:
        for end in _ends(path):
            taken.setdefault(end, set()).add(path)
    return {path: next((end for end in _ends(path) if len(taken[end]) == 1), path) for path in paths}


def _ends(path: str) -> Iterator[str]:
    parts = path.split("/")
    for first in range(len(parts) - 1, -1, -1):
        yield "/".join(parts[first:])


def lock_table(locks: Sequence[ShownLock], names: dict[str, str], most: int) -> Iterator[str]:
    """One row for each statement and relation; partitions of one table are one."""
    rows = [row for _, of_statement in groupby(locks, key=_statement) for row in _merged(tuple(of_statement))]
    if not rows or not most:
        return
    timed = any(row.seconds is not None for row in rows)
    yield "| statement | table | lock | who waits |" + (" time |" if timed else "") + " work |"
    yield "|---|---|---|---|---|" + ("---|" if timed else "")
    before: tuple[str, int, str] | None = None
    for row in rows[:most]:
        yield _row(row, names, first=_statement(row) != before, timed=timed)
        before = _statement(row)
    if len(rows) > most:
        yield ""
        yield f"… and {len(rows) - most} more locks."
    yield ""


def _statement(lock: ShownLock) -> tuple[str, int, str]:
    return lock.path, lock.line, lock.operation


def _merged(locks: Sequence[ShownLock]) -> Iterator[ShownLock]:
    """Locks of one mode on three or more partitions become one, with the work on any of them."""
    for _, same in groupby(sorted(locks, key=_strength), key=lambda lock: lock.mode):
        known = {lock.relation: lock for lock in same}
        roots = {lock.relation: lock.root for lock in known.values() if lock.root is not None}
        for words, members in as_one(tuple(known), roots):
            work = tuple(dict.fromkeys(word for name in members for word in known[name].work))
            yield known[members[0]].replace(relation=words, work=work)


def _strength(lock: ShownLock) -> tuple[int, str]:
    return -len(lock.blocks), lock.mode


def _row(lock: ShownLock, names: dict[str, str], *, first: bool, timed: bool) -> str:
    """What is the statement's stands in its first row only. Columns are few: a comment is about 800 pixels wide."""
    where = f"{code(f'{names[lock.path]}:{lock.line}')}<br>{inline(lock.operation)}" if first else ""
    cells = [where, code(lock.relation), inline(lock.mode), inline(_who(lock))]
    if timed:
        cells.append(_time(lock.seconds) if first else "")
    cells.append(inline(", ".join(lock.work)))
    return f"| {' | '.join(cells)} |"


def _who(lock: ShownLock) -> str:
    """Other schema changes wait for every lock that is shown, which is worth a word only where nobody else does."""
    return ", ".join(word for word in lock.blocks if word != _DDL) or _DDL


def _together(text: str) -> str:
    """Words that a narrow column does not break apart."""
    return inline(text).replace(" ", "&nbsp;")


def _time(seconds: Seconds | None) -> str:
    """With the range where it is long enough to matter."""
    if seconds is None:
        return "unknown"
    if seconds.high < _A_MOMENT:
        return _together(in_words(seconds.expected))
    return f"{_together(in_words(seconds.expected))} ({_together(in_words_range(seconds.low, seconds.high))})"
