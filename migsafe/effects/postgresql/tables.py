"""CREATE TABLE, CREATE TABLE AS and DROP TABLE."""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.calls import call_functions
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.dropping import Drop
from migsafe.effects.postgresql.existence import (
    TABLES,
    is_system,
    known_kind,
    new_name,
    refuse_other_kind,
    refuse_taken,
    refuse_unprepared,
    relation_there,
    taken,
    there_if_named,
)
from migsafe.effects.postgresql.new_partition import create_partition
from migsafe.effects.postgresql.new_table import refuse_definition, refuse_missing_schema, refuse_reference
from migsafe.effects.postgresql.reading import Stage, read_query, scan_query
from migsafe.model.definitions import Constraint, ForeignKey, GeneratedKind, NotNull, Persistence, PrimaryKey, Unique
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import CreateTable, CreateTableAs, DropTable

_SOURCE = "tablecmds.c, DefineRelation"


@effect_of(CreateTable)
def create_table(operation: CreateTable, context: Context) -> None:
    _require_syntax(operation, context)
    full = new_name(operation.table, operation.persistence, context)
    if operation.if_not_exists and taken(full, context):
        return
    refuse_taken(full, context)
    refuse_definition(operation, full, context)
    context.builder.created(full)
    for like in operation.like:
        _lock_existing(like.source, LockMode.ACCESS_SHARE, "LIKE reads its definition.", context)
    for parent in operation.inherits:
        _refuse_parent(parent, context)
        reason = "The new table becomes its child."
        _lock_existing(parent, LockMode.SHARE_UPDATE_EXCLUSIVE, reason, context)
    if operation.partition_of is not None:
        create_partition(operation, full, context)
    for key in _foreign_keys(operation):
        _reference(key, full, operation.persistence, context)


def _refuse_parent(parent: Name, context: Context) -> None:
    relation = context.schema.relation(parent)
    source = "tablecmds.c, MergeAttributes"
    if relation.kind is RelationKind.PARTITIONED_TABLE:
        message = f'cannot inherit from partitioned table "{relation.name.name}"'
        context.builder.refuse(message, "42809", source)
    if relation.partition_of is not None:
        context.builder.refuse(f'cannot inherit from partition "{relation.name.name}"', "42809", source)


def _lock_existing(name: Name, mode: LockMode, reason: str, context: Context) -> None:
    full = relation_there(name, context)
    if not is_system(full):
        context.builder.lock(full, mode, reason, _SOURCE)


def _all_constraints(operation: CreateTable) -> tuple[Constraint, ...]:
    inline = tuple(constraint for column in operation.columns for constraint in column.constraints)
    return (*inline, *operation.constraints)


def _foreign_keys(operation: CreateTable) -> tuple[ForeignKey, ...]:
    return tuple(c for c in _all_constraints(operation) if isinstance(c, ForeignKey))


def _reference(key: ForeignKey, table: Name, persistence: Persistence, context: Context) -> None:
    """The referenced table gets triggers (tablecmds.c, `addFkRecurseReferenced`), and its partitions as well."""
    if key.referenced.name == table.name and key.referenced.schema in (None, table.schema):
        return
    referenced = relation_there(key.referenced, context)
    if known_kind(referenced, context) not in (None, *TABLES):
        message = f'referenced relation "{referenced.name}" is not a table'
        context.builder.refuse(message, "42809", "tablecmds.c, ATAddForeignKeyConstraint")
    refuse_reference(persistence, referenced, key, context)
    reason = f"The foreign key of the new table puts triggers on {referenced}, which blocks writes there."
    mode = LockMode.SHARE_ROW_EXCLUSIVE
    context.builder.lock(referenced, mode, reason, "tablecmds.c, ATAddForeignKeyConstraint")
    if context.schema.relation(referenced).kind is RelationKind.PARTITIONED_TABLE:
        for partition in context.schema.descendants_of(referenced):
            context.builder.lock(partition.name, mode, reason, "tablecmds.c, addFkRecurseReferenced")


def _require_syntax(operation: CreateTable, context: Context) -> None:
    for column in operation.columns:
        if column.generated is not None and column.generated.kind is GeneratedKind.VIRTUAL:
            versions.require(versions.VIRTUAL_COLUMNS, context)
        if column.compression is not None:
            versions.require(versions.COLUMN_COMPRESSION, context)
        if column.storage is not None:
            versions.require(versions.COLUMN_STORAGE, context)
    for constraint in _all_constraints(operation):
        _require_constraint_syntax(constraint, context)
    if any(isinstance(constraint, NotNull) for constraint in operation.constraints):
        versions.require(versions.TABLE_NOT_NULL, context)


def _require_constraint_syntax(constraint: Constraint, context: Context) -> None:
    if not constraint.enforced:
        versions.require(versions.NOT_ENFORCED, context)
    if isinstance(constraint, Unique) and constraint.nulls_not_distinct:
        versions.require(versions.NULLS_NOT_DISTINCT, context)
    if isinstance(constraint, Unique | PrimaryKey) and constraint.without_overlaps:
        versions.require(versions.WITHOUT_OVERLAPS, context)
    if isinstance(constraint, ForeignKey) and constraint.period:
        versions.require(versions.PERIOD, context)


@effect_of(CreateTableAs)
def create_table_as(operation: CreateTableAs, context: Context) -> None:
    """The query is planned and run; when nothing is to be made or filled it is only looked up."""
    full = new_name(operation.table, operation.persistence, context)
    exists = taken(full, context)
    runs = operation.with_data and not exists
    refuse_unprepared(operation.query.executes, context)
    read_query(operation.query, Stage.PLANNED if runs else Stage.ANALYSED, context)
    if exists and operation.if_not_exists:
        return
    refuse_taken(full, context)
    refuse_missing_schema(full, context)
    context.builder.created(full)
    if runs:
        reason = "The query of CREATE TABLE AS reads it."
        scan_query(operation.query, reason, "createas.c, ExecCreateTableAs", context)
        call_functions(operation.query.calls, context)


@effect_of(DropTable)
def drop_table(operation: DropTable, context: Context) -> None:
    noun = "foreign table" if operation.foreign else "table"
    full = there_if_named(operation.table, operation.if_exists, noun, "42P01", context)
    if full is None:
        return
    kinds = frozenset({RelationKind.FOREIGN_TABLE}) if operation.foreign else TABLES
    refuse_other_kind(full, kinds, f"a {noun}", context)
    named = (context.schema.resolve(o.table) for o in context.operations if isinstance(o, DropTable))
    Drop(named, f"{noun} {full.name}", operation.cascade, context).drop(full)
