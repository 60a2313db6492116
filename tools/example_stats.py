"""The sizes of the example's database: `fixtures/example/migsafe-stats.json`, written by tools.docs.

There is no such database. A shop of some years: figures that go together, and no date of capture, so that the example
stays the same on every day.
"""

from __future__ import annotations

from migsafe.model.names import Name
from migsafe.model.statistics import (
    AppliedVersions,
    ColumnStatistics,
    IndexStatistics,
    SequenceStatistics,
    ServerStatistics,
    Statistics,
    TableStatistics,
)
from migsafe.statistics.file import written
from migsafe.statistics.snapshot import Snapshot

_MEGABYTE = 1_000_000
_INTEGER_END = 2**63 - 1


def text() -> str:
    """The file's content."""
    tables = (
        _table("customers", 2.4e6, 340, reads=310.0, writes=2.1, widths={"id": 8, "email": 24, "full_name": 15}),
        _table("orders", 18e6, 1800, reads=64.0, writes=21.0, widths={"id": 8, "customer_id": 8, "note": 40}),
        _table("payments", 19e6, 1100, reads=12.0, writes=19.0, widths={"id": 8, "order_id": 8, "amount": 6}),
    )
    statistics = Statistics(
        server=_server(),
        tables=tables,
        sequences=tuple(_sequence(table) for table in tables),
        applied=(AppliedVersions(tool="flyway", table=Name("public", "flyway_schema_history"), versions=("1",)),),
    )
    return written(Snapshot(databases=("shop",), statistics=statistics))


def _server() -> ServerStatistics:
    settings = (
        ("max_parallel_maintenance_workers", "2"),
        ("maintenance_work_mem", str(64 << 20)),
        ("shared_buffers", str(4 << 30)),
    )
    return ServerStatistics(
        version=16,
        version_text="16.4",
        settings=tuple(sorted(settings)),
        max_connections=200,
        connections=46,
        transactions=(240.0, 1.2),
    )


def _table(
    name: str, rows: float, megabytes: int, *, reads: float, writes: float, widths: dict[str, int]
) -> TableStatistics:
    key = IndexStatistics(name=Name("public", f"{name}_pkey"), bytes=int(rows * 22))
    return TableStatistics(
        name=Name("public", name),
        rows=rows,
        heap_bytes=megabytes * _MEGABYTE,
        toast_bytes=0,
        indexes=(key,),
        columns=tuple(ColumnStatistics(name=column, width=float(width)) for column, width in widths.items()),
        reads_per_second=reads,
        writes_per_second=writes,
        cache_hit_share=0.99,
    )


def _sequence(table: TableStatistics) -> SequenceStatistics:
    return SequenceStatistics(
        name=Name("public", f"{table.name.name}_id_seq"),
        last_value=int((table.rows or 0) * 1.2),
        limit=_INTEGER_END,
        table=table.name,
        column="id",
        column_limit=_INTEGER_END,
        values_per_second=2.0,
    )
