"""The table of the locks that a migration takes, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from migsafe.model.effects import Effect, Work, WorkKind
from migsafe.model.locks import Lock, LockMode
from migsafe.model.migration import Direction
from migsafe.model.names import Name
from migsafe.model.report import MigrationReport, StatementReport
from migsafe.outputs.grouping import as_one
from migsafe.outputs.text_pieces import INDENT, Line, Piece
from migsafe.text.durations import in_words

WORK_WORDS = {
    WorkKind.REWRITE: "rewrite",
    WorkKind.INDEX_BUILD: "index build",
    WorkKind.SCAN: "full scan",
    WorkKind.DATA: "row changes",
    WorkKind.EMPTY: "emptied",
}


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


def lock_table(migration: MigrationReport, width: int | None) -> Iterator[Line]:
    """The locks of a migration that make somebody wait, one row for each statement and relation.

    Weaker locks are left out, locks on what was created just before, which nobody else can be waiting for, and those
    on indexes and sequences for which nobody waits who does not wait for a table anyway. What one operation does
    twice, for each side of a condition or for each of two keys, is told once.
    """
    blocks = (tuple(_rows(statement, _telling(statement))) for statement in migration.statements)
    rows = [row for block in dict.fromkeys(blocks) for row in block]
    if not rows:
        return
    way_back = " (way back)" if migration.migration.direction is Direction.DOWN else ""
    yield (Piece(f"Locks of {migration.migration.path}{way_back}", "bold"),)
    headings = _HEADINGS if any(row.time for row in rows) else _HEADINGS._replace(time="")
    widths = [max(len(row[i]) for row in (headings, *rows)) for i in range(len(headings))]
    if width is not None and sum(widths) + 2 * len(widths) > width:
        yield from _folded(rows)
    else:
        yield (Piece(INDENT), Piece(_aligned(headings, widths), "dim"))
        yield from ((Piece(INDENT), Piece(_aligned(row, widths))) for row in rows)
    yield ()


def _aligned(row: _Row, widths: list[int]) -> str:
    return "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()


def _folded(rows: Iterable[_Row]) -> Iterator[Line]:
    """The table as a list, for terminals too narrow for its columns."""
    for row in rows:
        yield (Piece(f"{INDENT}line {row.line}: {row.lock} on {row.relation}"),)
        about = [f"blocks {row.blocks}", row.work, row.time]
        yield (Piece(f"{INDENT}   {'; '.join(word for word in about if word)}", "dim"),)


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
