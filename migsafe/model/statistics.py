"""How big and how busy the live database is: what a snapshot holds, and what the configuration says by hand.

None always means unknown, never zero and never small.
"""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase

from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, derived


class SizeOrigin(StrEnum):
    """Who says how big a table is."""

    SNAPSHOT = "snapshot"
    CONFIGURED = "configured"  # [tool.migsafe.tables."public.orders"]


class IndexStatistics(KeywordRecord):
    name: Name
    bytes: int | None = None


class ColumnStatistics(KeywordRecord):
    """From pg_stats: `width` in bytes; `nulls` a share of 0 to 1; `distinct` values, negative as a share of rows."""

    name: str
    width: float | None = None
    nulls: float | None = None
    distinct: float | None = None
    correlation: float | None = None  # of the order of values with the order of rows, -1 to 1


class TableStatistics(KeywordRecord):
    """One table or materialized view; of a partitioned table the sums over its partitions, which are listed too.

    `rows` is the planner's estimate and None when the table was never analysed. `locked`: somebody held ACCESS
    EXCLUSIVE at capture. Rates are per second, counted in rows for writes and in scans plus fetches for reads.
    """

    name: Name
    rows: float | None = None
    heap_bytes: int | None = None
    toast_bytes: int | None = None
    indexes: tuple[IndexStatistics, ...] = ()
    columns: tuple[ColumnStatistics, ...] = ()
    dead_rows: float | None = None
    last_analysed: str | None = None  # ISO 8601, UTC
    reads_per_second: float | None = None
    writes_per_second: float | None = None
    cache_hit_share: float | None = None  # 0 to 1
    partitions: int = 0
    locked: bool = False
    origin: SizeOrigin = SizeOrigin.SNAPSHOT

    @property
    def queries_per_second(self) -> float | None:
        """Reads and writes together; None when neither is known."""
        rates = [rate for rate in (self.reads_per_second, self.writes_per_second) if rate is not None]
        return sum(rates) if rates else None

    def index(self, name: Name) -> IndexStatistics | None:
        return next((index for index in self.indexes if index.name == name), None)

    def column(self, name: str) -> ColumnStatistics | None:
        return next((column for column in self.columns if column.name == name), None)


class SequenceStatistics(KeywordRecord):
    """A sequence, and the column that it feeds. `column_limit` is the greatest value of the column's type."""

    name: Name
    last_value: int | None = None
    limit: int | None = None
    increment: int = 1
    table: Name | None = None
    column: str | None = None
    column_limit: int | None = None
    values_per_second: float | None = None


class ReplicaStatistics(KeywordRecord):
    name: str
    lag_seconds: float | None = None
    lag_bytes: int | None = None


class RoleSetting(KeywordRecord):
    """A setting that ALTER ROLE or ALTER DATABASE … SET gives to new sessions; no role: to all of the database."""

    role: str | None = None
    name: str
    value: str


class ServerStatistics(KeywordRecord):
    """The server at capture. `settings` are those that durations and waits depend on, in base units (bytes,
    seconds), sorted by name. `transactions` are the ages in seconds of the longest running ones, longest first.
    """

    version: int | None = None
    version_text: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    role_settings: tuple[RoleSetting, ...] = ()
    max_connections: int | None = None
    connections: int | None = None
    transactions: tuple[float, ...] = ()
    replicas: tuple[ReplicaStatistics, ...] = ()

    def setting(self, name: str) -> str | None:
        return dict(self.settings).get(name)


class AppliedVersions(KeywordRecord):
    """What a version table of a migration tool says: `tool` as the conventions are named, `versions` sorted."""

    tool: str
    table: Name
    versions: tuple[str, ...] = ()


class Statistics(KeywordRecord):
    """All that is known of the live database but its schema."""

    captured_at: str | None = None  # ISO 8601, UTC; of several snapshots the oldest
    server: ServerStatistics = ServerStatistics()
    tables: tuple[TableStatistics, ...] = ()
    sequences: tuple[SequenceStatistics, ...] = ()
    applied: tuple[AppliedVersions, ...] = ()
    unseen: tuple[str, ...] = ()  # sentences: what the role could not see, what was locked

    def table(self, name: Name) -> TableStatistics | None:
        """By its schema-qualified name."""
        return self._by_name.get(name)

    def is_busy(self, name: Name) -> bool:  # noqa: ARG002  # a snapshot has rates; only a person says "busy"
        """Whether somebody says that the table is in constant use."""
        return False

    @derived
    def _by_name(self) -> dict[Name, TableStatistics]:
        return {table.name: table for table in self.tables}


SMALL_ROWS = 10_000
"""Rows of a table that a person calls small, where nothing tells how many it has."""


class GivenStatistics(Statistics):
    """Statistics with what a person says about whole groups of tables: glob patterns of names, with the schema
    (`archive.*`) or without (`*_types`). A table that is small and of unknown size has `SMALL_ROWS` rows."""

    small: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()

    def table(self, name: Name) -> TableStatistics | None:
        found = self._by_name.get(name)
        if (found is not None and found.rows is not None) or not _matches(name, self.small):
            return found
        base = found or TableStatistics(name=name)
        return base.replace(rows=float(SMALL_ROWS), origin=SizeOrigin.CONFIGURED)

    def is_busy(self, name: Name) -> bool:
        return _matches(name, self.busy)


def _matches(name: Name, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(f"{name.schema}.{name.name}" if "." in p else name.name, p) for p in patterns)


NO_STATISTICS = Statistics()
