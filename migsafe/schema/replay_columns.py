"""ALTER TABLE actions on columns."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.definitions import Generated, GeneratedKind, NotNull
from migsafe.schema.columns import build_column, create_owned_sequence, stored_default, stored_type
from migsafe.schema.constraint_building import add_constraint
from migsafe.schema.dropping import drop_column, drop_relation, nullable
from migsafe.schema.editing import altered, edit, edit_column, family, learn_column, learnt, members
from migsafe.schema.generated_names import truncated
from migsafe.schema.objects import Column, Relation
from migsafe.schema.registry import replays, without_effect
from migsafe.schema.renaming import rename_column
from migsafe.schema.replay_tables import inline_constraints
from migsafe.schema.replay_types import rename_attribute
from migsafe.schema.schema import Schema

without_effect(ops.SetStatistics, ops.SetColumnOptions, ops.SetIdentity)


@replays(ops.AddColumn)
def add_column(schema: Schema, operation: ops.AddColumn) -> None:
    relation = altered(schema, operation)
    if relation is None or relation.column(truncated(operation.column.name)) is not None:
        return
    column = build_column(schema, relation.name, operation.column)
    inherited = column.replace(inherited=True, local=False)
    for member in family(schema, relation, only=operation.only):
        _give(schema, member, column if member.name == relation.name else inherited)
    for constraint in inline_constraints(operation.column):
        add_constraint(schema, relation.name, constraint, only=operation.only)


def _give(schema: Schema, member: Relation, column: Column) -> None:
    held = member.column(column.name)
    if held is None:
        learn_column(schema, schema.relation(member.name), column)
    else:
        edit_column(schema, member.name, column.name, inherited=column.inherited)


@replays(ops.DropColumn)
def remove_column(schema: Schema, operation: ops.DropColumn) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        drop_column(schema, relation.name, operation.column, only=operation.only)


@replays(ops.RenameColumn)
def give_column_new_name(schema: Schema, operation: ops.RenameColumn) -> None:
    new_name = truncated(operation.new_name)
    if operation.keyword == "type":
        rename_attribute(schema, operation.table, operation.column, new_name)
        return
    for member in members(schema, operation):
        if member.column(operation.column) is None and not (member.known and member.complete):
            learn_column(schema, schema.relation(member.name), Column(name=new_name))
        else:
            rename_column(schema, member.name, operation.column, new_name)


@replays(ops.AlterColumnType)
def change_type(schema: Schema, operation: ops.AlterColumnType) -> None:
    new_type = stored_type(schema, operation.type)
    for member in members(schema, operation):
        edit_column(schema, member.name, operation.column, type=new_type, collation=operation.collation)


@replays(ops.SetDefault)
def set_default(schema: Schema, operation: ops.SetDefault) -> None:
    default = stored_default(schema, operation.default)
    for member in members(schema, operation):
        edit_column(schema, member.name, operation.column, default=default)


@replays(ops.DropDefault)
def drop_default(schema: Schema, operation: ops.DropDefault) -> None:
    for member in members(schema, operation):
        edit_column(schema, member.name, operation.column, default=None)


@replays(ops.SetNotNull)
def set_not_null(schema: Schema, operation: ops.SetNotNull) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        add_constraint(schema, relation.name, NotNull(column=operation.column), only=operation.only)


@replays(ops.DropNotNull)
def drop_not_null(schema: Schema, operation: ops.DropNotNull) -> None:
    for member in members(schema, operation):
        held = member.column(operation.column)
        columns = tuple(nullable(c) if c is held else c for c in member.columns)
        if held is not None:
            edit(schema, member.name, columns=columns)


@replays(ops.SetExpression)
def set_expression(schema: Schema, operation: ops.SetExpression) -> None:
    for member in members(schema, operation):
        held = member.column(operation.column)
        kind = held.generated.kind if held is not None and held.generated is not None else GeneratedKind.STORED
        generated = Generated(operation.expression, kind)
        edit_column(schema, member.name, operation.column, generated=generated)


@replays(ops.DropExpression)
def drop_expression(schema: Schema, operation: ops.DropExpression) -> None:
    for member in members(schema, operation):
        edit_column(schema, member.name, operation.column, generated=None)


@replays(ops.AddIdentity)
def add_identity(schema: Schema, operation: ops.AddIdentity) -> None:
    relation = altered(schema, operation)
    if relation is None:
        return
    create_owned_sequence(schema, relation.name, operation.column)
    kind = "always" if operation.always else "by default"
    edit_column(schema, relation.name, operation.column, identity=kind)


@replays(ops.DropIdentity)
def drop_identity(schema: Schema, operation: ops.DropIdentity) -> None:
    relation = altered(schema, operation)
    if relation is None:
        return
    held = learnt(schema, relation.name).column(operation.column)
    edit_column(schema, relation.name, operation.column, identity=None)
    if held is None or held.identity is None:
        return
    for sequence in schema.sequences_owned_by(relation.name, operation.column):
        drop_relation(schema, sequence.name)


@replays(ops.SetStorage)
def set_storage(schema: Schema, operation: ops.SetStorage) -> None:
    for member in members(schema, operation):
        edit_column(schema, member.name, operation.column, storage=operation.storage)


@replays(ops.SetCompression)
def set_compression(schema: Schema, operation: ops.SetCompression) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        edit_column(schema, relation.name, operation.column, compression=operation.method)
