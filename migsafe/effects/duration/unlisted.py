"""What takes time although no work is listed for it: files that go, VACUUM, ANALYZE, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migsafe.effects.duration.index_shapes import built_bytes, shape_of_index
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import WIDEST, around
from migsafe.effects.duration.scans import read_seconds
from migsafe.model import operations as ops
from migsafe.model.duration import NO_TIME, Seconds, total
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Relation

_WIDE = WIDEST**0.5
_SAMPLED_ROWS = 30_000  # analyze.c: 300 times default_statistics_target
_PAGE = 8192


def unlisted(at: Moment) -> Seconds | None:
    """Of the whole statement; None when it depends on something that nobody tells."""
    return total(_operation(operation, at) for operation in at.statement.operations)


def _operation(operation: ops.Operation, at: Moment) -> Seconds | None:
    formula = _FORMULAS.get(type(operation))
    return NO_TIME if formula is None else formula(operation, at)


def _drop_table(operation: ops.DropTable, at: Moment) -> Seconds | None:
    return total(unlinking(relation.name, at) for relation in _tables(operation.table, at))


def _drop_view(operation: ops.DropView, at: Moment) -> Seconds | None:
    return unlinking(at.schema.resolve(operation.view), at) if operation.materialized else NO_TIME


def unlinking(table: Name, at: Moment) -> Seconds | None:
    """Giving the files of a table and its indexes back to the file system (md.c, `mdunlink`)."""
    size = at.size(table)
    if size is None:
        return None
    indexes = sum(_index_bytes(index.name, table, size.rows, at) for index in at.schema.indexes_of(table))
    return _gone(size.heap_bytes + size.toast_bytes + indexes, at)


def _index_bytes(index: Name, table: Name, rows: float, at: Moment) -> float:
    known = at.sizes.index_bytes(index, table)
    return built_bytes(shape_of_index(index, table, at), rows, at) if known is None else known


def _gone(bytes_: float, at: Moment) -> Seconds:
    return around(bytes_ * at.constants.unlink_byte, _WIDE)


def _drop_index(operation: ops.DropIndex, at: Moment) -> Seconds | None:
    index = at.schema.index(operation.index)
    size = None if index is None else at.size(index.table)
    if index is None or index.partitioned:
        return NO_TIME
    return None if size is None else _gone(_index_bytes(index.name, index.table, size.rows, at), at)


def _tables(name: Name, at: Moment) -> tuple[Relation, ...]:
    """A relation with those below it that have files of their own."""
    relation = at.relation(at.schema.resolve(name))
    whole = (relation, *at.schema.descendants_of(relation.name))
    return tuple(each for each in whole if each.kind in (RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW))


def _vacuum(operation: ops.Vacuum, at: Moment) -> Seconds | None:
    """At most all of the table and its indexes are read, at least what changed since the last time."""
    if operation.full:
        return NO_TIME
    if operation.table is None:
        return None
    sizes = [at.size(relation.name) for relation in _tables(operation.table, at)]
    return total(None if size is None else around(read_seconds(size, at), _WIDE) for size in sizes)


def _analyze(operation: ops.Analyze, at: Moment) -> Seconds | None:
    """A sample of rows, from as many pages, sorted for each column."""
    if operation.table is None:
        return None
    return total(_sampling(relation, at) for relation in _tables(operation.table, at))


def _sampling(relation: Relation, at: Moment) -> Seconds | None:
    size = at.size(relation.name)
    if size is None:
        return None
    pages = min(size.heap_bytes / _PAGE, _SAMPLED_ROWS)
    columns = max(len(relation.columns), 8)
    sorting = min(size.rows, _SAMPLED_ROWS) * columns * 16 * at.constants.compare_text
    return around(pages * (_PAGE * at.constants.read_byte + at.constants.lookup) + sorting, _WIDE)


def _unknown(_operation: ops.Operation, _at: Moment) -> None:
    """What it runs is not in the text, or a planner decides how."""
    return


def _select(operation: ops.Select, _at: Moment) -> Seconds | None:
    """Whether it reads by an index is the planner's choice."""
    return None if operation.query.reads or operation.query.calls else NO_TIME


Formula = Callable[[Any, Moment], Seconds | None]  # of the operation's own type
_FORMULAS: dict[type[ops.Operation], Formula] = {
    ops.DropTable: _drop_table,
    ops.DropView: _drop_view,
    ops.DropIndex: _drop_index,
    ops.Vacuum: _vacuum,
    ops.Analyze: _analyze,
    ops.Select: _select,
    ops.Opaque: _unknown,
    ops.CallProcedure: _unknown,
}
