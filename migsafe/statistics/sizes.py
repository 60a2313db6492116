"""How large and how busy each table is, from `pg_class` and the cumulative statistics: nothing here waits or scans.

`relpages` and `reltuples` are as of the last VACUUM, ANALYZE or CREATE INDEX (manual, 52.11 pg_class). A table that had
none of them is unknown: `reltuples` is -1 from PostgreSQL 14, and 0 together with 0 pages before. The counters of rows
inserted and deleted since then (`n_live_tup`) say when the estimate is out of date: the greater one counts, and bytes
grow with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, LiteralString, NamedTuple, cast

from migsafe.model.names import Name
from migsafe.model.statistics import ColumnStatistics, IndexStatistics, TableStatistics
from migsafe.statistics.raw import CounterRow, IndexRow, Oid, RelationRow, Structure, grouped
from migsafe.statistics.session import Session
from migsafe.statistics.structure import USER_SCHEMA

CHUNK_BYTES: Final = 2048
"""A TOAST chunk with its share of the page: four of them fit on one (heaptoast.h, EXTERN_TUPLES_PER_PAGE)."""
_STORED: Final = frozenset("rm")
_LISTED: Final = frozenset("rmp")

_COUNTERS: Final[LiteralString] = f"""
SELECT c.oid, pg_stat_get_numscans(c.oid), pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid),
  pg_stat_get_tuples_deleted(c.oid), pg_stat_get_live_tuples(c.oid), pg_stat_get_dead_tuples(c.oid),
  pg_stat_get_blocks_hit(c.oid), pg_stat_get_blocks_fetched(c.oid),
  to_char(GREATEST(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid))
          AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
  COALESCE(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid),
           pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) IS NOT NULL,
  CASE WHEN c.reltoastrelid <> 0 THEN pg_stat_get_live_tuples(c.reltoastrelid) ELSE 0 END,
  CASE WHEN c.reltoastrelid <> 0 THEN pg_stat_get_tuples_inserted(c.reltoastrelid) ELSE 0 END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND {USER_SCHEMA}"""

# The values themselves are never read. Of a partitioned table there are figures over all partitions only.
_COLUMNS: Final[LiteralString] = """
SELECT s.schemaname, s.tablename, s.attname, s.avg_width::float8, s.null_frac::float8, s.n_distinct::float8,
  s.correlation::float8
FROM pg_stats s WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'information_schema'
ORDER BY s.inherited DESC"""

# Since when the counters count. A database whose statistics were never reset says NULL from 15 on; then the
# cluster-wide counters say when statistics began: at initdb, or when a crash lost them (pgstat_reset_after_failure).
_SINCE: Final[LiteralString] = """
SELECT extract(epoch FROM clock_timestamp())::float8, extract(epoch FROM COALESCE(
  (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
  LEAST((SELECT stats_reset FROM pg_stat_bgwriter), (SELECT stats_reset FROM pg_stat_archiver))))::float8,
  current_setting('block_size')::int"""


class Counters(NamedTuple):
    """The cumulative statistics at one moment; times in seconds since 1970 by the server's clock."""

    now: float
    since: float | None
    block_bytes: int
    rows: Mapping[Oid, CounterRow]
    index_scans: Mapping[Oid, int]  # by table

    def scans(self, table: Oid) -> int:
        row = self.rows.get(table)
        return self.index_scans.get(table, 0) + (row.scans if row else 0)

    def writes(self, table: Oid) -> int:
        row = self.rows.get(table)
        return row.inserted + row.updated + row.deleted if row else 0

    def inserts(self, table: Oid) -> int:
        row = self.rows.get(table)
        return row.inserted if row else 0


_INDEX_SCANS: Final[LiteralString] = f"""
SELECT i.indrelid, sum(pg_stat_get_numscans(i.indexrelid))::int8 FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {USER_SCHEMA} GROUP BY 1"""


def read_counters(session: Session) -> Counters:
    now, since, block = session.rows(_SINCE)[0]
    rows = [CounterRow(*row) for row in session.rows(_COUNTERS)]  # type: ignore[arg-type]  # rows of the query
    scans = cast("list[tuple[Oid, int]]", session.rows(_INDEX_SCANS))
    return Counters(
        now=cast("float", now),
        since=cast("float | None", since),
        block_bytes=cast("int", block),
        rows={row.relation: row for row in rows},
        index_scans=dict(scans),
    )


def read_column_statistics(session: Session) -> dict[Name, tuple[ColumnStatistics, ...]]:
    """What `pg_stats` shows this role, by table."""
    found: dict[Name, dict[str, ColumnStatistics]] = defaultdict(dict)
    rows = cast("list[tuple[str, str, str, float, float, float, float | None]]", session.rows(_COLUMNS))
    for schema, table, name, width, nulls, distinct, correlation in rows:
        column = ColumnStatistics(name=name, width=width, nulls=nulls, distinct=distinct, correlation=correlation)
        found[Name(schema, table)][name] = column  # a table's own figures come last
    return {table: tuple(columns.values()) for table, columns in found.items()}


class Pace(NamedTuple):
    """How often something happens, between two moments of the counters."""

    first: Counters | None  # None: since the counters began
    last: Counters

    @property
    def seconds(self) -> float | None:
        start = self.first.now if self.first is not None else self.last.since
        return None if start is None else self.last.now - start

    def rate(self, count: Callable[[Counters, Oid], int], table: Oid) -> float | None:
        """Per second; None when the time is unknown or too short to say anything."""
        seconds, before = self.seconds, 0
        if self.first is not None:
            before = count(self.first, table)
        if seconds is None or seconds < (0.5 if self.first is not None else MIN_SECONDS):
            return None
        return max(0, count(self.last, table) - before) / seconds


MIN_SECONDS: Final = 60.0
"""Rates since a reset that is younger than this are accidents."""


class Sizes(NamedTuple):
    """What `table_statistics` works from."""

    structure: Structure
    pace: Pace
    columns: Mapping[Name, tuple[ColumnStatistics, ...]]
    held: frozenset[Oid]
    version: int

    @property
    def counters(self) -> Counters:
        return self.pace.last


def table_statistics(sizes: Sizes) -> tuple[TableStatistics, ...]:
    """Tables and materialized views, partitioned tables with the sums over their partitions."""
    structure = sizes.structure
    indexes = grouped(structure.indexes, lambda index: index.table)
    own = {row.oid: _stored(row, indexes.get(row.oid, ()), sizes) for row in structure.relations if row.kind in _STORED}
    tables = _tree((row.parent, row.child) for row in structure.inherits if row.partition)
    parts = _tree((row.parent, row.oid) for row in structure.indexes if row.parent is not None)
    bytes_of = {each.name: each.bytes for table in own.values() for each in table.indexes}
    files = (row for row in structure.indexes if not row.partitioned)
    by_oid = {row.oid: bytes_of.get(Name(row.schema, row.name)) for row in files}
    whole = []
    for row in structure.relations:
        if row.kind == "p":
            leaves = [own[leaf] for leaf in _leaves(tables, row.oid) if leaf in own]
            sums = (_partitioned_index(index, parts, by_oid) for index in indexes.get(row.oid, ()))
            whole.append(_partitioned(row, leaves, sizes).replace(indexes=tuple(sums)))
    return (*own.values(), *whole)


def _tree(links: Iterable[tuple[Oid, Oid]]) -> Mapping[Oid, Sequence[Oid]]:
    children: dict[Oid, list[Oid]] = {}
    for parent, child in links:
        children.setdefault(parent, []).append(child)
    return children


def _leaves(children: Mapping[Oid, Sequence[Oid]], top: Oid) -> list[Oid]:
    """What is below and has nothing below itself; a partitioned table without partitions is none."""
    found, waiting = [], list(children.get(top, ()))
    while waiting:
        child = waiting.pop()
        below = children.get(child)
        if below is None:
            found.append(child)
        else:
            waiting.extend(below)
    return found


def _stored(row: RelationRow, indexes: Iterable[IndexRow], sizes: Sizes) -> TableStatistics:
    name = Name(row.schema, row.name)
    counter = sizes.counters.rows.get(row.oid)
    rows = _rows(row, counter, sizes.version)
    growth = None if rows is None else _growth(row.rows, rows)
    fetched = counter.fetched if counter else 0
    return TableStatistics(
        name=name,
        rows=rows,
        heap_bytes=_bytes(row.pages, growth, sizes),
        toast_bytes=_toast_bytes(row, counter, sizes),
        indexes=tuple(_index(index, growth, sizes) for index in indexes),
        columns=sizes.columns.get(name, ()),
        dead_rows=counter.dead if counter and rows is not None else None,
        last_analysed=counter.analysed if counter else None,
        reads_per_second=sizes.pace.rate(Counters.scans, row.oid),
        writes_per_second=sizes.pace.rate(Counters.writes, row.oid),
        cache_hit_share=counter.hit / fetched if counter and fetched else None,
        locked=row.oid in sizes.held,
    )


def _rows(row: RelationRow, counter: CounterRow | None, version: int) -> float | None:
    if not _analysed(row.rows, row.pages, counter is not None and counter.vacuumed, version):
        return None
    return max(row.rows, counter.live if counter else 0)


def _analysed(rows: float, pages: int, noted: bool, version: int) -> bool:
    """Whether `reltuples` is an estimate at all."""
    if version >= 14:
        return rows >= 0
    return rows > 0 or pages > 0 or noted


def _growth(then: float, now: float) -> float | None:
    """How much larger the table is than its pages were counted; None when they were counted empty."""
    if now <= then:
        return 1.0
    return now / then if then > 0 else None


def _bytes(pages: int, growth: float | None, sizes: Sizes) -> int | None:
    return None if growth is None else int(pages * sizes.counters.block_bytes * growth)


def _toast_bytes(row: RelationRow, counter: CounterRow | None, sizes: Sizes) -> int | None:
    """ANALYZE does not look into the TOAST table, only VACUUM counts its pages; the chunks written are counted."""
    if row.toast == 0:
        return 0
    chunks = counter.toast_live if counter else 0
    if _analysed(row.toast_rows, row.toast_pages, noted=False, version=sizes.version):
        return max(row.toast_pages * sizes.counters.block_bytes, chunks * CHUNK_BYTES)
    if chunks:
        return chunks * CHUNK_BYTES
    counted_all = counter is not None and row.rows >= 0 and counter.inserted >= row.rows and counter.toast_inserted == 0
    return 0 if counted_all else None


def _index(index: IndexRow, growth: float | None, sizes: Sizes) -> IndexStatistics:
    return IndexStatistics(name=Name(index.schema, index.name), bytes=_bytes(index.pages, growth, sizes))


def _partitioned(row: RelationRow, leaves: list[TableStatistics], sizes: Sizes) -> TableStatistics:
    name = Name(row.schema, row.name)
    return TableStatistics(
        name=name,
        rows=_sum(leaf.rows for leaf in leaves),
        heap_bytes=_whole(_sum(leaf.heap_bytes for leaf in leaves)),
        toast_bytes=_whole(_sum(leaf.toast_bytes for leaf in leaves)),
        columns=sizes.columns.get(name, ()),
        dead_rows=_sum(leaf.dead_rows for leaf in leaves),
        last_analysed=min((leaf.last_analysed for leaf in leaves if leaf.last_analysed), default=None),
        reads_per_second=_sum(leaf.reads_per_second for leaf in leaves),
        writes_per_second=_sum(leaf.writes_per_second for leaf in leaves),
        partitions=len(leaves),
        locked=row.oid in sizes.held or any(leaf.locked for leaf in leaves),
    )


def _partitioned_index(
    index: IndexRow, parts: Mapping[Oid, Sequence[Oid]], bytes_of: Mapping[Oid, int | None]
) -> IndexStatistics:
    total = _sum(bytes_of[part] for part in _leaves(parts, index.oid) if part in bytes_of)
    return IndexStatistics(name=Name(index.schema, index.name), bytes=_whole(total))


def _sum(values: Iterable[float | None]) -> float | None:
    """The sum; unknown when a part is."""
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
