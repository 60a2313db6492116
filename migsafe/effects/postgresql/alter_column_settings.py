"""ALTER COLUMN: defaults, NOT NULL, generation expressions, identity, statistics, storage."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.column_types import IDENTITY_TYPES, base_type, facts_of, shown_type
from migsafe.effects.postgresql.default_checks import refuse_default
from migsafe.effects.postgresql.not_null import is_not_null, require_not_null
from migsafe.effects.postgresql.targets import column_of
from migsafe.model import operations as ops
from migsafe.model.definitions import GeneratedKind, PrimaryKey
from migsafe.model.locks import LockMode, RelationKind
from migsafe.schema.objects import Column, Relation

_STATE = "55000"  # object_not_in_prerequisite_state
_DEFINITION = "42P16"  # invalid_table_definition


@action_of(ops.SetDefault, ops.DropDefault)
def change_default(action: ops.SetDefault | ops.DropDefault, alteration: Alteration) -> None:
    relation = alteration.relation()
    alteration.targets(action)
    column = column_of(relation, action.column, alteration.builder)
    if column is None:
        return
    source = "tablecmds.c, ATExecColumnDefault"
    named = f'column "{column.name}" of relation "{relation.name.name}"'
    if column.identity is not None:
        alteration.builder.refuse(f"{named} is an identity column", "42601", source)
    if column.generated is not None:
        alteration.builder.refuse(f"{named} is a generated column", "42601", source)
    if isinstance(action, ops.SetDefault) and column.type is not None:
        refuse_default(column.name, action.default, column.type, alteration.context)


@action_of(ops.SetNotNull)
def set_not_null(action: ops.SetNotNull, alteration: Alteration) -> None:
    relation = alteration.relation()
    column = column_of(relation, action.column, alteration.builder)
    if column is not None and column.not_null and not column.not_null_inherits and alteration.version >= 18:
        named = f'"{column.not_null_name}" on relation "{relation.name.name}"'
        message = f"cannot change NO INHERIT status of NOT NULL constraint {named}"
        alteration.builder.refuse(message, "0A000", "tablecmds.c, ATExecSetNotNull")
    if is_not_null(column) and alteration.version >= 13:
        return  # the children have it already, so they are not even locked
    if action.only and relation.kind is RelationKind.PARTITIONED_TABLE and alteration.schema.children_of(relation.name):
        _refuse_only(action.column, alteration)
    for target in alteration.targets(action):
        require_not_null(action.column, target, alteration)


def _refuse_only(column: str, alteration: Alteration) -> None:
    """SET NOT NULL of ONLY a partitioned table: fine if every partition has it already, up to 17."""
    children = alteration.schema.children_of(alteration.table)
    if alteration.version < 18 and all(is_not_null(child.column(column)) for child in children):
        return
    alteration.builder.refuse(
        "constraint must be added to child tables too", _DEFINITION, "tablecmds.c, ATExecSetNotNull"
    )


@action_of(ops.DropNotNull)
def drop_not_null(action: ops.DropNotNull, alteration: Alteration) -> None:
    relation = alteration.relation()
    column = column_of(relation, action.column, alteration.builder)
    alteration.targets(action)
    if column is None:
        return
    builder, source = alteration.builder, "tablecmds.c, ATExecDropNotNull"
    if column.identity is not None:
        message = f'column "{column.name}" of relation "{relation.name.name}" is an identity column'
        builder.refuse(message, "42601", source)
    if any(isinstance(c.definition, PrimaryKey) and column.name in c.definition.columns for c in relation.constraints):
        builder.refuse(f'column "{column.name}" is in a primary key', _DEFINITION, source)
    if _in_replica_identity(column.name, relation, alteration):
        builder.refuse(f'column "{column.name}" is in index used as replica identity', _DEFINITION, source)
    parent = None if relation.partition_of is None else alteration.relation(relation.partition_of)
    if parent is not None and is_not_null(parent.column(column.name)):
        builder.refuse(f'column "{column.name}" is marked NOT NULL in parent table', _DEFINITION, source)


def _in_replica_identity(column: str, relation: Relation, alteration: Alteration) -> bool:
    if relation.replica_identity != "index":
        return False
    indexes = alteration.schema.indexes_of(relation.name)
    used = next((index for index in indexes if index.name.name == relation.replica_index), None)
    return used is not None and any(element.column == column for element in used.elements)


@action_of(ops.SetExpression)
def set_expression(action: ops.SetExpression, alteration: Alteration) -> None:
    source = "tablecmds.c, ATExecSetExpression"
    relation = alteration.relation()
    column = _generated_column(action.column, relation, alteration)
    for target in alteration.targets(action):
        if column is None or column.generated is None or column.generated.kind is GeneratedKind.STORED:
            reason = f"The new expression of {action.column} is computed for every row."
            alteration.rewrite(target, reason, source)
            continue
        if target.checks:
            message = (
                "ALTER TABLE / SET EXPRESSION is not supported for virtual generated columns on tables with "
                "check constraints"
            )
            alteration.builder.refuse(message, "0A000", source)
        if column.not_null:
            reason = f"Every row is read to see that the virtual column {column.name} is not null."
            alteration.scan(target, reason, source)


def _generated_column(name: str, relation: Relation, alteration: Alteration) -> Column | None:
    column = column_of(relation, name, alteration.builder)
    if column is not None and column.generated is None:
        message = f'column "{name}" of relation "{relation.name.name}" is not a generated column'
        alteration.builder.refuse(message, _STATE, "tablecmds.c")
    return column


@action_of(ops.DropExpression)
def drop_expression(action: ops.DropExpression, alteration: Alteration) -> None:
    relation, builder = alteration.relation(), alteration.builder
    source = "tablecmds.c, ATPrepDropExpression"
    alteration.targets(action)
    if action.only and alteration.schema.children_of(relation.name):
        builder.refuse("ALTER TABLE / DROP EXPRESSION must be applied to child tables too", "0A000", source)
    column = column_of(relation, action.column, builder)
    if column is not None and column.inherited:
        builder.refuse("cannot drop generation expression from inherited column", _DEFINITION, source)
    if column is None or (column.generated is None and action.column_if_exists):
        return
    _generated_column(action.column, relation, alteration)
    if column.generated is not None and column.generated.kind is GeneratedKind.VIRTUAL:
        message = "ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns"
        builder.refuse(message, "0A000", "tablecmds.c, ATExecDropExpression")


@action_of(ops.AddIdentity)
def add_identity(action: ops.AddIdentity, alteration: Alteration) -> None:
    relation = alteration.relation()
    _lock_partitions_for_identity(action, alteration)
    column = column_of(relation, action.column, alteration.builder)
    if column is None:
        return
    named = f'column "{column.name}" of relation "{relation.name.name}"'
    source = "tablecmds.c, ATExecAddIdentity"
    if column.type is not None and base_type(column.type, alteration.schema).name not in IDENTITY_TYPES:
        alteration.builder.refuse("identity column type must be smallint, integer, or bigint", "22023", "sequence.c")
    if not column.not_null:
        message = f"{named} must be declared NOT NULL before identity can be added"
        alteration.builder.refuse(message, _STATE, source)
    if column.identity is not None:
        alteration.builder.refuse(f"{named} is already an identity column", _STATE, source)
    if column.default is not None:
        alteration.builder.refuse(f"{named} already has a default value", _STATE, source)


@action_of(ops.SetIdentity, ops.DropIdentity)
def change_identity(action: ops.SetIdentity | ops.DropIdentity, alteration: Alteration) -> None:
    relation = alteration.relation()
    _lock_partitions_for_identity(action, alteration)
    column = column_of(relation, action.column, alteration.builder)
    if column is not None and column.identity is None:
        if isinstance(action, ops.DropIdentity) and action.column_if_exists:
            return
        message = f'column "{column.name}" of relation "{relation.name.name}" is not an identity column'
        alteration.builder.refuse(message, _STATE, "tablecmds.c, ATExecSetIdentity")
    drops = isinstance(action, ops.DropIdentity)
    mode = LockMode.ACCESS_EXCLUSIVE if drops else LockMode.SHARE_ROW_EXCLUSIVE
    reason = f"The sequence of the identity column is {'dropped' if drops else 'altered'} with it."
    for sequence in alteration.schema.sequences_owned_by(relation.name, action.column):
        alteration.builder.lock(sequence.name, mode, reason, "sequence.c, AlterSequence")


def _lock_partitions_for_identity(action: ops.TableAction, alteration: Alteration) -> None:
    """From 17 partitions share the identity of their parent."""
    if alteration.version >= 17 and alteration.relation().kind is RelationKind.PARTITIONED_TABLE:
        alteration.targets(action)


@action_of(ops.SetStatistics, ops.SetStorage)
def set_on_all(action: ops.SetStatistics | ops.SetStorage, alteration: Alteration) -> None:
    """These recurse; SET STORAGE locks the indexes as well, but lets go of them at once."""
    alteration.targets(action)
    if alteration.builder.kind(alteration.table) is RelationKind.INDEX:
        _refuse_index_statistics(action, alteration)
        return
    if isinstance(action, ops.SetStatistics) and action.column.isdigit():
        message = "cannot refer to non-index column by number"
        alteration.builder.refuse(message, "0A000", "tablecmds.c, ATExecSetStatistics")
    column = column_of(alteration.relation(), action.column, alteration.builder)
    if isinstance(action, ops.SetStorage) and action.storage.lower() not in {"plain", "default"}:
        what = "can only have storage PLAIN"
        _refuse_fixed_length(column, what, "tablecmds.c, ATExecSetStorage", alteration)
    virtual = column is not None and column.generated is not None and column.generated.kind is GeneratedKind.VIRTUAL
    if virtual and isinstance(action, ops.SetStatistics):
        message = f'cannot alter statistics on virtual generated column "{action.column}"'
        alteration.builder.refuse(message, "0A000", "tablecmds.c, ATExecSetStatistics")


def _refuse_index_statistics(action: ops.SetStatistics | ops.SetStorage, alteration: Alteration) -> None:
    """Only an expression of an index has statistics of its own."""
    index = alteration.schema.index(alteration.table)
    if index is None or not action.column.isdigit() or not 0 < int(action.column) <= len(index.elements):
        return
    column = index.elements[int(action.column) - 1].column
    if column is not None:
        message = f'cannot alter statistics on non-expression column "{column}" of index "{index.name.name}"'
        alteration.builder.refuse(message, "0A000", "tablecmds.c, ATExecSetStatistics")


@action_of(ops.SetColumnOptions, ops.SetCompression, ops.SetForeignOptions)
def set_on_one(
    action: ops.SetColumnOptions | ops.SetCompression | ops.SetForeignOptions, alteration: Alteration
) -> None:
    """These never recurse."""
    if action.column is None:
        return
    column = column_of(alteration.relation(), action.column, alteration.builder)
    if isinstance(action, ops.SetCompression):
        _refuse_fixed_length(column, "does not support compression", "tablecmds.c, GetAttributeCompression", alteration)


def _refuse_fixed_length(column: Column | None, what: str, source: str, alteration: Alteration) -> None:
    """Only values of varying length can be compressed or moved out of line."""
    if column is None or column.type is None:
        return
    facts = facts_of(base_type(column.type, alteration.schema), alteration.version)
    if facts is not None and facts.length > 0:
        alteration.builder.refuse(f"column data type {shown_type(column.type)} {what}", "0A000", source)
