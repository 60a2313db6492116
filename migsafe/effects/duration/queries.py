"""How long a query takes that fills something: CREATE TABLE AS, INSERT … SELECT, REFRESH.

What a planner makes of a query is not modelled. A query that reads one table is a scan; one that joins several is
taken to read each once, with more room in the range.
"""

from __future__ import annotations

from migsafe.effects.duration import expressions
from migsafe.effects.duration.logged import flushing
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import around
from migsafe.effects.duration.selectivity import ANY
from migsafe.effects.duration.sizes import Size
from migsafe.effects.duration.widths import ROW_OVERHEAD, aligned, type_width
from migsafe.model import operations as ops
from migsafe.model.duration import Seconds
from migsafe.model.effects import Work
from migsafe.model.expressions import Query
from migsafe.model.names import Name
from migsafe.model.record import Record

_JOIN_SPREAD = 1.2
_AGGREGATES = frozenset({"count", "sum", "avg", "min", "max", "array_agg", "string_agg", "jsonb_agg", "bool_or"})


class Queried(Record):
    """The time of a query's share; None inside when it is unknown."""

    seconds: Seconds | None


def query_seconds(work: Work, at: Moment) -> Queried | None:
    """The time of a SCAN on behalf of a query; None when no query reads."""
    query = _query(at)
    if query is None or work.table == _refreshed(at):
        return None
    size = at.size(work.table)
    if size is None:
        return Queried(None)
    spread = at.constants.spread * size.spread * (_JOIN_SPREAD if len(query.reads) > 1 else 1.0)
    return Queried(around(_reading(query, work.table, size, at) + _writing(query, size, at), spread))


def _query(at: Moment) -> Query | None:
    for operation in at.statement.operations:
        match operation:
            case ops.CreateTableAs() | ops.CreateMaterializedView():
                return operation.query
            case ops.RefreshMaterializedView():
                return at.relation(at.schema.resolve(operation.view)).query
    return None


def _refreshed(at: Moment) -> Name | None:
    views = (op.view for op in at.statement.operations if isinstance(op, ops.RefreshMaterializedView))
    return next((at.schema.resolve(view) for view in views), None)


def _reading(query: Query, table: Name, size: Size, at: Moment) -> float:
    each = at.constants.read_row
    if query.conditions is not None:
        each += expressions.cost(query.conditions, table, at)
    if len(query.reads) > 1:
        each += at.constants.probe_row_far if _is_largest(query, size, at) else at.constants.hashed_row
    each += at.constants.call * sum(call.function.name in _AGGREGATES for call in query.calls)
    return at.bytes_read(size) + size.rows * each


def _is_largest(query: Query, size: Size, at: Moment) -> bool:
    others = (at.size(at.schema.resolve(name)) for name in query.reads)
    return all(other is None or size.rows >= other.rows for other in others)


def _writing(query: Query, size: Size, at: Moment) -> float:
    share = _returned(query, size, at)
    bytes_ = size.rows * _width(query, size, at)
    each = size.rows * at.constants.rewrite_row + bytes_ * at.constants.rewrite_byte + flushing(bytes_, at)
    return each * share


def _returned(query: Query, size: Size, at: Moment) -> float:
    """The new table gets as many rows as the largest one that is read, unless something leaves rows out or puts them
    together. A materialized view that is there is written as work of its own."""
    aggregated = any(call.function.name in _AGGREGATES for call in query.calls)
    if _refreshed(at) is not None or aggregated or not _is_largest(query, size, at):
        return 0.0
    return ANY.expected if query.conditions is not None else 1.0


def written_bytes(work: Work, at: Moment) -> float:
    """Bytes of the new table that a SCAN on behalf of a query fills; 0 for other scans."""
    query, size = _query(at), at.size(work.table)
    if query is None or size is None:
        return 0.0
    return size.rows * _width(query, size, at) * _returned(query, size, at)


def _width(query: Query, size: Size, at: Moment) -> float:
    """Bytes of one row that the query returns: those of the table that is read, where it does not name columns."""
    tables = [at.schema.resolve(name) for name in query.reads]
    named = [_column_width(column, tables, at) for column in query.columns]
    return ROW_OVERHEAD + aligned(sum(named)) if named else size.row_bytes


def _column_width(column: str, tables: list[Name], at: Moment) -> float:
    owner = next((table for table in tables if at.relation(table).column(column) is not None), None)
    return type_width(None) if owner is None else at.sizes.width(owner, column)


def rows_of(query: Query | None, at: Moment) -> Size | None:
    """How many rows a query returns and how wide they are, if it reads one table without conditions."""
    if query is None or not query.reads:
        return None
    sizes = [at.size(at.schema.resolve(name)) for name in query.reads]
    known = [size for size in sizes if size is not None]
    return max(known, key=lambda size: size.rows) if len(known) == len(sizes) else None
