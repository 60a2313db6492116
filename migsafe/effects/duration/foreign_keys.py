"""How long it takes to check a foreign key: one join of both tables (ri_triggers.c, `RI_Initial_Check`)."""

from __future__ import annotations

from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import around
from migsafe.effects.duration.sizes import Size
from migsafe.model import operations as ops
from migsafe.model.definitions import ForeignKey
from migsafe.model.duration import NO_TIME, Seconds
from migsafe.model.names import Name

_BATCHED = 1.4  # the factor when the hash table does not fit into maintenance_work_mem
_HASHED_BYTES = 48  # of a row in the hash table
_FAR_BYTES = 28 << 20  # of the hash table with which `probe_row_far` is measured
_IN_ORDER = 0.9
_SMALLER_IS_HASHED = 16
_JOIN_SPREAD = 1.1


def checked_keys(table: Name, at: Moment) -> tuple[ForeignKey, ...]:
    """The foreign keys whose check reads the table, from either side."""
    return tuple(key for _, key in _checked(at) if at.schema.resolve(key.referenced) == table) or tuple(
        key for referencing, key in _checked(at) if referencing == table
    )


def _checked(at: Moment) -> tuple[tuple[Name, ForeignKey], ...]:
    found: list[tuple[Name, ForeignKey]] = []
    for operation in at.statement.operations:
        match operation:
            case ops.AddForeignKey():
                found.append((at.schema.resolve(operation.table), operation.constraint))
            case ops.ValidateConstraint():
                table = at.schema.resolve(operation.table)
                constraint = at.relation(table).constraint(operation.name)
                if constraint is not None and isinstance(constraint.definition, ForeignKey):
                    found.append((table, constraint.definition))
            case ops.AddColumn():
                keys = (c for c in operation.column.constraints if isinstance(c, ForeignKey))
                found += [(at.schema.resolve(operation.table), key) for key in keys]
    return tuple(found)


def key_check(table: Name, keys: tuple[ForeignKey, ...], at: Moment) -> Seconds | None:
    """The share of a table in the join: its reading, and for each row a look into the hash table or a place in it."""
    size = at.size(table)
    if size is None:
        return None
    constants = at.constants
    each = sum(_each(table, key, size, at) for key in keys)
    seconds = at.bytes_read(size) + size.rows * (constants.read_row + each)
    return around(seconds, constants.spread * size.spread * _JOIN_SPREAD)


def _each(table: Name, key: ForeignKey, size: Size, at: Moment) -> float:
    """From 16 on the smaller side makes the hash table (JOIN_RIGHT_ANTI), before always the referenced one."""
    referenced = at.schema.resolve(key.referenced)
    is_referenced = referenced == table
    other_name = _referencing(key, at) if is_referenced else referenced
    other = None if other_name is None else at.size(other_name) or _whole(other_name, at)
    if _is_hashed(is_referenced, size, other, at):
        spills = size.rows * _HASHED_BYTES > at.maintenance_memory
        return at.constants.hashed_row * (_BATCHED if spills else 1.0)
    if is_referenced:
        return _probe(size.rows if other is None else other.rows, at)
    return _probe(_touched_rows(table, key, size, other, at), at)


def _is_hashed(is_referenced: bool, size: Size, other: Size | None, at: Moment) -> bool:
    version = at.sizes.statistics.server.version
    if other is None or (version is not None and version < _SMALLER_IS_HASHED):
        return is_referenced
    return size.rows < other.rows or (is_referenced and size.rows == other.rows)


def _referencing(key: ForeignKey, at: Moment) -> Name | None:
    return next((name for name, checked in _checked(at) if checked is key), None)


def _whole(partitioned: Name, at: Moment) -> Size | None:
    parts = [at.size(leaf.name) for leaf in at.schema.descendants_of(partitioned)]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return Size(rows=sum(part.rows for part in known), heap_bytes=sum(part.heap_bytes for part in known))


def _touched_rows(table: Name, key: ForeignKey, size: Size, other: Size | None, at: Moment) -> float:
    """How many places of the hash table are looked at all the time: few, if there are few values, or if values that
    follow each other in the table follow each other in the other one."""
    rows = size.rows if other is None else other.rows
    statistics = at.sizes.statistics.table(table)
    column = None if statistics is None else statistics.column(key.columns[0])
    if column is None:
        return rows
    if column.correlation is not None and abs(column.correlation) > _IN_ORDER:
        return 0.0
    if column.distinct:
        distinct = column.distinct if column.distinct > 0 else -column.distinct * size.rows
        return min(rows, distinct)
    return rows


def _probe(touched: float, at: Moment) -> float:
    """Between the two costs by how much of the hash table the processor's cache holds."""
    near, far = at.constants.probe_row, max(at.constants.probe_row_far, at.constants.probe_row)
    share = min(touched * _HASHED_BYTES / _FAR_BYTES, 1.0)
    return near + (far - near) * share


def delete_lookups(table: Name, rows: float, at: Moment) -> Seconds | None:
    """What the foreign keys that point at a table make of each deleted row: a query on the referencing table.

    With an index on the referencing columns that is a look-up, without one it reads the whole table, each time.
    """
    total = NO_TIME
    for other, name in at.schema.referencing(table):
        constraint = other.constraint(name)
        if constraint is None or not isinstance(constraint.definition, ForeignKey):
            continue
        if _indexed(other.name, constraint.definition.columns, at):
            total = total.plus(around(rows * at.constants.lookup, at.constants.spread))
            continue
        size = at.size(other.name)
        if size is None:
            return None
        total = total.plus(around(rows * full_read(size, at), at.constants.spread * size.spread))
    return total


def full_read(size: Size, at: Moment) -> float:
    reading = at.bytes_read(size) + size.rows * at.constants.read_row
    return at.constants.lookup + reading


def _indexed(table: Name, columns: tuple[str, ...], at: Moment) -> bool:
    leading = (index.elements[0].column for index in at.schema.indexes_of(table) if index.elements)
    return any(column in columns for column in leading)


def insert_lookups(table: Name, columns: frozenset[str] | None, at: Moment) -> float:
    """Seconds for one new row, or changed key, to look up the rows that it references."""
    keys = (c.definition for c in at.relation(table).foreign_keys)
    checked = sum(1 for key in keys if isinstance(key, ForeignKey) and (columns is None or columns & set(key.columns)))
    return checked * at.constants.lookup
