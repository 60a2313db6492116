"""How long it takes to insert, update or delete rows.

Sources: heapam.c (a new version of the row for each update), nodeModifyTable.c, the manual 65.7 "Heap-Only Tuples":
on a full page a new version goes to another page and into every index.
"""

from __future__ import annotations

from migsafe.effects.duration import expressions
from migsafe.effects.duration.access import finding
from migsafe.effects.duration.foreign_keys import delete_lookups, insert_lookups
from migsafe.effects.duration.index_builds import insertion
from migsafe.effects.duration.logged import changed_log, flushing
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.queries import rows_of
from migsafe.effects.duration.ranges import around, between
from migsafe.effects.duration.scans import read_seconds
from migsafe.effects.duration.selectivity import ALL, ANY, Share, selected
from migsafe.effects.duration.sizes import Size
from migsafe.effects.weight import light_clauses
from migsafe.model import operations as ops
from migsafe.model.duration import Seconds
from migsafe.model.effects import Work
from migsafe.model.expressions import Expression, Query
from migsafe.model.names import Name
from migsafe.model.record import Record

_TRIGGER_SPREAD = 1.2
_FOLLOW_SPREAD = 1.2


class Changed(Record):
    """How many rows a statement changes: a share of so many."""

    rows: float
    share: Share

    @property
    def low(self) -> float:
        return self.share.low

    @property
    def expected(self) -> float:
        return self.share.expected

    @property
    def high(self) -> float:
        return self.share.high


def _light(at: Moment) -> frozenset[int]:
    return light_clauses(at.statement.operations, at.schema, repeated=at.statement.repeated)


def changed_share(work: Work, at: Moment) -> Changed | None:
    """The rows that one DATA inserts, updates or deletes; None when nothing tells how many."""
    operation = at.operation(work)
    if work.clause in _light(at):
        rows = operation.rows if isinstance(operation, ops.Insert) else None
        return Changed(float(rows or 1), ALL)
    match operation:
        case ops.Insert():
            return _inserted(operation, at)
        case ops.Update() | ops.Delete():
            size = at.size(work.table)
            return None if size is None else Changed(size.rows, _chosen(operation, work.table, at))
        case ops.Merge():
            source = rows_of(operation.query, at)
            return None if source is None else Changed(source.rows, ANY)
    return None


def _inserted(operation: ops.Insert, at: Moment) -> Changed | None:
    if operation.rows is not None:
        return Changed(float(operation.rows), ALL)
    size = rows_of(operation.query, at)
    return None if size is None else Changed(size.rows, _kept(operation.query, at))


def _kept(query: Query | None, at: Moment) -> Share:
    """The share of the rows that a query reads which it returns."""
    if query is None or query.has_limit:
        return ANY
    return ALL if query.conditions is None else selected(query.conditions, query.reads[0], at)


def _chosen(operation: ops.Update | ops.Delete, table: Name, at: Moment) -> Share:
    """Another table that the statement joins leaves rows out in a way that nothing tells. Of the tables that follow by
    a foreign key, as large a share is taken to reference the chosen rows."""
    if operation.query is not None and operation.query.reads:
        return ANY
    chosen = table if _is_target(table, operation.table, at) else at.schema.resolve(operation.table)
    return selected(operation.where, chosen, at)


def _is_target(table: Name, named: Name, at: Moment) -> bool:
    target = at.schema.resolve(named)
    return target == table or any(r.name == table for r in at.schema.descendants_of(target))


def change(work: Work, at: Moment) -> Seconds | None:
    """One DATA."""
    if work.clause in _light(at):
        return around(at.constants.statement, at.constants.spread)
    changed = changed_share(work, at)
    return None if changed is None else _change(work, changed, at)


def _change(work: Work, changed: Changed, at: Moment) -> Seconds | None:
    operation = at.operation(work)
    match operation:
        case ops.Insert():
            return _insert(work.table, operation, changed, at)
        case ops.Update() | ops.Delete() if _is_target(work.table, operation.table, at):
            return _update(work.table, operation, changed, at)
        case ops.Update() | ops.Delete():
            return _follow(work, changed, at)
        case ops.Merge():
            return _merge(work, changed, at)
    return None


def _follow(work: Work, changed: Changed, at: Moment) -> Seconds | None:
    """ON DELETE CASCADE and its kin: one look-up and one change at a time."""
    size = at.size(work.table)
    if size is None:
        return None
    each = at.constants.lookup + _row_change(work, size, at)
    return _of_share(0.0, changed.rows * each, changed.share, at.constants.spread * size.spread * _FOLLOW_SPREAD)


def _row_change(work: Work, size: Size, at: Moment) -> float:
    if work.change == "delete":
        return row_delete(work.table, size, at)
    if work.change == "insert":
        return row_insert(work.table, size.row_bytes, size, at)
    return row_update(work.table, frozenset(), size, at)


def _merge(work: Work, changed: Changed, at: Moment) -> Seconds | None:
    """Both sides are read and joined; how many rows of the source meet one of the target, nothing tells."""
    size = at.size(work.table)
    if size is None:
        return None
    reading = read_seconds(size, at) + changed.rows * at.constants.probe_row
    each = _row_change(work, size, at)
    return _of_share(reading, changed.rows * each, changed.share, at.constants.spread * size.spread)


def _insert(table: Name, operation: ops.Insert, changed: Changed, at: Moment) -> Seconds:
    source = rows_of(operation.query, at)
    reading = 0.0 if source is None else read_seconds(source, at)
    width = 100.0 if source is None else source.row_bytes
    spread = at.constants.spread * _spread(table, at) * (1.0 if source is None else source.spread)
    target = at.size(table) or Size(rows=0.0, heap_bytes=0.0)
    after = target.replace(rows=target.rows + changed.rows * changed.expected)
    each = row_insert(table, width, after, at)
    return _of_share(reading, changed.rows * each, changed.share, spread)


def _of_share(reading: float, changing: float, share: Share, spread: float) -> Seconds:
    """All rows are read, and a share of them changed. Where the share is a wide guess, it makes most of the range."""
    if share.low == share.high:
        return around(reading + changing * share.expected, spread)
    low, high = reading + changing * share.low, reading + changing * share.high
    expected = reading + changing * share.expected
    wide = between(min(low, expected / spread), max(high, expected * spread))
    return Seconds(min(wide.low, expected), expected, max(wide.high, expected))


def row_insert(table: Name, row_bytes: float, size: Size, at: Moment) -> float:
    """Seconds for one row with all its indexes, foreign keys and triggers; `size` is the table's afterwards."""
    constants = at.constants
    return (
        constants.insert_row
        + row_bytes * constants.change_byte
        + insertion(table, size.rows, at)
        + _logging(table, size, "insert", at)
        + insert_lookups(table, None, at)
        + _triggers(table, "insert", at)
    )


def _update(table: Name, operation: ops.Update | ops.Delete, changed: Changed, at: Moment) -> Seconds | None:
    size = at.size(table)
    if size is None:
        return None
    reading = _finding(operation, table, size, at)
    spread = at.constants.spread * size.spread * _spread(table, at)
    if isinstance(operation, ops.Update):
        each = row_update(table, frozenset(operation.columns), size, at)
        return _of_share(reading, size.rows * each, changed.share, spread)
    each = row_delete(table, size, at)
    followers = delete_lookups(table, size.rows * changed.share.expected, at)
    deleting = _of_share(reading, size.rows * each, changed.share, spread)
    return None if followers is None else followers.plus(deleting)


def _finding(operation: ops.Update | ops.Delete, table: Name, size: Size, at: Moment) -> float:
    """The condition is tested for each row that is read; by an index, for next to none."""
    reading = read_seconds(size, at)
    found = (
        reading if operation.query is not None and operation.query.reads else finding(operation.where, table, size, at)
    )
    return reading + size.rows * _condition(operation.where, table, at) if found >= reading else found


def row_update(table: Name, columns: frozenset[str], size: Size, at: Moment) -> float:
    """Seconds for one row, whose new version goes into every index. The page of the old one is written as well."""
    constants = at.constants
    return (
        constants.update_row
        + size.row_bytes * constants.change_byte
        + insertion(table, size.rows, at)
        + _logging(table, size, "update", at)
        + insert_lookups(table, columns, at)
        + _triggers(table, "update", at)
    )


def row_delete(table: Name, size: Size, at: Moment) -> float:
    """Seconds for one row, which is only marked; its page is written. Its entries in indexes stay until VACUUM."""
    constants = at.constants
    marking = constants.delete_row + size.row_bytes * constants.change_byte
    return marking + _triggers(table, "delete", at) + _logging(table, size, "delete", at)


def _logging(table: Name, size: Size, change_: str, at: Moment) -> float:
    """Flushing the log of one row, as its share of what all rows would log."""
    return flushing(changed_log(table, size, change_, size.rows, at) / size.rows, at) if size.rows else 0.0


def _condition(where: Expression | None, table: Name, at: Moment) -> float:
    return 0.0 if where is None else expressions.cost(where, table, at)


def _triggers(table: Name, event: str, at: Moment) -> float:
    triggers = at.relation(table).triggers
    return at.constants.trigger * sum(1 for t in triggers if t.row and t.enabled and event in t.events)


def _spread(table: Name, at: Moment) -> float:
    """What a trigger does is not modelled."""
    return _TRIGGER_SPREAD if at.relation(table).triggers else 1.0
