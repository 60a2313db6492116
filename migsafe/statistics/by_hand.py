"""What the configuration says about sizes and traffic, put over what a snapshot says."""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.config import Settings
from migsafe.model.statistics import GivenStatistics, SizeOrigin, Statistics, TableStatistics
from migsafe.setting_values import TableSize


def with_given(statistics: Statistics, settings: Settings) -> Statistics:
    """The statistics with the figures of the settings, which win; they themselves when the settings give none."""
    if not (settings.tables or settings.small_tables or settings.busy_tables):
        return statistics
    return GivenStatistics(
        **{field: getattr(statistics, field) for field in Statistics.fields if field != "tables"},
        tables=tuple(_tables(statistics, settings.tables)),
        small=settings.small_tables,
        busy=settings.busy_tables,
    )


def _tables(statistics: Statistics, given: Sequence[TableSize]) -> list[TableStatistics]:
    tables = {table.name: table for table in statistics.tables}
    for size in given:
        known = tables.get(size.name) or TableStatistics(name=size.name)
        tables[size.name] = _over(known, size)
    return list(tables.values())


def _over(known: TableStatistics, size: TableSize) -> TableStatistics:
    """A table with the figures of a person. Bytes that were measured grow with the rows that are said."""
    table = known
    if size.rows is not None:
        factor = size.rows / known.rows if known.rows else None
        table = _scaled(table, factor).replace(rows=size.rows, origin=SizeOrigin.CONFIGURED)
    if size.bytes is not None:
        table = table.replace(heap_bytes=int(size.bytes), origin=SizeOrigin.CONFIGURED)
    rates = {
        field: value
        for field in ("reads_per_second", "writes_per_second")
        if (value := getattr(size, field)) is not None
    }
    return table.replace(**rates)


def _scaled(table: TableStatistics, factor: float | None) -> TableStatistics:
    indexes = tuple(index.replace(bytes=_times(index.bytes, factor)) for index in table.indexes)
    heap, toast = _times(table.heap_bytes, factor), _times(table.toast_bytes, factor)
    return table.replace(heap_bytes=heap, toast_bytes=toast, indexes=indexes)


def _times(value: int | None, factor: float | None) -> int | None:
    return None if value is None or factor is None else round(value * factor)
