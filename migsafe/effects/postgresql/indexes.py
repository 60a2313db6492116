"""CREATE INDEX and DROP INDEX."""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.column_types import shown_type
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.dropping import EXCLUSIVE, Drop
from migsafe.effects.postgresql.existence import (
    STORED,
    known_kind,
    refuse_other_kind,
    refuse_unknown_method,
    relation_there,
    there_if_named,
)
from migsafe.effects.postgresql.expression_types import Place, refuse_calls
from migsafe.effects.postgresql.index_reuse import lacks_operator_class
from migsafe.effects.postgresql.referential import keys_on
from migsafe.effects.postgresql.volatility import mutable_part
from migsafe.model.definitions import GeneratedKind, IndexElement
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import CreateIndex, DropIndex
from migsafe.schema.index_building import IndexPlan, choose_index_name, place_index
from migsafe.schema.objects import Column, Index, Relation
from migsafe.schema.schema import Schema

_DEFINE = "indexcmds.c, DefineIndex"
_INDEXABLE = frozenset({RelationKind.TABLE, RelationKind.PARTITIONED_TABLE, RelationKind.MATERIALIZED_VIEW})
_METHODS = frozenset({"btree", "hash", "gist", "gin", "spgist", "brin"})
_MULTICOLUMN = _METHODS - {"hash", "spgist"}
_BUILD = "The index is built from every row of the table."


@effect_of(CreateIndex)
def create_index(operation: CreateIndex, context: Context) -> None:
    if operation.nulls_not_distinct:
        versions.require(versions.NULLS_NOT_DISTINCT, context)
    if operation.concurrently:
        context.builder.not_transactional()
    table = context.schema.relation(relation_there(operation.table, context))
    _refuse_table(table, operation, context)
    _lock_table(table, operation, context)
    if operation.name is not None and context.schema.exists(Name(table.name.schema, operation.name)):
        if operation.if_not_exists:
            return
        context.builder.refuse(f'relation "{operation.name}" already exists', "42P07", "index.c, index_create")
    _refuse_columns(table, operation, context)
    _refuse_method(table, operation, context)
    _refuse_mutable(operation, table, context)
    _build(table, operation, context)


def _lock_table(table: Relation, operation: CreateIndex, context: Context) -> None:
    """IF NOT EXISTS is looked at after the table is locked."""
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else LockMode.SHARE
    reason = "CREATE INDEX CONCURRENTLY lets writers work." if operation.concurrently else "CREATE INDEX stops writers."
    context.builder.lock(table.name, mode, reason, _DEFINE)
    if operation.only:
        return
    for partition in _partitions(table, context):
        context.builder.lock(partition.name, mode, reason, _DEFINE)


def _partitions(table: Relation, context: Context) -> tuple[Relation, ...]:
    if table.kind is not RelationKind.PARTITIONED_TABLE:
        return ()
    return context.schema.descendants_of(table.name)


def _build(table: Relation, operation: CreateIndex, context: Context) -> None:
    """Every partition gets an index unless it has one like it, which is taken as it is."""
    after = context.schema.overlay()
    plan = IndexPlan(
        elements=operation.elements,
        include=operation.include,
        method=operation.method,
        unique=operation.unique,
        nulls_not_distinct=operation.nulls_not_distinct,
        predicate=operation.predicate,
    )
    name = operation.name or choose_index_name(after, table.name, plan)
    place_index(after, table, plan, name=name, only=operation.only)
    for index in _family(after.indexes[Name(table.name.schema, name)], after):
        _record(index, after.relation(index.table), context)
    if operation.concurrently:
        context.builder.waits_for_snapshots()


def _family(index: Index, schema: Schema) -> tuple[Index, ...]:
    """The index and the indexes of partitions below it."""
    children = (grandchild for child in schema.index_children(index.name) for grandchild in _family(child, schema))
    return (index, *children)


def _record(index: Index, table: Relation, context: Context) -> None:
    if context.schema.indexes.find(index.name) is not None:
        reason = "A matching index of the partition becomes part of the new one."
        context.builder.lock(index.name, LockMode.SHARE, reason, _DEFINE)
    elif table.kind in STORED or not table.known:
        context.builder.build(index.name, table.name, _BUILD, _DEFINE)
        context.builder.scan(table.name, _BUILD, _DEFINE)
        if index.unique:
            context.builder.assume_rows(table.name, f"no two rows of {table.name} have the same key of the index")
        context.builder.created(index.name)


def _refuse_table(table: Relation, operation: CreateIndex, context: Context) -> None:
    kind = known_kind(table.name, context)
    name = table.name.name
    if kind is RelationKind.PARTITIONED_TABLE and operation.concurrently:
        message = f'cannot create index on partitioned table "{name}" concurrently'
        context.builder.refuse(message, "0A000", _DEFINE)
    if kind is RelationKind.FOREIGN_TABLE and context.version < 15:
        context.builder.refuse(f'cannot create index on foreign table "{name}"', "42809", _DEFINE)
    if kind is not None and kind not in _INDEXABLE:
        old = f'"{name}" is not a table or materialized view'
        new = f'cannot create index on relation "{name}"'
        context.builder.refuse(new if context.version >= 15 else old, "42809", _DEFINE)
    if operation.unique and kind is RelationKind.PARTITIONED_TABLE:
        _refuse_unique_without_key(table, operation.elements, context)


def _refuse_unique_without_key(table: Relation, elements: tuple[IndexElement, ...], context: Context) -> None:
    assert table.partition_by is not None
    wanted = {element.column for element in table.partition_by.elements}
    if not wanted <= {element.column for element in elements}:
        message = "unique constraint on partitioned table must include all partitioning columns"
        context.builder.refuse(message, "0A000", _DEFINE)


def _refuse_columns(table: Relation, operation: CreateIndex, context: Context) -> None:
    if not table.known or not table.complete or not table.columns:
        return
    named = [element.column for element in operation.elements if element.column is not None]
    for column in (*named, *operation.include):
        if table.column(column) is None:
            context.builder.refuse(f'column "{column}" does not exist', "42703", _DEFINE)
    inside = (e.expression.columns for e in operation.elements if e.expression is not None)
    for column in (*named, *operation.include, *(name for names in inside for name in names)):
        _refuse_virtual(table.column(column), context)


def _refuse_virtual(column: Column | None, context: Context) -> None:
    if column is not None and column.generated is not None and column.generated.kind is GeneratedKind.VIRTUAL:
        message = "indexes on virtual generated columns are not supported"
        context.builder.refuse(message, "0A000", _DEFINE)


def _refuse_method(table: Relation, operation: CreateIndex, context: Context) -> None:
    """indexcmds.c, DefineIndex. Extensions bring methods of their own."""
    method = operation.method
    refuse_unknown_method(method, context)
    if operation.unique and method in _METHODS - {"btree"}:
        message = f'access method "{method}" does not support unique indexes'
        context.builder.refuse(message, "0A000", _DEFINE)
    if method in _METHODS - _MULTICOLUMN and len(operation.elements) > 1:
        message = f'access method "{method}" does not support multicolumn indexes'
        context.builder.refuse(message, "0A000", _DEFINE)
    for element in operation.elements if method in _METHODS else ():
        _refuse_operator_class(table, element, method, context)


def _refuse_operator_class(table: Relation, element: IndexElement, method: str, context: Context) -> None:
    column = None if element.column is None else table.column(element.column)
    if column is None or column.type is None or element.operator_class is not None:
        return
    if lacks_operator_class(method, column.type, context):
        shown = shown_type(column.type.replace(modifiers=()))
        message = f'data type {shown} has no default operator class for access method "{method}"'
        context.builder.refuse(message, "42704", "indexcmds.c, ResolveOpClass")


def _refuse_mutable(operation: CreateIndex, table: Relation, context: Context) -> None:
    """indexcmds.c, CheckMutability. A function that nothing is known of is taken to be immutable: most indexes are."""
    for element in operation.elements:
        if element.expression is not None:
            refuse_calls(element.expression, Place.INDEX, context)
        if element.expression is not None and mutable_part(element.expression, table, context) is not None:
            message = "functions in index expression must be marked IMMUTABLE"
            context.builder.refuse(message, "42P17", "indexcmds.c, ComputeIndexAttrs")
    if operation.predicate is not None:
        refuse_calls(operation.predicate, Place.PREDICATE, context)
    if operation.predicate is not None and mutable_part(operation.predicate, table, context) is not None:
        message = "functions in index predicate must be marked IMMUTABLE"
        context.builder.refuse(message, "42P17", "indexcmds.c, CheckPredicate")


@effect_of(DropIndex)
def drop_index(operation: DropIndex, context: Context) -> None:
    _refuse_concurrent_forms(operation, context)
    if operation.concurrently:
        context.builder.not_transactional()
    full = there_if_named(operation.index, operation.if_exists, "index", "42704", context)
    if full is None:
        return
    refuse_other_kind(full, frozenset({RelationKind.INDEX}), "an index", context)
    index = context.schema.index(full)
    if index is None and _is_none_of_its_table(operation, context):
        return
    if index is None:
        context.builder.lock(full, EXCLUSIVE, "It is dropped.", "index.c, index_drop")
        context.builder.assume(f"the table of the index {full} is locked as well")
        return
    _refuse_needed(index, operation, context)
    _lock_for_drop(index, operation, context)


def _is_none_of_its_table(operation: DropIndex, context: Context) -> bool:
    """Whether IF EXISTS finds nothing: all indexes of the table are known."""
    if operation.of is None or not operation.if_exists:
        return False
    table = context.schema.relation(operation.of)
    return table.known and table.complete


def _refuse_concurrent_forms(operation: DropIndex, context: Context) -> None:
    if not operation.concurrently:
        return
    source = "tablecmds.c, RemoveRelations"
    if len(context.operations) > 1:
        message = "DROP INDEX CONCURRENTLY does not support dropping multiple objects"
        context.builder.refuse(message, "0A000", source)
    if operation.cascade:
        context.builder.refuse("DROP INDEX CONCURRENTLY does not support CASCADE", "0A000", source)


def _refuse_needed(index: Index, operation: DropIndex, context: Context) -> None:
    name = index.name.name
    if index.partitioned and operation.concurrently:
        message = f'cannot drop partitioned index "{name}" concurrently'
        context.builder.refuse(message, "0A000", "tablecmds.c, RangeVarCallbackForDropRelation")
    needed_by = ""
    if index.parent is not None:
        needed_by = f"index {index.parent.name}"
    elif index.constraint is not None:
        needed_by = f"constraint {index.constraint} on table {index.table.name}"
    if needed_by:
        message = f"cannot drop index {name} because {needed_by} requires it"
        context.builder.refuse(message, "2BP01", "dependency.c, findDependentObjects")


def _lock_for_drop(index: Index, operation: DropIndex, context: Context) -> None:
    """index.c, index_drop: the table is locked as long as the index is."""
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else EXCLUSIVE
    reason = f"Its index {index.name} is dropped."
    context.builder.lock(index.table, mode, reason, "tablecmds.c, RangeVarCallbackForDropRelation")
    table = context.schema.relation(index.table)
    for partition in _partitions(table, context):
        context.builder.lock(partition.name, mode, reason, "tablecmds.c, RemoveRelations")
    for each in _family(index, context.schema):
        context.builder.lock(each.name, EXCLUSIVE, "It is dropped.", "index.c, index_drop")
    _drop_keys_on(index, operation, context)


def _drop_keys_on(index: Index, operation: DropIndex, context: Context) -> None:
    """A foreign key may lean on a unique index that is no constraint's."""
    table = context.schema.relation(index.table)
    columns = {element.column for element in index.elements}
    if not index.unique or _other_key(index, columns, context):
        return
    named = (context.schema.resolve(o.index) for o in context.operations if isinstance(o, DropIndex))
    drop = Drop(named, f"index {index.name.name}", operation.cascade, context)
    for other in keys_on(table, context):
        if set(other.referenced_columns) == columns:
            drop.depends(other.referencing.name)
            drop.remove_key(other.referencing, table.name)


def _other_key(index: Index, columns: set[str | None], context: Context) -> bool:
    others = context.schema.indexes_of(index.table)
    return any(
        o.unique and o.name != index.name and {element.column for element in o.elements} == columns for o in others
    )
