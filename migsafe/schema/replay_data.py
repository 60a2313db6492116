"""Rows: what makes a new table old, and what cannot be analysed."""

from __future__ import annotations

from typing import Final

from migsafe.model import operations as ops
from migsafe.model.expressions import Query
from migsafe.model.names import Name
from migsafe.schema.editing import edit
from migsafe.schema.objects import Relation
from migsafe.schema.pending import leave_changes, leave_gaps, leave_rows, set_modes
from migsafe.schema.registry import replays, without_effect
from migsafe.schema.schema import Schema

FEW_ROWS: Final = 1000  # up to so many rows written out as VALUES, a new table still counts as empty

without_effect(
    ops.Select,
    ops.Vacuum,
    ops.Analyze,
    ops.Explain,
    ops.LockTable,
    ops.DoBlock,
    ops.CallProcedure,
    ops.PrepareTransaction,
)


@replays(ops.Insert)
def insert(schema: Schema, operation: ops.Insert) -> None:
    name = schema.resolve(operation.table)
    if operation.rows != 0:
        leave_rows(schema, name, certain=bool(operation.rows))
    if operation.rows is None:
        fill(schema, name)
        if operation.query is not None and returns_rows(schema, operation.query):
            count_rows(schema, name, 1 if operation.query.rows is None else operation.query.rows)
    elif count_rows(schema, name, operation.rows) > FEW_ROWS:
        fill(schema, name)


def count_rows(schema: Schema, table: Name, rows: int) -> int:
    """At least so many more rows are in the table. Returns how many are there."""
    schema.loaded[table] = (schema.loaded.find(table) or 0) + rows
    return schema.loaded[table]


def returns_rows(schema: Schema, query: Query) -> bool:
    """Whether a query certainly returns rows: it filters nothing, and what it reads has rows."""
    if query.conditions is not None or query.has_limit or len(query.reads) > 1:
        return False
    return all(schema.loaded.find(schema.resolve(name)) for name in query.reads)


@replays(ops.Delete)
def delete(schema: Schema, operation: ops.Delete) -> None:
    """Nobody knows which rows are left."""
    name = schema.resolve(operation.table)
    schema.loaded.discard(name)
    leave_gaps(schema, name)


@replays(ops.Update)
def update(schema: Schema, operation: ops.Update) -> None:
    leave_changes(schema, schema.resolve(operation.table), operation.columns)


@replays(ops.SetConstraints)
def set_constraints(schema: Schema, operation: ops.SetConstraints) -> None:
    set_modes(schema, operation)


@replays(ops.Merge)
def merge(schema: Schema, operation: ops.Merge) -> None:
    name = schema.resolve(operation.table)
    if "insert" in operation.actions:
        fill(schema, name)
        leave_rows(schema, name, certain=False)
    if "update" in operation.actions:
        leave_changes(schema, name, operation.columns)
    if "delete" in operation.actions:
        leave_gaps(schema, name)


@replays(ops.Copy)
def copy(schema: Schema, operation: ops.Copy) -> None:
    if operation.loads and operation.table is not None:
        fill(schema, schema.resolve(operation.table))
        leave_rows(schema, schema.resolve(operation.table), certain=False)


def fill(schema: Schema, table: Name) -> None:
    """Rows were loaded into the table: it is no longer new, nor are the partitions that receive them."""
    for relation in (schema.relations.find(table), *schema.partitions_of(table)):
        if relation is None or (relation.filled and not relation.new):
            continue
        edit(schema, relation.name, filled=True, new=False)
        if relation.name != table:
            fill(schema, relation.name)


@replays(ops.Truncate)
def truncate(schema: Schema, operation: ops.Truncate) -> None:
    """Empty again, but not new: others may be using it."""
    schema.loaded.discard(schema.resolve(operation.table))


@replays(ops.Cluster)
def cluster(schema: Schema, operation: ops.Cluster) -> None:
    """CLUSTER table USING index remembers the index."""
    if operation.table is None or operation.index is None:
        return
    table = schema.resolve(operation.table)
    if table in schema.relations:
        edit(schema, table, clustered_on=operation.index)


@replays(ops.Opaque)
def opaque(schema: Schema, operation: ops.Opaque) -> None:
    """Each of the tables that it is about may be another one."""
    if operation.tables is None:
        schema.doubt_everything()
        return
    for table in map(schema.resolve, operation.tables):
        known = schema.relations.find(table)
        if known is not None:
            schema.relations[table] = Relation(name=table, kind=known.kind, known=False, complete=False)


@replays(ops.ExtensionCall)
def extension_call(schema: Schema, operation: ops.ExtensionCall) -> None:
    """The extension may turn the table into something else: indexes, triggers, partitions."""
    if operation.table is None:
        return
    table = schema.resolve(operation.table)
    if table in schema.relations:
        edit(schema, table, complete=False)
