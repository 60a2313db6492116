"""Which share of a table's rows meets a condition, as far as the column statistics tell.

They hold no histograms, because those hold values of the user's. So a comparison for equality is known by the number of
distinct values, a null test by the share of nulls, and everything else is taken to be half
of the rows, a fifth to all of them: a migration seldom touches a table for less.
"""

from __future__ import annotations

from migsafe.effects.duration.moment import Moment
from migsafe.model.expressions import Comparison, Expression
from migsafe.model.names import Name
from migsafe.model.record import Record
from migsafe.model.statistics import ColumnStatistics


class Share(Record):
    """Of 0 to 1."""

    low: float
    expected: float
    high: float

    def times(self, other: Share) -> Share:
        return Share(self.low * other.low, self.expected * other.expected, self.high * other.high)


ALL = Share(1.0, 1.0, 1.0)
ANY = Share(0.2, 0.5, 1.0)
INDEXED = Share(0.03, 0.25, 1.0)
"""What the predicate of a partial index keeps, if nothing tells: such an index is made for the few."""
_SKEW = 2.0  # some values are more frequent than others


def selected(condition: Expression | None, table: Name, at: Moment, guess: Share = ANY) -> Share:
    """The share of the rows that a condition keeps; `guess` where nothing tells."""
    if condition is None:
        return ALL
    if not condition.whole or not condition.conjuncts:
        return guess
    known = [_conjunct(conjunct, table, at) for conjunct in condition.conjuncts]
    share = ALL
    for one in known:
        share = share.times(one or ALL)
    return share if any(one is not None for one in known) else guess


def equal_share(column: str, table: Name, at: Moment) -> float | None:
    """The share of the rows that have one value of a column; None when nothing tells."""
    found = _conjunct(Comparison(column, "=", None), table, at)
    return None if found is None else found.expected


def _conjunct(condition: Comparison, table: Name, at: Moment) -> Share | None:
    statistics = at.sizes.statistics.table(at.schema.resolve(table))
    column = None if statistics is None else statistics.column(condition.column)
    size = at.size(table)
    if column is None or size is None or size.rows < 1:
        return None
    match condition.operator:
        case "is null" if column.nulls is not None:
            return _around(column.nulls, size.rows)
        case "is not null" if column.nulls is not None:
            return _around(1 - column.nulls, size.rows)
        case "=":
            return _equal(column, size.rows)
        case "<>":
            return Share(0.5, 1.0, 1.0)
    return None


def _equal(column: ColumnStatistics, rows: float) -> Share | None:
    """One value of many. Of very few values each may be nearly all."""
    distinct = _distinct(column, rows)
    if distinct is None or distinct < 4:
        return None
    return _around(1 / distinct, rows)


def _distinct(column: ColumnStatistics, rows: float) -> float | None:
    if column.distinct is None or column.distinct == 0:
        return None
    return column.distinct if column.distinct > 0 else -column.distinct * rows


def _around(share: float, rows: float) -> Share:
    expected = max(share, 1 / rows)
    return Share(expected / _SKEW, expected, min(expected * _SKEW, 1.0))
