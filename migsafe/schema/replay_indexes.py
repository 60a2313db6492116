"""CREATE INDEX and DROP INDEX."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.locks import RelationKind
from migsafe.schema.dropping import drop_index, drop_relation
from migsafe.schema.editing import learnt
from migsafe.schema.generated_names import truncated
from migsafe.schema.index_building import IndexPlan, place_index
from migsafe.schema.registry import replays, without_effect
from migsafe.schema.schema import Schema

without_effect(ops.Reindex)


@replays(ops.CreateIndex)
def create_index(schema: Schema, operation: ops.CreateIndex) -> None:
    table = learnt(schema, operation.table)
    name = None if operation.name is None else truncated(operation.name)
    plan = IndexPlan(
        elements=operation.elements,
        include=operation.include,
        method=operation.method,
        unique=operation.unique,
        nulls_not_distinct=operation.nulls_not_distinct,
        predicate=operation.predicate,
        tablespace=operation.tablespace,
    )
    place_index(schema, table, plan, name=name, only=operation.only)


@replays(ops.DropIndex)
def remove_index(schema: Schema, operation: ops.DropIndex) -> None:
    name = schema.resolve(operation.index)
    held = schema.relations.find(name)
    if held is not None and held.kind is RelationKind.INDEX:
        drop_relation(schema, name)
    if held is None:
        drop_index(schema, name)
