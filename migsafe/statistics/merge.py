"""Several databases or shards as one: of every figure the greatest, of every unknown the unknown."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import reduce
from typing import TypeVar

from migsafe.model.record import KeywordRecord
from migsafe.model.statistics import (
    ColumnStatistics,
    IndexStatistics,
    SequenceStatistics,
    ServerStatistics,
    Statistics,
    TableStatistics,
)
from migsafe.statistics.catalog import Catalog, CatalogRelation
from migsafe.statistics.snapshot import NO_SNAPSHOT, Snapshot

R = TypeVar("R", bound=KeywordRecord)


def merge(snapshots: Sequence[Snapshot]) -> Snapshot:
    """One snapshot for all. A table that is in several counts with its greatest figures; where one of them does not
    know a figure, it is unknown. Version tables that differ stay side by side: a migration is pending when one of
    them lacks it.
    """
    if not snapshots:
        return NO_SNAPSHOT
    return reduce(_two, snapshots)


def _two(one: Snapshot, other: Snapshot) -> Snapshot:
    catalog, differing = _catalogs(one.catalog, other.catalog)
    statistics = _statistics(one.statistics, other.statistics)
    return Snapshot(
        databases=tuple(sorted({*one.databases, *other.databases})),
        statistics=statistics.replace(unseen=tuple(sorted({*statistics.unseen, *differing}))),
        catalog=catalog,
        files=(*one.files, *other.files),
        digest=f"{one.digest} {other.digest}" if one.digest and other.digest else "",
    )


def _statistics(one: Statistics, other: Statistics) -> Statistics:
    captured = [when for when in (one.captured_at, other.captured_at) if when is not None]
    return Statistics(
        captured_at=min(captured, default=None),
        server=_server(one.server, other.server),
        tables=_united(one.tables, other.tables, lambda table: table.name, _table),
        sequences=_united(one.sequences, other.sequences, lambda sequence: sequence.name, _sequence),
        applied=tuple(dict.fromkeys((*one.applied, *other.applied))),
        unseen=(*one.unseen, *other.unseen),
    )


def _united(
    one: Iterable[R], other: Iterable[R], key: Callable[[R], Hashable], both: Callable[[R, R], R]
) -> tuple[R, ...]:
    found = {key(each): each for each in one}
    for each in other:
        held = found.get(key(each))
        found[key(each)] = each if held is None else both(held, each)
    return tuple(found.values())


def greatest(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)


def known(one: float | None, other: float | None) -> float | None:
    """The greater of what is known."""
    return max((value for value in (one, other) if value is not None), default=None)


def _table(one: TableStatistics, other: TableStatistics) -> TableStatistics:
    fields = ("rows", "heap_bytes", "toast_bytes", "dead_rows", "reads_per_second", "writes_per_second")
    shares = [share for share in (one.cache_hit_share, other.cache_hit_share) if share is not None]
    analysed = [when for when in (one.last_analysed, other.last_analysed) if when is not None]
    return one.replace(
        **{field: greatest(getattr(one, field), getattr(other, field)) for field in fields},
        indexes=_united(one.indexes, other.indexes, lambda index: index.name, _index),
        columns=_united(one.columns, other.columns, lambda column: column.name, _column),
        cache_hit_share=min(shares, default=None),
        last_analysed=min(analysed, default=None),
        partitions=max(one.partitions, other.partitions),
        locked=one.locked or other.locked,
    )


def _index(one: IndexStatistics, other: IndexStatistics) -> IndexStatistics:
    return one.replace(bytes=greatest(one.bytes, other.bytes))


def _column(one: ColumnStatistics, other: ColumnStatistics) -> ColumnStatistics:
    """The wider one; shares of two shards cannot be added, so those of the first stay when both know them."""
    return one.replace(
        width=greatest(one.width, other.width),
        nulls=greatest(one.nulls, other.nulls),
        distinct=one.distinct if other.distinct is not None else None,
        correlation=one.correlation if other.correlation is not None else None,
    )


def _sequence(one: SequenceStatistics, other: SequenceStatistics) -> SequenceStatistics:
    """The fuller one."""
    rate = known(one.values_per_second, other.values_per_second)
    fuller = one if (one.last_value or 0) >= (other.last_value or 0) else other
    return fuller.replace(values_per_second=rate)


def _server(one: ServerStatistics, other: ServerStatistics) -> ServerStatistics:
    """The older version; settings on which all agree."""
    agreed = set(one.settings) & set(other.settings)
    older = min((one, other), key=lambda server: server.version or 0)
    return ServerStatistics(
        version=older.version,
        version_text=older.version_text,
        settings=tuple(setting for setting in one.settings if setting in agreed),
        role_settings=tuple(each for each in one.role_settings if each in other.role_settings),
        max_connections=_least(one.max_connections, other.max_connections),
        connections=_whole(known(one.connections, other.connections)),
        transactions=tuple(sorted((*one.transactions, *other.transactions), reverse=True)),
        replicas=(*one.replicas, *other.replicas),
    )


def _least(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else min(one, other)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _catalogs(one: Catalog | None, other: Catalog | None) -> tuple[Catalog | None, tuple[str, ...]]:
    """The objects of both, and sentences about those that differ. A relation that differs is not fully known."""
    if one is None or other is None:
        return one or other, ()
    held = {relation.name: relation for relation in one.relations}
    differing = sorted(str(each.name) for each in other.relations if held.get(each.name, each) != each)
    merged = Catalog(
        complete=one.complete and other.complete,
        owner=one.owner if one.owner == other.owner else None,
        schemas=tuple(sorted({*one.schemas, *other.schemas})),
        extensions=tuple(sorted({*one.extensions, *other.extensions})),
        relations=_united(one.relations, other.relations, lambda each: each.name, _doubtful),
        indexes=_united(one.indexes, other.indexes, lambda each: each.name, _first),
        types=_united(one.types, other.types, lambda each: each.name, _first),
        functions=_united(one.functions, other.functions, lambda each: (each.name, each.arguments), _first),
        statistics=_united(one.statistics, other.statistics, lambda each: each.name, _first),
        publications=_united(one.publications, other.publications, lambda each: each.name, _first),
        others=_united(one.others, other.others, lambda each: (each.kind, each.name, each.types), _first),
    )
    return merged, tuple(f"The schemas of the snapshots differ in {name}." for name in differing)


def _doubtful(one: CatalogRelation, other: CatalogRelation) -> CatalogRelation:
    return one if one == other else one.replace(locked=True)


def _first(one: R, other: R) -> R:  # noqa: ARG001  # the signature of what unites
    return one
