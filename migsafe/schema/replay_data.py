"""Rows: what makes a new table old, and what cannot be analysed."""

from __future__ import annotations

from typing import Final

from migsafe.model import operations as ops
from migsafe.model.names import Name
from migsafe.schema.editing import edit
from migsafe.schema.registry import replays, without_effect
from migsafe.schema.schema import Schema

FEW_ROWS: Final = 1000  # up to so many rows written out as VALUES, a new table still counts as empty

without_effect(
    ops.Select,
    ops.Update,
    ops.Delete,
    ops.Vacuum,
    ops.Analyze,
    ops.Explain,
    ops.ServerCommand,
    ops.LockTable,
    ops.SetConstraints,
    ops.DoBlock,
    ops.CallProcedure,
    ops.PrepareTransaction,
)


@replays(ops.Insert)
def insert(schema: Schema, operation: ops.Insert) -> None:
    name = schema.resolve(operation.table)
    if operation.rows is None:
        fill(schema, name)
        return
    rows = (schema.loaded.find(name) or 0) + operation.rows
    schema.loaded[name] = rows
    if rows > FEW_ROWS:
        fill(schema, name)


@replays(ops.Merge)
def merge(schema: Schema, operation: ops.Merge) -> None:
    if "insert" in operation.actions:
        fill(schema, schema.resolve(operation.table))


@replays(ops.Copy)
def copy(schema: Schema, operation: ops.Copy) -> None:
    if operation.loads and operation.table is not None:
        fill(schema, schema.resolve(operation.table))


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
def opaque(schema: Schema, operation: ops.Opaque) -> None:  # noqa: ARG001 - a handler's signature
    schema.doubt_everything()


@replays(ops.ExtensionCall)
def extension_call(schema: Schema, operation: ops.ExtensionCall) -> None:
    """The extension may turn the table into something else: indexes, triggers, partitions."""
    if operation.table is None:
        return
    table = schema.resolve(operation.table)
    if table in schema.relations:
        edit(schema, table, complete=False)
