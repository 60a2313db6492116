"""Views and materialized views."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.expressions import Query
from migsafe.model.locks import RelationKind
from migsafe.schema.dropping import drop_relation
from migsafe.schema.editing import edit, learnt
from migsafe.schema.objects import Relation
from migsafe.schema.registry import replays
from migsafe.schema.replay_tables import new_name, register, stays_as_it_is
from migsafe.schema.schema import Schema
from migsafe.schema.scope_columns import stored_query


@replays(ops.CreateView)
def create_view(schema: Schema, operation: ops.CreateView) -> None:
    name = new_name(schema, operation.view, operation.persistence)
    view = _view(schema, Relation(name=name, kind=RelationKind.VIEW), operation)
    if not schema.name_taken(name):
        register(schema, view)
    elif operation.or_replace or not stays_as_it_is(schema, name, if_not_exists=False):
        changes = {field: getattr(view, field) for field in ("kind", "query", "reads", "columns", "complete", "known")}
        edit(schema, name, **changes)


@replays(ops.CreateMaterializedView)
def create_materialized_view(schema: Schema, operation: ops.CreateMaterializedView) -> None:
    name = new_name(schema, operation.view)
    if stays_as_it_is(schema, name, if_not_exists=operation.if_not_exists):
        return
    record = Relation(
        name=name,
        kind=RelationKind.MATERIALIZED_VIEW,
        populated=operation.with_data,
        filled=operation.with_data,
    )
    register(schema, _view(schema, record, operation))


def _view(schema: Schema, record: Relation, operation: ops.CreateView | ops.CreateMaterializedView) -> Relation:
    stored = stored_query(schema, operation.scope, operation.columns)
    query = resolved_query(schema, operation.query)
    return record.replace(query=query, reads=stored.reads, columns=stored.columns, complete=stored.complete)


def resolved_query(schema: Schema, query: Query) -> Query:
    """The query with full names of what it reads: a view keeps them whatever the search path is later."""
    reads = tuple(dict.fromkeys(schema.resolve(name) for name in query.reads))
    return query.replace(reads=reads)


@replays(ops.RefreshMaterializedView)
def refresh(schema: Schema, operation: ops.RefreshMaterializedView) -> None:
    view = learnt(schema, operation.view, RelationKind.MATERIALIZED_VIEW)
    changes: dict[str, object] = {"populated": operation.with_data}
    if operation.with_data:
        changes |= {"filled": True, "new": False}
    edit(schema, view.name, **changes)


@replays(ops.DropView)
def drop_view(schema: Schema, operation: ops.DropView) -> None:
    drop_relation(schema, schema.resolve(operation.view))
