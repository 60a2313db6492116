"""What a statement takes besides time: disk, write-ahead log, the lag of replicas. And when keys run out.

Pure, like the time model, from the same sizes; `docs/time-model.md` says where each figure comes from.
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.effects.duration.changes import changed_share
from migsafe.effects.duration.index_builds import spill_bytes
from migsafe.effects.duration.index_shapes import IndexShape, built_bytes, entry_bytes, shape_of, shape_of_index
from migsafe.effects.duration.logged import ROW_RECORD, changed_log, is_logged
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.queries import written_bytes
from migsafe.effects.duration.selectivity import INDEXED, selected
from migsafe.effects.duration.sizes import Size, Sizes
from migsafe.effects.duration.strangers import rebuilt_bytes
from migsafe.effects.duration.widths import aligned, type_width
from migsafe.model import operations as ops
from migsafe.model.constants import Constants
from migsafe.model.definitions import Persistence
from migsafe.model.duration import Bytes, Seconds
from migsafe.model.effects import Effect, Work, WorkKind
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.model.statistics import SequenceStatistics, Statistics
from migsafe.schema.schema import Schema

_HASH_RECORD = 72  # hash_xlog.h
_SPREAD = 1.5
_CHANGED_SPREAD = 2.0  # how often a page is logged depends on when checkpoints come
_SECONDS_PER_DAY = 86400.0


NO_BYTES = Bytes(0.0, 0.0, 0.0)


class Capacity(KeywordRecord):
    """What one statement takes.

    `disk` is the space at the worst moment besides what was used before: new files stand beside the old ones until
    the transaction ends, and a sort that does not fit into memory has files of its own. `log` is the write-ahead log
    that it writes. `lag` is how far a replica falls behind meanwhile, if it was not behind before; it replays the
    log in one process. None where a size is unknown.
    """

    disk: Bytes | None = NO_BYTES
    log: Bytes | None = NO_BYTES
    lag: Seconds | None = None


def capacity(
    effect: Effect, statement: Statement, schema: Schema, statistics: Statistics, constants: Constants
) -> Capacity:
    """What a statement takes at today's sizes. `effect` has its times (`effects.duration.timed`)."""
    at = Moment(effect, statement, Sizes(schema, statistics), constants)
    log = _total(_log(work, at) for work in effect.work)
    return Capacity(disk=_total(_disk(work, at) for work in effect.work), log=log, lag=_lag(log, effect, constants))


def _total(parts: Iterable[Bytes | None]) -> Bytes | None:
    sum_ = NO_BYTES
    for part in parts:
        if part is None:
            return None
        sum_ = sum_.plus(part)
    return sum_


def _about(amount: float) -> Bytes:
    return Bytes(amount / _SPREAD, amount, amount * _SPREAD)


def _disk(work: Work, at: Moment) -> Bytes | None:
    size = at.size(work.table)
    if size is None:
        return None
    match work.kind:
        case WorkKind.REWRITE:
            return _about(_new_heap(size, at) + size.toast_bytes + rebuilt_bytes(work, at))
        case WorkKind.INDEX_BUILD:
            return _index_disk(work, size, at)
        case WorkKind.SCAN:
            return _about(written_bytes(work, at))
        case WorkKind.DATA:
            return _changed_disk(work, size, at)
    return NO_BYTES


def _index_disk(work: Work, size: Size, at: Moment) -> Bytes:
    shape = shape_of(work, at)
    return _index_bytes(work, size, at).plus(_part(spill_bytes(shape, size.rows, at), shape, at))


def _index_log(work: Work, size: Size, at: Moment) -> Bytes:
    """Every page as a whole (nbtsort.c, `_bt_blwritepage`); a hash index logs each entry by itself."""
    if shape_of(work, at).method == "hash":
        return _about(size.rows * _HASH_RECORD)
    return _index_bytes(work, size, at)


def _index_bytes(work: Work, size: Size, at: Moment) -> Bytes:
    """Of the new index; one that is there already says it itself."""
    there = at.sizes.index_bytes(work.relation, work.table)
    if there is not None:
        return _about(there)
    shape = shape_of(work, at)
    return _part(built_bytes(shape, size.rows, at), shape, at)


def _part(whole: float, shape: IndexShape, at: Moment) -> Bytes:
    """Of a partial index, what its predicate keeps."""
    share = selected(shape.predicate, shape.table, at, INDEXED)
    return Bytes(whole * share.low / _SPREAD, whole * share.expected, whole * share.high * _SPREAD)


def _new_heap(size: Size, at: Moment) -> float:
    """The copy of a table with the columns that the statement adds."""
    columns = (op.column for op in at.statement.operations if isinstance(op, ops.AddColumn))
    return size.heap_bytes + size.rows * sum(aligned(type_width(column.type)) for column in columns)


def _changed_disk(work: Work, size: Size, at: Moment) -> Bytes | None:
    """New versions of rows, and their entries in indexes; what is deleted takes its place until it is vacuumed."""
    if work.change == "delete":
        return NO_BYTES
    share = changed_share(work, at)
    if share is None:
        return None
    entries = sum(entry_bytes(shape_of_index(index, work.table, at), at) for index in _indexes(work.table, at))
    amount = share.rows * (size.row_bytes + entries)
    return Bytes(amount * share.low, amount * share.expected, amount * share.high * _SPREAD)


def _indexes(table: Name, at: Moment) -> tuple[Name, ...]:
    return tuple(index.name for index in at.schema.indexes_of(table))


def _log(work: Work, at: Moment) -> Bytes | None:
    size = at.size(work.table)
    if size is None:
        return None
    return _logged(work, size, at) if is_logged(work.table, at) else NO_BYTES


def _logged(work: Work, size: Size, at: Moment) -> Bytes | None:
    match work.kind:
        case WorkKind.REWRITE:
            return _about(_rewrite_log(size, at) + rebuilt_bytes(work, at))
        case WorkKind.INDEX_BUILD:
            return _index_log(work, size, at)
        case WorkKind.SCAN:
            return _about(written_bytes(work, at))
        case WorkKind.DATA:
            return _changed_log(work, size, at)
    return NO_BYTES


def _rewrite_log(size: Size, at: Moment) -> float:
    """VACUUM FULL logs whole pages, ALTER TABLE each row; SET UNLOGGED nothing."""
    operations = at.statement.operations
    if any(isinstance(op, ops.SetPersistence) and op.persistence is Persistence.UNLOGGED for op in operations):
        return 0.0
    by_page = any(isinstance(op, ops.Vacuum | ops.Cluster | ops.SetTablespace) for op in operations)
    rows = 0.0 if by_page else size.rows * ROW_RECORD / 2
    return _new_heap(size, at) + rows + size.toast_bytes


def _changed_log(work: Work, size: Size, at: Moment) -> Bytes | None:
    share = changed_share(work, at)
    if share is None:
        return None

    def logged(part: float) -> float:
        return changed_log(work.table, size, work.change or "update", share.rows * part, at)

    return Bytes(logged(share.low) / _CHANGED_SPREAD, logged(share.expected), logged(share.high) * _CHANGED_SPREAD)


def _lag(log: Bytes | None, effect: Effect, constants: Constants) -> Seconds | None:
    """A replica that replays slower than the statement writes falls behind by the difference; one that is faster is
    behind by what it has not got yet when the statement ends, which is next to nothing."""
    if log is None or effect.seconds is None:
        return None
    replay = Seconds(*(amount * constants.replay_byte for amount in (log.low, log.expected, log.high)))
    return Seconds(
        max(replay.low - effect.seconds.high, 0.0),
        max(replay.expected - effect.seconds.expected, 0.0),
        max(replay.high - effect.seconds.low, 0.0),
    )


class KeyRoom(KeywordRecord):
    """How full a sequence, or the column that it feeds, is. `share` of 0 to 1; `days` at the rate of now, None when
    the rate is unknown or nothing is taken. `column` is set when the column's type ends before the sequence."""

    sequence: Name
    share: float
    days: float | None = None
    column: str | None = None
    table: Name | None = None


def key_room(sequence: SequenceStatistics) -> KeyRoom | None:
    """What is left of a sequence's values; None when its last value is unknown, or it counts downwards."""
    limits = [limit for limit in (sequence.limit, sequence.column_limit) if limit is not None]
    if sequence.last_value is None or not limits or sequence.increment <= 0:
        return None
    limit = min(limits)
    ends_in_column = sequence.column_limit == limit and sequence.limit != limit
    return KeyRoom(
        sequence=sequence.name,
        share=min(max(sequence.last_value / limit, 0.0), 1.0),
        days=_days(limit - sequence.last_value, sequence),
        column=sequence.column if ends_in_column else None,
        table=sequence.table if ends_in_column else None,
    )


def _days(left: int, sequence: SequenceStatistics) -> float | None:
    rate = sequence.values_per_second
    if rate is None or rate <= 0:
        return None
    return max(left, 0) / (rate * sequence.increment) / _SECONDS_PER_DAY


def fullest(statistics: Statistics) -> tuple[KeyRoom, ...]:
    """All sequences whose fill is known: those that end first come first, then by how full they are."""
    rooms = (key_room(sequence) for sequence in statistics.sequences)
    known = [room for room in rooms if room is not None]
    return tuple(sorted(known, key=lambda room: (_order(room.days), -room.share, room.sequence)))


def _order(days: float | None) -> float:
    return float("inf") if days is None else days
