"""ALTER TABLE actions about the table as a whole: names, schema, storage, parents, switches."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.definitions import Persistence
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.constraint_building import add_constraint
from migsafe.schema.editing import altered, edit, learnt, members, recorded
from migsafe.schema.generated_names import truncated
from migsafe.schema.index_building import attach_index
from migsafe.schema.inheritance import attach_partition, bound_check, detach_partition, inherit, stop_inheriting
from migsafe.schema.objects import Index, Relation
from migsafe.schema.registry import replays, without_effect
from migsafe.schema.renaming import rename_index, rename_relation
from migsafe.schema.schema import Schema

without_effect(ops.SetRelationOptions, ops.SetForeignOptions, ops.SwitchRule, ops.DependOnExtension)


@replays(ops.RenameRelation)
def rename(schema: Schema, operation: ops.RenameRelation) -> None:
    if operation.if_exists and not recorded(schema, operation.table):
        return
    old = schema.resolve(operation.table)
    new = Name(old.schema, truncated(operation.new_name))
    if old in schema.indexes or operation.keyword == "index":
        _rename_index(schema, old, new)
        return
    altered(schema, operation)
    rename_relation(schema, old, new)


def _rename_index(schema: Schema, old: Name, new: Name) -> None:
    if old in schema.indexes:
        rename_index(schema, old, new)
    elif old in schema.relations:  # the server accepts ALTER INDEX for a table
        rename_relation(schema, old, new)
    else:
        schema.forget(old)


@replays(ops.SetSchema)
def set_schema(schema: Schema, operation: ops.SetSchema) -> None:
    relation = altered(schema, operation)
    if relation is not None and relation.kind is not RelationKind.INDEX:
        move_to_schema(schema, relation, truncated(operation.new_schema))


def move_to_schema(schema: Schema, relation: Relation, new_schema: str) -> None:
    """The table with its indexes and the sequences that its columns own (AlterTableNamespaceInternal)."""
    for index in schema.indexes_of(relation.name):
        rename_index(schema, index.name, Name(new_schema, index.name.name))
    for sequence in schema.sequences_owned_by(relation.name):
        rename_relation(schema, sequence.name, Name(new_schema, sequence.name.name))
    rename_relation(schema, relation.name, Name(new_schema, relation.name.name))


@replays(ops.SetPersistence)
def set_persistence(schema: Schema, operation: ops.SetPersistence) -> None:
    relation = altered(schema, operation)
    if relation is None:
        return
    edit(schema, relation.name, persistence=operation.persistence)
    if operation.persistence is Persistence.TEMPORARY:
        return
    for sequence in schema.sequences_owned_by(relation.name):  # from PostgreSQL 15
        edit(schema, sequence.name, persistence=operation.persistence)


@replays(ops.SetTablespace)
def set_tablespace(schema: Schema, operation: ops.SetTablespace) -> None:
    index = schema.index(operation.table)
    if index is not None:
        schema.indexes[index.name] = index.replace(tablespace=operation.tablespace)
        return
    relation = altered(schema, operation)
    if relation is not None:
        edit(schema, relation.name, tablespace=operation.tablespace)


@replays(ops.MoveAllInTablespace)
def move_all(schema: Schema, operation: ops.MoveAllInTablespace) -> None:
    if operation.keyword == "index":
        _move_indexes(schema, operation.tablespace, operation.new_tablespace)
        return
    views = operation.keyword == "materialized view"
    for relation in tuple(schema.relations.values()):
        matview = relation.kind is RelationKind.MATERIALIZED_VIEW
        if relation.tablespace == operation.tablespace and matview == views:
            edit(schema, relation.name, tablespace=operation.new_tablespace)


def _move_indexes(schema: Schema, old: str, new: str) -> None:
    for index in tuple(schema.indexes.values()):
        if index.tablespace == old:
            schema.indexes[index.name] = index.replace(tablespace=new)


@replays(ops.SetAccessMethod)
def set_access_method(schema: Schema, operation: ops.SetAccessMethod) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        edit(schema, relation.name, access_method=operation.method)


@replays(ops.ClusterOn)
def cluster_on(schema: Schema, operation: ops.ClusterOn) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        edit(schema, relation.name, clustered_on=operation.index)


@replays(ops.SetReplicaIdentity)
def set_replica_identity(schema: Schema, operation: ops.SetReplicaIdentity) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        edit(schema, relation.name, replica_identity=operation.mode, replica_index=operation.index)


@replays(ops.SetRowSecurity)
def set_row_security(schema: Schema, operation: ops.SetRowSecurity) -> None:
    relation = altered(schema, operation)
    if relation is not None and operation.action in {"enable", "disable"}:
        edit(schema, relation.name, row_security=operation.action == "enable")


@replays(ops.SetOfType)
def set_of_type(schema: Schema, operation: ops.SetOfType) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        of_type = None if operation.type is None else schema.resolve_type(operation.type)
        edit(schema, relation.name, of_type=of_type)


@replays(ops.SwitchTrigger)
def switch_trigger(schema: Schema, operation: ops.SwitchTrigger) -> None:
    for member in members(schema, operation):
        triggers = tuple(
            t.replace(enabled=operation.enabled) if operation.name in {None, t.name} else t for t in member.triggers
        )
        if triggers != member.triggers:
            edit(schema, member.name, triggers=triggers)


@replays(ops.AddInherit)
def add_inherit(schema: Schema, operation: ops.AddInherit) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        inherit(schema, relation.name, schema.resolve(operation.parent))


@replays(ops.DropInherit)
def drop_inherit(schema: Schema, operation: ops.DropInherit) -> None:
    relation = altered(schema, operation)
    if relation is not None:
        stop_inheriting(schema, relation.name, schema.resolve(operation.parent))


@replays(ops.AttachPartition)
def attach(schema: Schema, operation: ops.AttachPartition) -> None:
    parent = altered(schema, operation)
    if parent is None:
        return
    partition = learnt(schema, operation.partition)
    attach_partition(schema, parent.name, partition.name, operation.bound)
    if parent.kind is RelationKind.TABLE and not parent.known:
        edit(schema, parent.name, kind=RelationKind.PARTITIONED_TABLE)


@replays(ops.DetachPartition)
def detach(schema: Schema, operation: ops.DetachPartition) -> None:
    parent = altered(schema, operation)
    if parent is None:
        return
    partition = schema.resolve(operation.partition)
    detach_partition(schema, partition)
    if operation.concurrently and parent.partition_by is not None:
        add_constraint(schema, partition, bound_check(parent.partition_by))


@replays(ops.AttachIndexPartition)
def attach_index_partition(schema: Schema, operation: ops.AttachIndexPartition) -> None:
    """The partitioned index becomes valid once every partition has its part (validatePartitionedIndex)."""
    parent, child = schema.index(operation.table), schema.index(operation.partition)
    if parent is None or child is None or _is_part_of(schema, parent, child):
        return
    attach_index(schema, parent, child)
    parts = {part.table for part in schema.index_children(parent.name) if part.valid}
    if all(partition.name in parts for partition in schema.partitions_of(parent.table)):
        schema.indexes[parent.name] = schema.indexes[parent.name].replace(valid=True)


def _is_part_of(schema: Schema, index: Index, other: Index) -> bool:
    """Whether the index is the other one or below it."""
    above: Name | None = index.name
    while above is not None:
        if above == other.name:
            return True
        held = schema.indexes.find(above)
        above = None if held is None else held.parent
    return False


@replays(ops.OwnerTo)
def owner_to(schema: Schema, action: ops.OwnerTo) -> None:
    relation = altered(schema, action)
    if relation is not None and schema.indexes.find(relation.name) is None:
        edit(schema, relation.name, owner=action.owner)
