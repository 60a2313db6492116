"""How long it takes to check a foreign key: one join of both tables (ri_triggers.c, `RI_Initial_Check`)."""

from __future__ import annotations

from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import around
from migsafe.effects.duration.sizes import Size
from migsafe.model import operations as ops
from migsafe.model.definitions import ForeignKey
from migsafe.model.duration import NO_TIME, Seconds
from migsafe.model.effects import WorkKind
from migsafe.model.names import Name

_BATCHED = 1.4  # the factor when the hash table does not fit into maintenance_work_mem
_HASHED_BYTES = 48  # of a row in the hash table


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
    referenced = any(at.schema.resolve(key.referenced) == table for key in keys)
    each = constants.hashed_row if referenced else constants.probe_row
    if referenced and size.rows * _HASHED_BYTES > at.maintenance_memory:
        each *= _BATCHED
    seconds = size.heap_bytes * constants.read_byte + size.rows * (constants.read_row + each * len(keys))
    return around(seconds, constants.spread * size.spread)


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
    reading = size.heap_bytes * at.constants.read_byte + size.rows * at.constants.read_row
    return at.constants.lookup + reading


def _indexed(table: Name, columns: tuple[str, ...], at: Moment) -> bool:
    leading = (index.elements[0].column for index in at.schema.indexes_of(table) if index.elements)
    return any(column in columns for column in leading)


def insert_lookups(table: Name, columns: frozenset[str] | None, at: Moment) -> float:
    """Seconds for one new row, or changed key, to look up the rows that it references."""
    keys = (c.definition for c in at.relation(table).foreign_keys)
    checked = sum(1 for key in keys if isinstance(key, ForeignKey) and (columns is None or columns & set(key.columns)))
    return checked * at.constants.lookup


def is_only_key(table: Name, at: Moment) -> bool:
    return not at.has(WorkKind.REWRITE, table) and bool(checked_keys(table, at))
