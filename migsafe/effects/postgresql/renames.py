"""RENAME, SET SCHEMA and the two ALTER INDEX forms that are statements of their own.

The grammar writes them as ALTER TABLE, but each stands alone and none of them looks at a row.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import descendants
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.targets import altered_relation, not_null_named
from migsafe.model import operations as ops
from migsafe.model.definitions import Check, NotNull
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Index, Relation, TableConstraint
from migsafe.text.holes import has_hole

_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema"})
_AEL, _SUE = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE


@effect_of(ops.RenameRelation)
def rename_relation(action: ops.RenameRelation, context: Context) -> None:
    table = altered_relation(action, context, any_index=True)
    if table is None or _is_done(action, table, context):
        return
    is_index = context.schema.index(table) is not None
    mode = _SUE if is_index and action.keyword == "index" else _AEL
    reason = f"Renaming takes {mode.manual_name}; ALTER INDEX on an index takes less than ALTER TABLE."
    context.builder.lock(table, mode, reason, "tablecmds.c, RenameRelation")
    if context.schema.exists(Name(table.schema, action.new_name)):
        message = f'relation "{action.new_name}" already exists'
        context.builder.refuse(message, "42P07", "tablecmds.c, RenameRelationInternal")


def _is_done(action: ops.RenameRelation, table: Name, context: Context) -> bool:
    """Whether IF EXISTS finds nothing: the table is not known, and another one has the name that it should get."""
    there = context.schema.exists
    return action.if_exists and there(table) is None and there(Name(table.schema, action.new_name)) is True


@effect_of(ops.RenameColumn)
def rename_column(action: ops.RenameColumn, context: Context) -> None:
    if action.keyword == "view" and context.version < 13:
        context.builder.refuse('syntax error at or near "COLUMN"', "42601", "gram.y")
    name = altered_relation(action, context)
    if name is None:
        return
    relation, source = context.schema.relation(name), "tablecmds.c, renameatt_internal"
    context.builder.lock(name, _AEL, "Renaming a column changes what every query sees.", source)
    below = tuple(descendants(context.schema, name))
    if action.only and below:
        message = f'inherited column "{action.column}" must be renamed in child tables too'
        context.builder.refuse(message, "42P16", source)
    for child in below:
        context.builder.lock(child.name, _AEL, "The column is renamed in every child as well.", source)
    if relation.kind is RelationKind.INDEX:
        return
    _refuse_column_rename(action, relation, context)


def _refuse_column_rename(action: ops.RenameColumn, relation: Relation, context: Context) -> None:
    builder, source = context.builder, "tablecmds.c, renameatt_internal"
    if relation.of_type is not None:
        builder.refuse("cannot rename column of typed table", "42809", source)
    column = relation.column(action.column)
    if column is None and not has_hole(action.column) and relation.known and relation.complete and relation.columns:
        builder.refuse(f'column "{action.column}" does not exist', "42703", source)
    if column is not None and column.inherited:
        builder.refuse(f'cannot rename inherited column "{action.column}"', "42P16", source)
    if relation.column(action.new_name) is not None:
        message = f'column "{action.new_name}" of relation "{relation.name.name}" already exists'
        builder.refuse(message, "42701", "tablecmds.c, check_for_column_name_collision")


@effect_of(ops.RenameConstraint)
def rename_constraint(action: ops.RenameConstraint, context: Context) -> None:
    name = altered_relation(action, context)
    if name is None:
        return
    relation, source = context.schema.relation(name), "tablecmds.c, rename_constraint_internal"
    context.builder.lock(name, _AEL, "Renaming a constraint locks its table.", source)
    constraint = relation.constraint(action.name)
    if constraint is None and context.version >= 18:
        constraint = not_null_named(relation, action.name)
    if constraint is None:
        if relation.known and relation.complete and not has_hole(action.name):
            message = f'constraint "{action.name}" for table "{relation.name.name}" does not exist'
            context.builder.refuse(message, "42704", source)
        return
    _refuse_constraint_rename(action, constraint, relation, context)
    if constraint.index is not None:
        context.builder.lock(constraint.index, _SUE, "The index of the constraint is renamed with it.", source)
    if isinstance(constraint.definition, Check | NotNull) and not constraint.definition.no_inherit:
        for child in descendants(context.schema, name):
            context.builder.lock(child.name, _AEL, "The constraint is renamed in every child as well.", source)


def _refuse_constraint_rename(
    action: ops.RenameConstraint, constraint: TableConstraint, relation: Relation, context: Context
) -> None:
    builder, source = context.builder, "tablecmds.c, rename_constraint_internal"
    if constraint.parent is not None:
        builder.refuse(f'cannot rename inherited constraint "{action.name}"', "42P16", source)
    if constraint.index is not None and context.schema.exists(Name(relation.name.schema, action.new_name)):
        builder.refuse(f'relation "{action.new_name}" already exists', "42P07", source)
    if relation.constraint(action.new_name) is not None:
        message = f'constraint "{action.new_name}" for relation "{relation.name.name}" already exists'
        builder.refuse(message, "42710", source)


@effect_of(ops.SetSchema)
def set_schema(action: ops.SetSchema, context: Context) -> None:
    """Indexes and constraints follow without a lock of their own, owned sequences with one."""
    name = altered_relation(action, context)
    if name is None:
        return
    builder, source = context.builder, "tablecmds.c, AlterTableNamespace"
    builder.lock(name, _AEL, "Moving a relation to another schema changes what every query sees.", source)
    if context.schema.relation(name).owned_by is not None:
        builder.refuse("cannot move an owned sequence into another schema", "0A000", source)
    known = context.schema.schemas | _SYSTEM_SCHEMAS
    if context.schema.closed and action.new_schema not in known:
        builder.refuse(f'schema "{action.new_schema}" does not exist', "3F000", "namespace.c")
    if action.new_schema != name.schema and context.schema.exists(Name(action.new_schema, name.name)):
        message = f'relation "{name.name}" already exists in schema "{action.new_schema}"'
        builder.refuse(message, "42P07", "tablecmds.c, AlterRelationNamespaceInternal")
    for sequence in context.schema.sequences_owned_by(name):
        builder.lock(sequence.name, _AEL, "Owned sequences move with their table.", source)


@effect_of(ops.DependOnExtension)
def depend_on_extension(action: ops.DependOnExtension, context: Context) -> None:
    name = altered_relation(action, context)
    if name is not None:
        reason = "The dependency is recorded under the strongest lock."
        context.builder.lock(name, _AEL, reason, "alter.c, ExecAlterObjectDependsStmt")


def _alike(parent: Index, child: Index) -> bool:
    """Whether the definitions match (index.c, `CompareIndexInfo`), as far as columns and method tell."""

    def shape(index: Index) -> tuple[object, ...]:
        keys = tuple(e.column or (e.expression and e.expression.sql) for e in index.elements)
        return (index.method, index.unique, keys, index.predicate and index.predicate.sql)

    return shape(parent) == shape(child)


@effect_of(ops.AttachIndexPartition)
def attach_index_partition(action: ops.AttachIndexPartition, context: Context) -> None:
    """The two tables are locked as well, to read their definitions, but nobody's reads or writes wait for that."""
    name = altered_relation(action, context)
    if name is None:
        return
    builder, source = context.builder, "tablecmds.c, ATExecAttachPartitionIdx"
    builder.lock(name, _SUE, "The parent index gets a partition.", source)
    parent, child = context.schema.index(name), context.schema.index(action.partition)
    child_name = context.schema.resolve(action.partition)
    if child is None and context.schema.exists(child_name) is False:
        builder.refuse(f'index "{child_name.name}" does not exist', "42P01", "namespace.c")
    builder.lock(child_name, _AEL, "The index becomes part of the parent index.", source)
    if parent is not None and not parent.partitioned:
        if context.version < 13:
            builder.refuse(f'index "{name.name}" is not partitioned', "42P17", "parse_utilcmd.c")
        message = f'"{name.name}" is not a table or partitioned index'
        if context.version >= 15:
            message = f'ALTER action ATTACH PARTITION cannot be performed on relation "{name.name}"'
        builder.refuse(message, "42809", "tablecmds.c, ATSimplePermissions")
    if parent is not None and child is not None and not _alike(parent, child):
        message = f'cannot attach index "{child_name.name}" as a partition of index "{name.name}"'
        builder.refuse(message, "42P17", source)
    for index in (parent, child):
        if index is not None:
            builder.lock(index.table, LockMode.ACCESS_SHARE, "The table's definition is read.", source)
