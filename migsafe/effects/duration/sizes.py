"""How big a table is, from the best source there is: the snapshot, then figures by hand, then the types of columns.

Nothing here guesses rows: without them a table's size is unknown, and so is every time that depends on it.
"""

from __future__ import annotations

from migsafe.effects.duration import widths
from migsafe.model.definitions import Persistence
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.model.statistics import Statistics, TableStatistics
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema

WARM_SHARE = 0.9
_TOASTED_BYTES = 100.0  # for each row, less is a few rows that happen to be long
_DOCUMENTS = frozenset({"json", "jsonb", "bytea", "xml", "tsvector"})
_TEXTS = frozenset({"text", "varchar"})


class Size(KeywordRecord):
    """One table. Bytes are of the main file and of out-of-line values; `spread` is how much wider a time gets because
    the size is only derived or the table is not in memory. `uncached` is the share of reads that the server's cache
    did not answer, 0 where nothing tells."""

    rows: float
    heap_bytes: float
    toast_bytes: float = 0.0
    spread: float = 1.0
    uncached: float = 0.0

    @property
    def row_bytes(self) -> float:
        return self.heap_bytes / self.rows if self.rows else 0.0


EMPTY = Size(rows=0.0, heap_bytes=0.0)


class Sizes:
    """The sizes of all tables, today's times a factor."""

    def __init__(self, schema: Schema, statistics: Statistics, growth: float = 1.0) -> None:
        self.schema = schema
        self.statistics = statistics
        self.growth = growth

    def table(self, name: Name) -> Size | None:
        """None when nobody says how many rows there are."""
        full = self.schema.resolve(name)
        relation = self.schema.relation(full)
        if is_empty(relation):
            return EMPTY
        known = self.statistics.table(full)
        if known is not None:
            return self._grown(_measured(known, relation))
        return self._of_parent(relation)

    def _grown(self, size: Size | None) -> Size | None:
        if size is None:
            return None
        return size.replace(
            rows=size.rows * self.growth,
            heap_bytes=size.heap_bytes * self.growth,
            toast_bytes=size.toast_bytes * self.growth,
        )

    def _of_parent(self, partition: Relation) -> Size | None:
        """A partition of which only the whole is known: its share, if all were alike."""
        parent = partition.partition_of
        whole = None if parent is None else self.table(parent)
        if whole is None or parent is None:
            return None
        share = max(len(self.schema.partitions_of(parent)), 1)
        return Size(
            rows=whole.rows / share,
            heap_bytes=whole.heap_bytes / share,
            toast_bytes=whole.toast_bytes / share,
            spread=2.0,
        )

    def index_bytes(self, index: Name, table: Name) -> float | None:
        """Of an index that is there; None when the snapshot does not list it."""
        known = self.statistics.table(self.schema.resolve(table))
        found = None if known is None else known.index(self.schema.resolve(index))
        return None if found is None or found.bytes is None else found.bytes * self.growth

    def width(self, table: Name, column: str) -> float:
        """Bytes of one value of a column."""
        known = self.statistics.table(self.schema.resolve(table))
        measured = None if known is None else known.column(column)
        if measured is not None and measured.width is not None:
            return measured.width
        there = self.schema.relation(table).column(column)
        return widths.type_width(None if there is None else there.type)

    def toasted_width(self, table: Name, column: str) -> float:
        """Bytes of one value that are stored out of line; 0 when the column hardly has such values.

        The column statistics hold the width of the pointer only (analyze.c measures what is in the row). So what
        the TOAST table holds is given to the columns that may have it: documents before texts.
        """
        size = self.table(table)
        if size is None or size.rows < 1 or size.toast_bytes / size.rows < _TOASTED_BYTES:
            return 0.0
        suspects = _toasted(self.schema.relation(table))
        return size.toast_bytes / size.rows / len(suspects) if column in suspects else 0.0

    def setting(self, name: str) -> str | None:
        return self.statistics.server.setting(name)


def _toasted(relation: Relation) -> tuple[str, ...]:
    """The columns that most likely hold long values."""
    for types in (_DOCUMENTS, _TEXTS):
        found = tuple(c.name for c in relation.columns if c.type is not None and c.type.name in types)
        if found:
            return found
    return ()


def is_empty(relation: Relation) -> bool:
    """Made in this deploy, or in this session, without rows since."""
    if relation.kind is not RelationKind.TABLE or relation.filled:
        return False
    return relation.new or relation.persistence is Persistence.TEMPORARY


def _measured(known: TableStatistics, relation: Relation) -> Size | None:
    if known.rows is None or known.rows < 0:
        return None
    uncached = _uncached(known)
    spread = 1.25 if uncached else 1.0
    toast = float(known.toast_bytes or 0)
    if known.heap_bytes is not None:
        return Size(
            rows=known.rows, heap_bytes=float(known.heap_bytes), toast_bytes=toast, spread=spread, uncached=uncached
        )
    width = _row_width(known, relation)
    derived = 1.2 if widths.is_known(relation) else 1.4
    return Size(
        rows=known.rows, heap_bytes=known.rows * width, toast_bytes=toast, spread=spread * derived, uncached=uncached
    )


def _row_width(known: TableStatistics, relation: Relation) -> float:
    columns = [column.width for column in known.columns if column.width is not None]
    if columns:
        return widths.ROW_OVERHEAD + widths.aligned(sum(columns))
    if widths.is_known(relation):
        return widths.row_width(relation.columns)
    return 100.0  # what a row of ten ordinary columns takes


def _uncached(known: TableStatistics) -> float:
    """Of a table that is nearly always read from the cache, nothing."""
    share = known.cache_hit_share
    return 0.0 if share is None or share >= WARM_SHARE else 1 - share
