"""Indexes that the snapshot lists and the history does not: made by hand, or by migrations that are not read.

The server keeps them up to date and builds them anew like all others, so that they take their time, though no work is
listed for them. All that is known of them is their bytes.
"""

from __future__ import annotations

from math import log2

from migsafe.effects.duration.logged import flushing
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.sizes import is_empty
from migsafe.effects.duration.widths import INDEX_FILL, INDEX_OVERHEAD
from migsafe.model import operations as ops
from migsafe.model.effects import Work, WorkKind
from migsafe.model.names import Name

_NUMBER = 8.0
_LONGEST_NUMBER = 2 * _NUMBER  # bytes of a key from which on it is taken for text


def strange_bytes(table: Name, at: Moment) -> tuple[float, ...]:
    """Of each such index. One that the history drops is none, and a schema that is known in full has none."""
    full = at.schema.resolve(table)
    known = at.sizes.statistics.table(full)
    if known is None or is_empty(at.relation(full)):
        return ()
    strange = (index for index in known.indexes if at.schema.exists(index.name) is None)
    return tuple(index.bytes * at.sizes.growth for index in strange if index.bytes)


def rebuilt_bytes(work: Work, at: Moment) -> float:
    """Of those that a REWRITE builds anew; blocks of a table that moves are copied without its indexes."""
    if work.kind is not WorkKind.REWRITE or isinstance(at.operation(work), ops.SetTablespace | ops.MoveAllInTablespace):
        return 0.0
    return sum(strange_bytes(work.table, at))


def rebuilding(work: Work, rows: float, at: Moment) -> float:
    """Seconds to build them anew behind a REWRITE."""
    if not rebuilt_bytes(work, at):
        return 0.0
    return sum(_building(bytes_, rows, at) for bytes_ in strange_bytes(work.table, at))


def _building(bytes_: float, rows: float, at: Moment) -> float:
    """As a B-tree in no order; a small one is taken for partial."""
    constants = at.constants
    entries = _entries(bytes_, rows)
    sorting = entries * log2(max(entries, 2.0)) * _comparison(bytes_ / entries, at)
    return sorting + entries * constants.index_row + bytes_ * constants.index_byte + flushing(2 * bytes_, at)


def _entries(bytes_: float, rows: float) -> float:
    return max(min(rows, bytes_ * INDEX_FILL / (INDEX_OVERHEAD + _NUMBER)), 1.0)


def _comparison(entry: float, at: Moment) -> float:
    constants = at.constants
    number = entry * INDEX_FILL <= INDEX_OVERHEAD + _LONGEST_NUMBER
    return constants.compare_integer if number else constants.compare_text


def strange_entries(table: Name, at: Moment) -> float:
    """Seconds to put one new row into them, in the middle between the cheapest place and the dearest."""
    near, far = at.constants.index_entry, max(at.constants.index_entry_random, at.constants.index_entry)
    return len(strange_bytes(table, at)) * (near + far) / 2
