"""How long it takes to copy a table into a new file. Its indexes are work of their own.

Sources: tablecmds.c, `ATRewriteTable` (row by row, each logged); heapam_handler.c and rewriteheap.c for VACUUM FULL and
CLUSTER; matview.c; `ATExecSetTableSpace` copies blocks.
"""

from __future__ import annotations

from math import log2

from migsafe.effects.duration import expressions
from migsafe.effects.duration.logged import flushing
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import around
from migsafe.effects.duration.scans import checks, read_seconds
from migsafe.effects.duration.sizes import Size
from migsafe.effects.duration.strangers import rebuilding
from migsafe.model import operations as ops
from migsafe.model.definitions import Persistence
from migsafe.model.duration import Seconds
from migsafe.model.effects import Work
from migsafe.model.expressions import TypeName
from migsafe.model.names import Name

_SERIALS = frozenset({"serial", "bigserial", "smallserial"})


def rewrite(work: Work, at: Moment) -> Seconds | None:
    """One REWRITE."""
    size = at.size(work.table)
    if size is None:
        return None
    seconds = _seconds(work, size, at) + size.toast_bytes * at.constants.toast_byte + 2 * at.constants.new_file
    strange = rebuilding(work, size.rows, at)
    return around(seconds + strange, at.constants.spread * size.spread * (1.2 if strange else 1.0))


def _seconds(work: Work, size: Size, at: Moment) -> float:
    match at.operation(work):
        case ops.SetTablespace() | ops.MoveAllInTablespace():
            return size.heap_bytes * at.constants.block_byte + flushing(2 * size.heap_bytes, at)
        case ops.Vacuum() | ops.Cluster() as operation:
            return _copying(size, at) + (_ordering(size, at) if isinstance(operation, ops.Cluster) else 0.0)
        case ops.RefreshMaterializedView():
            return _written(size, at)
    logged = not _becomes_unlogged(at)
    each = _new_values(work.table, at) + checks(work.table, at)
    written = _written(size, at) if logged else size.rows * at.constants.rewrite_row
    return read_seconds(size, at) + written + size.rows * each


def _written(size: Size, at: Moment) -> float:
    """Row by row through the log."""
    return (
        size.rows * at.constants.rewrite_row
        + size.heap_bytes * at.constants.rewrite_byte
        + flushing(size.heap_bytes + size.toast_bytes, at)
    )


def _copying(size: Size, at: Moment) -> float:
    constants = at.constants
    written = size.rows * constants.copy_row + size.heap_bytes * constants.copy_byte
    return read_seconds(size, at) + written + flushing(2 * size.heap_bytes + size.toast_bytes, at)


def _ordering(size: Size, at: Moment) -> float:
    """CLUSTER sorts the rows, or follows the index: cluster.c, `plan_cluster_use_sort`."""
    if size.rows < 2:
        return 0.0
    return size.rows * log2(size.rows) * at.constants.compare_integer + 2 * at.bytes_read(size)


def _becomes_unlogged(at: Moment) -> bool:
    return any(
        isinstance(op, ops.SetPersistence) and op.persistence is Persistence.UNLOGGED for op in at.statement.operations
    )


def _new_values(table: Name, at: Moment) -> float:
    """Seconds for one row to work out what the statement puts into it."""
    seconds = 0.0
    for operation in at.statement.operations:
        match operation:
            case ops.AddColumn():
                seconds += _default(operation, table, at)
            case ops.AlterColumnType():
                seconds += _converted(operation, table, at)
            case ops.SetExpression():
                seconds += expressions.cost(operation.expression, table, at)
    return seconds


def _default(operation: ops.AddColumn, table: Name, at: Moment) -> float:
    column = operation.column
    if column.identity is not None or column.type.name in _SERIALS:
        return at.constants.next_value
    if column.generated is not None:
        return expressions.cost(column.generated.expression, table, at)
    return 0.0 if column.default is None else expressions.cost(column.default, table, at)


def _converted(operation: ops.AlterColumnType, table: Name, at: Moment) -> float:
    if operation.using is not None:
        return expressions.cost(operation.using, table, at)
    column = at.relation(table).column(operation.column)
    old: TypeName | None = None if column is None else column.type
    return expressions.conversion(old, operation.type, at.sizes.width(table, operation.column), at)
