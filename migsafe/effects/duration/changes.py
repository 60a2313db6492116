"""How long it takes to insert, update or delete rows.

Sources: heapam.c (a new version of the row for each update), nodeModifyTable.c, the manual 65.7 "Heap-Only Tuples":
on a full page a new version goes to another page and into every index.
"""

from __future__ import annotations

from migsafe.effects.duration import expressions
from migsafe.effects.duration.foreign_keys import delete_lookups, insert_lookups
from migsafe.effects.duration.index_builds import insertion
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.queries import rows_of
from migsafe.effects.duration.ranges import around, between
from migsafe.effects.duration.scans import read_seconds
from migsafe.effects.duration.sizes import Size
from migsafe.effects.weight import light_clauses
from migsafe.model import operations as ops
from migsafe.model.duration import Seconds
from migsafe.model.effects import Work
from migsafe.model.expressions import Expression
from migsafe.model.names import Name

_TRIGGER_SPREAD = 1.2
_SELECTED_LOW, _SELECTED_HIGH = 0.1, 1.0  # of the rows, where a condition's selectivity is unknown


def change(work: Work, at: Moment) -> Seconds | None:
    """One DATA."""
    if work.clause in light_clauses(at.statement.operations, at.schema):
        return around(at.constants.statement, at.constants.spread)
    match at.operation(work), work.change:
        case ops.Insert() | ops.Copy() as operation, _:
            return _insert(work.table, operation, at)
        case ops.Update() | ops.Delete() as operation, change_ if change_ is not None:
            if at.schema.resolve(operation.table) == work.table or _is_below(work.table, operation.table, at):
                return _changed(work.table, operation, at)
            return None  # rows of other tables that follow: how many is unknown
    return None


def _is_below(table: Name, parent: Name, at: Moment) -> bool:
    return any(r.name == table for r in at.schema.descendants_of(at.schema.resolve(parent)))


def _insert(table: Name, operation: ops.Insert | ops.Copy, at: Moment) -> Seconds | None:
    constants = at.constants
    if isinstance(operation, ops.Copy):
        return None
    if operation.rows is not None:
        return around(constants.statement + operation.rows * row_insert(table, 100.0, at), constants.spread * 1.2)
    size = rows_of(operation.query, at)
    if size is None:
        return None
    most = read_seconds(size, at) + size.rows * row_insert(table, size.row_bytes, at)
    if operation.query is not None and (operation.query.conditions is not None or operation.query.has_limit):
        return between(most * _SELECTED_LOW, most)
    return around(most, constants.spread * size.spread * _spread(table, at))


def row_insert(table: Name, row_bytes: float, at: Moment) -> float:
    """Seconds for one row with all its indexes, foreign keys and triggers."""
    constants = at.constants
    return (
        constants.insert_row
        + row_bytes * constants.change_byte
        + insertion(table, at)
        + insert_lookups(table, None, at)
        + _triggers(table, "insert", at)
    )


def _changed(table: Name, operation: ops.Update | ops.Delete, at: Moment) -> Seconds | None:
    size = at.size(table)
    if size is None:
        return None
    every = _every(table, operation, size, at)
    if every is None:
        return None
    reading = read_seconds(size, at) + size.rows * _condition(operation.where, table, at)
    spread = at.constants.spread * size.spread * _spread(table, at)
    if operation.where is None:
        return around(reading, at.constants.spread * size.spread).plus(around(every.expected, spread))
    return between(reading + every.expected * _SELECTED_LOW, reading + every.expected)


def _every(table: Name, operation: ops.Update | ops.Delete, size: Size, at: Moment) -> Seconds | None:
    """Changing all rows of a table."""
    if isinstance(operation, ops.Delete):
        followers = delete_lookups(table, size.rows, at)
        deleting = size.rows * (at.constants.delete_row + _triggers(table, "delete", at))
        return None if followers is None else followers.plus(around(deleting, at.constants.spread))
    columns = frozenset(operation.columns)
    seconds = size.rows * row_update(table, columns, size.row_bytes, at)
    return around(seconds, at.constants.spread)


def row_update(table: Name, columns: frozenset[str], row_bytes: float, at: Moment) -> float:
    """Seconds for one row, whose new version goes into every index."""
    constants = at.constants
    return (
        constants.update_row
        + row_bytes * constants.change_byte
        + insertion(table, at)
        + insert_lookups(table, columns, at)
        + _triggers(table, "update", at)
    )


def _condition(where: Expression | None, table: Name, at: Moment) -> float:
    return 0.0 if where is None else expressions.cost(where, table, at)


def _triggers(table: Name, event: str, at: Moment) -> float:
    triggers = at.relation(table).triggers
    return at.constants.trigger * sum(1 for t in triggers if t.row and t.enabled and event in t.events)


def _spread(table: Name, at: Moment) -> float:
    """What a trigger does is not modelled."""
    return _TRIGGER_SPREAD if at.relation(table).triggers else 1.0
