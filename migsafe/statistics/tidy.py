"""A snapshot as it is written: figures rounded, everything sorted, and old figures kept while they hardly change."""

from __future__ import annotations

from typing import Final, TypeVar

from migsafe.model.record import KeywordRecord
from migsafe.model.statistics import (
    ColumnStatistics,
    ReplicaStatistics,
    SequenceStatistics,
    ServerStatistics,
    Statistics,
    TableStatistics,
)
from migsafe.statistics.rounding import kept, rounded

R = TypeVar("R", bound=KeywordRecord)

_TABLE: Final = (
    "rows",
    "heap_bytes",
    "toast_bytes",
    "dead_rows",
    "reads_per_second",
    "writes_per_second",
    "cache_hit_share",
)
_COLUMN: Final = ("width", "nulls", "distinct", "correlation")
_SEQUENCE_DIGITS: Final = 3  # how full a sequence is must not be rounded away


def tidy(statistics: Statistics) -> Statistics:
    """Rounded to two significant digits (sequences: three) and sorted by name."""
    tables = sorted(map(_table, statistics.tables), key=lambda table: table.name)
    sequences = sorted(map(_sequence, statistics.sequences), key=lambda sequence: sequence.name)
    applied = sorted(statistics.applied, key=lambda each: (each.tool, each.table, each.versions))
    return statistics.replace(
        server=_server(statistics.server),
        tables=tuple(tables),
        sequences=tuple(sequences),
        applied=tuple(applied),
        unseen=tuple(sorted(set(statistics.unseen))),
    )


def _rounded(record: R, fields: tuple[str, ...]) -> R:
    return record.replace(**{field: rounded(getattr(record, field)) for field in fields})


def _table(table: TableStatistics) -> TableStatistics:
    indexes = sorted((_rounded(index, ("bytes",)) for index in table.indexes), key=lambda index: index.name)
    columns = sorted((_rounded(column, _COLUMN) for column in table.columns), key=lambda column: column.name)
    return _rounded(table, _TABLE).replace(indexes=tuple(indexes), columns=tuple(columns))


def _sequence(sequence: SequenceStatistics) -> SequenceStatistics:
    return sequence.replace(
        last_value=rounded(sequence.last_value, _SEQUENCE_DIGITS),
        values_per_second=rounded(sequence.values_per_second),
    )


def _server(server: ServerStatistics) -> ServerStatistics:
    ages = sorted((rounded(age) for age in server.transactions), reverse=True)
    replicas = sorted(map(_replica, server.replicas), key=lambda replica: (replica.name, replica.lag_bytes or 0))
    return server.replace(
        settings=tuple(sorted(server.settings)),
        role_settings=tuple(sorted(server.role_settings, key=lambda each: (each.role, each.name))),
        connections=rounded(server.connections),
        transactions=tuple(ages),
        replicas=tuple(replicas),
    )


def _replica(replica: ReplicaStatistics) -> ReplicaStatistics:
    return replica.replace(lag_seconds=rounded(replica.lag_seconds), lag_bytes=rounded(replica.lag_bytes))


def settled(old: Statistics, new: Statistics) -> Statistics:
    """The new figures, but the old ones where they changed by less than the dead band.

    How full a sequence is, ages and lags are always the new ones: they are about this moment.
    """
    tables = tuple(_settled_table(old.table(table.name), table) for table in new.tables)
    return new.replace(tables=tables)


def _settled_table(old: TableStatistics | None, new: TableStatistics) -> TableStatistics:
    if old is None:
        return new
    indexes = tuple(_settled(old.index(index.name), index, ("bytes",)) for index in new.indexes)
    columns = tuple(_settled(_column(old, column), column, _COLUMN) for column in new.columns)
    return _settled(old, new, _TABLE).replace(indexes=indexes, columns=columns)


def _column(table: TableStatistics, column: ColumnStatistics) -> ColumnStatistics | None:
    return table.column(column.name)


def _settled(old: R | None, new: R, fields: tuple[str, ...]) -> R:
    if old is None:
        return new
    return new.replace(**{field: kept(getattr(old, field), getattr(new, field)) for field in fields})
