"""How the rows of an UPDATE or DELETE are found: by reading the table, or by an index when that is less.

costsize.c compares the same two; only a condition `column = value` on the first column of an index is looked at here.
"""

from __future__ import annotations

from migsafe.effects.duration.index_shapes import IndexShape, disorder, shape_of_index
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.scans import read_seconds
from migsafe.effects.duration.selectivity import equal_share
from migsafe.effects.duration.sizes import Size
from migsafe.model.expressions import Expression
from migsafe.model.names import Name

_METHODS = ("btree", "hash")


def finding(where: Expression | None, table: Name, size: Size, at: Moment) -> float:
    """Seconds to find the rows that the condition names."""
    reading = read_seconds(size, at)
    if where is None:
        return reading
    return min((reading, *(_by_index(shape, size, at) for shape in _usable(where, table, at))))


def _usable(where: Expression, table: Name, at: Moment) -> tuple[IndexShape, ...]:
    """Of a partial index nothing tells whether the condition implies its own."""
    equal = {conjunct.column for conjunct in where.conjuncts if conjunct.operator == "="}
    shapes = (shape_of_index(index.name, table, at) for index in at.schema.indexes_of(table)) if equal else ()
    return tuple(
        shape
        for shape in shapes
        if shape.predicate is None and shape.method in _METHODS and shape.elements and shape.elements[0].column in equal
    )


def _by_index(shape: IndexShape, size: Size, at: Moment) -> float:
    """A way down the tree, then a row after the other: each in another page, or in the same when they are in order."""
    column = shape.elements[0].column
    share = None if column is None else equal_share(column, shape.table, at)
    if share is None:
        return float("inf")
    far = disorder(shape, at)
    each = far * at.constants.lookup + (1 - far) * 2 * at.constants.read_row
    return at.constants.lookup + size.rows * share * each
