"""Views and materialized views."""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.calls import call_functions
from migsafe.effects.postgresql.column_types import shown_type
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.dropping import Drop
from migsafe.effects.postgresql.existence import (
    is_system,
    known_kind,
    new_name,
    refuse_other_kind,
    refuse_taken,
    relation_there,
    taken,
    there_if_named,
)
from migsafe.effects.postgresql.reading import Stage, read_query, scan_query
from migsafe.model.definitions import Persistence
from migsafe.model.expressions import TypeName
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import CreateMaterializedView, CreateView, DropView, RefreshMaterializedView
from migsafe.model.scopes import Scope
from migsafe.schema.objects import Column, Index, Relation
from migsafe.schema.scope_columns import stored_query

_REFRESH = "matview.c, ExecRefreshMatView"
_VIEW_COLUMNS = "42P16"  # invalid_table_definition


@effect_of(CreateView)
def create_view(operation: CreateView, context: Context) -> None:
    """The query is looked up, not planned: only what it names itself is locked (view.c, `DefineView`)."""
    versions.require_options(versions.VIEW_OPTIONS, operation.options, context)
    full = new_name(operation.view, operation.persistence, context)
    read_query(operation.query, Stage.ANALYSED, context)
    refuse_missing_columns(operation.scope, context)
    if operation.or_replace and taken(full, context):
        _replace(full, operation, context)
        return
    refuse_taken(full, context)
    context.builder.created(full)


def refuse_missing_columns(scope: Scope | None, context: Context) -> None:
    """A column that none of the known relations of the query has."""
    for name in stored_query(context.schema, scope, ()).missing:
        context.builder.refuse(f"column {name} does not exist", "42703", "parse_relation.c, errorMissingColumn")


def _replace(full: Name, operation: CreateView, context: Context) -> None:
    refuse_other_kind(full, frozenset({RelationKind.VIEW}), "a view", context)
    reason = "Its definition is replaced."
    context.builder.lock(full, LockMode.ACCESS_EXCLUSIVE, reason, "view.c, DefineVirtualRelation")
    old = context.schema.relation(full)
    new = stored_query(context.schema, operation.scope, operation.columns)
    if not old.complete or not new.complete:
        return
    if len(new.columns) < len(old.columns):
        context.builder.refuse("cannot drop columns from view", _VIEW_COLUMNS, "view.c, checkViewColumns")
    for before, after in zip(old.columns, new.columns, strict=False):
        _refuse_other_column(before, after, context)


def _refuse_other_column(before: Column, after: Column, context: Context) -> None:
    if before.name != after.name:
        message = f'cannot change name of view column "{before.name}" to "{after.name}"'
        context.builder.refuse(message, _VIEW_COLUMNS, "view.c, checkViewColumns")
    if before.type is None or after.type is None or _same_type(before.type, after.type):
        return
    types = f"from {shown_type(before.type)} to {shown_type(after.type)}"
    message = f'cannot change data type of view column "{before.name}" {types}'
    context.builder.refuse(message, _VIEW_COLUMNS, "view.c, checkViewColumns")


def _same_type(one: TypeName, other: TypeName) -> bool:
    return one.replace(dimensions=min(one.dimensions, 1)) == other.replace(dimensions=min(other.dimensions, 1))


@effect_of(CreateMaterializedView)
def create_materialized_view(operation: CreateMaterializedView, context: Context) -> None:
    full = new_name(operation.view, Persistence.PERMANENT, context)
    exists = taken(full, context)
    runs = operation.with_data and not exists
    read_query(operation.query, Stage.PLANNED if runs else Stage.ANALYSED, context)
    refuse_missing_columns(operation.scope, context)
    if exists and operation.if_not_exists:
        return
    refuse_taken(full, context)
    context.builder.created(full)
    if runs:
        reason = "The query of the materialized view reads it."
        scan_query(operation.query, reason, "createas.c, ExecCreateTableAs", context)
        call_functions(operation.query.calls, context)


@effect_of(RefreshMaterializedView)
def refresh(operation: RefreshMaterializedView, context: Context) -> None:
    full = relation_there(operation.view, context)
    if known_kind(full, context) not in (None, RelationKind.MATERIALIZED_VIEW):
        context.builder.refuse(f'"{full.name}" is not a materialized view', "0A000", _REFRESH)
    view = context.schema.relation(full)
    context.builder.suppose(full, RelationKind.MATERIALIZED_VIEW)
    if operation.concurrently and not operation.with_data:
        message = "CONCURRENTLY and WITH NO DATA options cannot be used together"
        context.builder.refuse(message, "42601", _REFRESH)
    if operation.with_data:
        _run_query(view, context)
    if operation.concurrently:
        _refresh_rows(view, context)
    else:
        _refresh_file(view, operation.with_data, context)


def _run_query(view: Relation, context: Context) -> None:
    if view.query is None:
        context.builder.assume(f"the query of {view.name} is unknown, and with it the tables that it reads")
        return
    read_query(view.query, Stage.PLANNED, context)
    scan_query(view.query, "The query of the materialized view reads it.", _REFRESH, context)
    call_functions(view.query.calls, context)


def _refresh_file(view: Relation, with_data: bool, context: Context) -> None:
    reason = "The new rows go into a new file, which takes the place of the old one."
    context.builder.lock(view.name, LockMode.ACCESS_EXCLUSIVE, reason, _REFRESH)
    for index in context.schema.indexes_of(view.name):
        context.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, "cluster.c, finish_heap_swap")
        if with_data:
            context.builder.build(index.name, view.name, reason, "cluster.c, finish_heap_swap")
    if with_data:
        context.builder.replace_rows(view.name, reason, _REFRESH)
    else:
        context.builder.empty(view.name, "WITH NO DATA leaves it empty and not readable.", _REFRESH)


def _refresh_rows(view: Relation, context: Context) -> None:
    """matview.c, refresh_by_match_merge: the difference between the old rows and the new ones is applied."""
    name = view.name
    if not view.populated and view.known:
        message = "CONCURRENTLY cannot be used when the materialized view is not populated"
        context.builder.refuse(message, "0A000", _REFRESH)
    if view.known and not any(map(_identifies_rows, context.schema.indexes_of(name))):
        message = f'cannot refresh materialized view "{name}" concurrently'
        context.builder.refuse(message, "55000", _REFRESH)
    reason = "CONCURRENTLY compares old and new rows while others may read."
    source = "matview.c, refresh_by_match_merge"
    context.builder.lock(name, LockMode.EXCLUSIVE, reason, source)
    for index in context.schema.indexes_of(name):
        context.builder.lock(index.name, LockMode.ROW_EXCLUSIVE, reason, source)
    context.builder.scan(name, reason, source)


def _identifies_rows(index: Index) -> bool:
    """matview.c, is_usable_unique_index."""
    columns_only = all(element.column is not None for element in index.elements)
    return index.unique and index.valid and index.predicate is None and columns_only


@effect_of(DropView)
def drop_view(operation: DropView, context: Context) -> None:
    kind = RelationKind.MATERIALIZED_VIEW if operation.materialized else RelationKind.VIEW
    noun = "materialized view" if operation.materialized else "view"
    full = there_if_named(operation.view, operation.if_exists, noun, "42P01", context)
    if full is None or is_system(full):
        return
    refuse_other_kind(full, frozenset({kind}), f"a {noun}", context)
    named = (context.schema.resolve(o.view) for o in context.operations if isinstance(o, DropView))
    Drop(named, f"{noun} {full.name}", operation.cascade, context).drop(full)
