"""How much write-ahead log work makes, and what it costs to flush it.

Sources: heapam_xlog.h and nbtxlog.h for the records of rows and entries; the manual, 28.3 "Write-Ahead Logging":
after a checkpoint the first change of a page logs the page as a whole (`full_page_writes`).
"""

from __future__ import annotations

from migsafe.effects.duration.index_shapes import built_bytes, disorder, entry_bytes, shape_of_index
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.sizes import Size
from migsafe.model.definitions import Persistence
from migsafe.model.names import Name

ROW_RECORD = 60  # bytes of a record about one row besides the row
ENTRY_RECORD = 64  # likewise for an entry of an index
DELETE_RECORD = 56
_GROWN = 1.5  # an index that gets an entry for each new version is on average half as large again meanwhile
_PAGE = 8192


def is_logged(table: Name, at: Moment) -> bool:
    return at.relation(table).persistence is Persistence.PERMANENT


def changed_log(table: Name, size: Size, change: str, rows: float, at: Moment) -> float:
    """Bytes of log when so many rows are inserted, updated or deleted.

    The pages of the table are logged as a whole once. Those of indexes in whose order the rows do not lie are met again
    and again, and logged after each checkpoint, of which there is one whenever the log has grown by about half of
    `max_wal_size` (the manual, 28.5 "WAL Configuration").
    """
    pages = size.heap_bytes * min(rows / size.rows, 1.0) if size.rows and change != "insert" else 0.0
    if change == "delete":
        return rows * DELETE_RECORD + pages
    shapes = [shape_of_index(index.name, table, at) for index in at.schema.indexes_of(table)]
    entries = sum(ENTRY_RECORD + entry_bytes(shape, at) for shape in shapes)
    once = rows * (ROW_RECORD + size.row_bytes + entries) + pages
    scattered = sum(built_bytes(shape, size.rows, at) * disorder(shape, at) for shape in shapes) * _GROWN
    return once + _again(once, scattered, rows, at)


def _again(once: float, scattered: float, rows: float, at: Moment) -> float:
    """Whole pages of indexes, in each of the cycles between two checkpoints, at most one for each row."""
    cycle = at.log_limit / 2
    room = max(cycle - scattered, cycle / 5)
    return min(max(once / room, 1.0) * scattered, rows * _PAGE)


def flushing(bytes_: float, at: Moment) -> float:
    """Seconds to bring bytes to disk before the statement ends."""
    return bytes_ * at.constants.sync_byte if at.syncs else 0.0
