"""How long an index build takes: read the table, sort the keys, write the pages.

Sources: nbtsort.c (`btbuild`, `_bt_load`), tuplesort.c; planner.c, `plan_create_index_workers`; the access methods'
own builds. With CONCURRENTLY index.c reads the table a second time (`validate_index`).
"""

from __future__ import annotations

from math import log2

from migsafe.effects.duration import expressions
from migsafe.effects.duration.index_shapes import (
    IndexShape,
    built_bytes,
    disorder,
    distinct_keys,
    entry_bytes,
    items,
    key_type,
    shape_of,
    shape_of_index,
)
from migsafe.effects.duration.logged import flushing
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import around, between
from migsafe.effects.duration.selectivity import INDEXED, selected
from migsafe.effects.duration.sizes import Size
from migsafe.effects.duration.strangers import strange_entries
from migsafe.model import operations as ops
from migsafe.model.definitions import IndexElement
from migsafe.model.duration import Seconds
from migsafe.model.effects import Work
from migsafe.model.expressions import TypeName
from migsafe.model.names import Name

_SORT_OVERHEAD = 32  # SortTuple of 24 and the header of its memory chunk
_FIRST_PARALLEL_BYTES = 8 << 20  # min_parallel_table_scan_size
_MEMORY_PER_WORKER = 32 << 20  # planner.c
_BARE_NUMBERS = 0.5  # of the time that keys take with their tuples: tuplesortvariants.c, tuplesort_begin_datum
_MANY_ALIKE = 100  # rows for each value
_GIN_REPEATED = 0.25  # of the time: elements that are there already only get a row pointer (ginbulk.c)
_CHAINED = 3.0  # times: equal hashes fill chains of overflow pages (hashovfl.c)
_BUFFERS_FOR_INDEXES = 0.7


def build(work: Work, at: Moment) -> Seconds | None:
    """One INDEX_BUILD, with the reading of its table."""
    size = at.size(work.table)
    if size is None:
        return None
    shape = shape_of(work, at)
    built = _partial(shape, size, at) if shape.predicate is not None else _whole(shape, size, at)
    if not _concurrently(at):
        return built
    return built.plus(around(_validation(size, at), at.constants.spread * size.spread))


def _whole(shape: IndexShape, size: Size, at: Moment) -> Seconds:
    seconds = _reading(shape, size, at) + _loading(shape, size.rows, size, at) + at.constants.new_file
    return around(seconds, at.constants.spread * size.spread * (1.0 if shape.known else 1.2))


def _partial(shape: IndexShape, size: Size, at: Moment) -> Seconds:
    """Every row is read and tested; what is kept is sorted and written."""
    assert shape.predicate is not None
    share = selected(shape.predicate, shape.table, at, INDEXED)
    testing = size.rows * expressions.cost(shape.predicate, shape.table, at)
    reading = _reading(shape, size, at) + testing + at.constants.new_file

    def whole(part: float) -> float:
        return reading + _loading(shape, size.rows * part, size, at)

    spread = at.constants.spread * size.spread
    expected = whole(share.expected)
    wide = between(min(whole(share.low), expected / spread), max(whole(share.high), expected * spread))
    return Seconds(min(wide.low, expected), expected, max(wide.high, expected))


def _reading(shape: IndexShape, size: Size, at: Moment) -> float:
    constants = at.constants
    keys = sum(expressions.cost(e.expression, shape.table, at) for e in shape.elements if e.expression is not None)
    keys += expressions.position([e.column for e in shape.elements if e.column is not None], shape.table, at)
    seconds = at.bytes_read(size) + size.rows * (constants.read_row + keys)
    return seconds * _parallel_share(shape, size, at)


def _loading(shape: IndexShape, rows: float, size: Size, at: Moment) -> float:
    constants = at.constants
    match shape.method:
        case "brin":
            return rows * constants.brin_row
        case "gist" | "spgist":
            return rows * constants.gist_row + _writing(shape, rows, at)
        case "gin":
            return rows * items(shape, at) * constants.gin_item * _GIN_REPEATED ** _repeated(shape, rows, at)
        case "hash":
            chains = _CHAINED ** _repeated(shape, rows, at)
            return rows * constants.hash_row * chains + _writing(shape, rows, at)
    sorting = _sorting(shape, rows, at) + rows * constants.index_row
    return sorting * _parallel_share(shape, size, at) + _writing(shape, rows, at)


def _repeated(shape: IndexShape, rows: float, at: Moment) -> int:
    """1 when there are very few different values, else 0."""
    return int(distinct_keys(shape, rows, at) * _MANY_ALIKE < rows)


def _writing(shape: IndexShape, rows: float, at: Moment) -> float:
    """Into the file and, page by page, into the log: both are flushed."""
    size = built_bytes(shape, rows, at)
    return size * at.constants.index_byte + flushing(2 * size, at)


def _sorting(shape: IndexShape, rows: float, at: Moment) -> float:
    """n log2 n comparisons. Those of equal first keys go on to the next key, or to the place of the row."""
    if rows < 2:
        return 0.0
    depth = log2(rows)
    scattered = disorder(shape, at)
    compared = scattered + (1 - scattered) * at.constants.presorted
    tied = max(depth - log2(max(distinct_keys(shape, rows, at), 2.0)), 0.0) if len(shape.elements) > 1 else 0.0
    seconds = rows * compared * (depth * _comparison(shape, at) + tied * at.constants.compare_next)
    return seconds * (at.constants.spilled if spill_bytes(shape, rows, at) else 1.0)


def spill_bytes(shape: IndexShape, rows: float, at: Moment) -> float:
    """What a sort writes to temporary files, because maintenance_work_mem does not hold it."""
    if shape.method != "btree":
        return 0.0
    wanted = rows * (entry_bytes(shape, at) + _SORT_OVERHEAD)
    return rows * entry_bytes(shape, at) if wanted > at.maintenance_memory else 0.0


def _comparison(shape: IndexShape, at: Moment) -> float:
    if not shape.elements:
        return at.constants.compare_integer
    first = shape.elements[0]
    return compare(key_type(first, shape, at), first, at)


def compare(type_: TypeName | None, element: IndexElement, at: Moment) -> float:
    """Seconds for one comparison of keys of a type."""
    constants = at.constants
    name = "text" if type_ is None else type_.name
    if name in ("uuid", "bytea", "inet", "macaddr"):
        return constants.compare_uuid
    if name in ("numeric", "interval"):
        return constants.compare_numeric
    if name in ("text", "varchar", "bpchar", "citext", "name"):
        return constants.compare_text if _is_c(element, at) else constants.compare_locale
    return constants.compare_integer


def _is_c(element: IndexElement, at: Moment) -> bool:
    if element.collation is not None:
        return element.collation.name in ("C", "POSIX", "ucs_basic")
    if element.operator_class is not None and element.operator_class.name.endswith("_pattern_ops"):
        return True
    return (at.sizes.setting("lc_collate") or "") in ("C", "POSIX")


def _parallel_share(shape: IndexShape, size: Size, at: Moment) -> float:
    if shape.method != "btree":
        return 1.0
    share = at.constants.parallel
    return 1 / (1 + (1 / share - 1) * workers(size.heap_bytes, at))


def workers(heap_bytes: float, at: Moment) -> int:
    """planner.c, `plan_create_index_workers`: by size, by setting, and 32 MB of memory for each participant."""
    by_size, threshold = 0, float(_FIRST_PARALLEL_BYTES)
    while heap_bytes >= threshold:
        by_size += 1
        threshold *= 3
    by_memory = max(int(at.maintenance_memory // _MEMORY_PER_WORKER) - 1, 0)
    return min(by_size, by_memory, at.maintenance_workers)


def _concurrently(at: Moment) -> bool:
    return any(isinstance(op, ops.CreateIndex | ops.Reindex) and op.concurrently for op in at.statement.operations)


def _validation(size: Size, at: Moment) -> float:
    """index.c, `validate_index`: the index is read and its row pointers sorted, which are bare numbers; then the table
    is read again."""
    constants = at.constants
    sorting = size.rows * log2(max(size.rows, 2.0)) * constants.compare_integer * _BARE_NUMBERS
    return at.bytes_read(size) + size.rows * (constants.read_row + constants.index_row * _BARE_NUMBERS) + sorting


def insertion(table: Name, rows: float, at: Moment) -> float:
    """Seconds to put one new row into all indexes of a table of so many rows."""
    shapes = [shape_of_index(index.name, table, at) for index in at.schema.indexes_of(table)]
    scattered = sum(built_bytes(shape, rows, at) * disorder(shape, at) for shape in shapes)
    return sum(_entry(shape, 1 + _missed(2 * scattered, at), at) for shape in shapes) + strange_entries(table, at)


def _missed(scattered_bytes: float, at: Moment) -> float:
    """The share of the entries whose page is not in memory any more when it is wanted: it is read, and another one
    written. What is there besides the indexes, the table, takes a part of the memory."""
    room = at.shared_buffers * _BUFFERS_FOR_INDEXES
    return max(1 - room / scattered_bytes, 0.0) if scattered_bytes > 0 else 0.0


def _entry(shape: IndexShape, pages: float, at: Moment) -> float:
    constants = at.constants
    if shape.method == "brin":
        return constants.operator
    if shape.method == "gin":
        return items(shape, at) * constants.gin_item
    if shape.method in ("gist", "spgist"):
        return constants.gist_row
    keys = sum(expressions.cost(e.expression, shape.table, at) for e in shape.elements if e.expression is not None)
    near, far = constants.index_entry, max(constants.index_entry_random, constants.index_entry) * pages
    return keys + near + (far - near) * disorder(shape, at)
