"""How much write-ahead log work makes, and what it costs to flush it.

Sources: heapam_xlog.h and nbtxlog.h for the records of rows and entries; the manual, 28.3 "Write-Ahead Logging":
after a checkpoint the first change of a page logs the page as a whole (`full_page_writes`).
"""

from __future__ import annotations

from migsafe.effects.duration.index_shapes import built_bytes, entry_bytes, shape_of_index
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.sizes import Size
from migsafe.model.definitions import Persistence
from migsafe.model.names import Name
from migsafe.model.record import Record

ROW_RECORD = 60  # bytes of a record about one row besides the row
ENTRY_RECORD = 64  # likewise for an entry of an index
DELETE_RECORD = 56


class Logged(Record):
    """Bytes of log for one row, and of the pages that may have to be logged as a whole besides."""

    row: float
    pages: float


def is_logged(table: Name, at: Moment) -> bool:
    return at.relation(table).persistence is Persistence.PERMANENT


def changed_rows(table: Name, size: Size, change: str, at: Moment) -> Logged:
    """Rows that are inserted, updated or deleted."""
    if change == "delete":
        return Logged(DELETE_RECORD, size.heap_bytes)
    shapes = [shape_of_index(index.name, table, at) for index in at.schema.indexes_of(table)]
    entries = sum(ENTRY_RECORD + entry_bytes(shape, at) for shape in shapes)
    pages = size.heap_bytes if change == "update" else 0.0
    return Logged(
        ROW_RECORD + size.row_bytes + entries, pages + sum(built_bytes(shape, size.rows, at) for shape in shapes)
    )


def flushing(bytes_: float, at: Moment) -> float:
    """Seconds to bring bytes to disk before the statement ends."""
    return bytes_ * at.constants.sync_byte if at.syncs else 0.0
