"""ATTACH PARTITION and DETACH PARTITION."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of, leaves
from migsafe.effects.postgresql.child_match import refuse_mismatch
from migsafe.effects.postgresql.foreign_keys import like_key, lock_whole
from migsafe.effects.postgresql.partition_proof import bound_is_excluded, bound_is_proved, overlapping, strategy_of
from migsafe.effects.postgresql.targets import found
from migsafe.model import operations as ops
from migsafe.model.definitions import ForeignKey, Persistence
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Index, Relation, TableConstraint

_ATTACH = "tablecmds.c, ATExecAttachPartition"
_DETACH = "tablecmds.c, ATExecDetachPartition"
_AEL, _SUE = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE
_SRE = LockMode.SHARE_ROW_EXCLUSIVE
_WRONG_KIND = "42809"  # wrong_object_type


def default_partition(parent: Relation, alteration: Alteration) -> Relation | None:
    partitions = alteration.schema.partitions_of(parent.name)
    return next((p for p in partitions if p.bound is not None and p.bound.default), None)


@action_of(ops.AttachPartition)
def attach(action: ops.AttachPartition, alteration: Alteration) -> None:
    builder, parent = alteration.builder, alteration.relation()
    default = default_partition(parent, alteration)
    if default is not None:
        builder.lock(default.name, _AEL, "The rows that the default partition may hold become fewer.", _ATTACH)
    name = alteration.schema.resolve(action.partition)
    found(name, if_exists=False, context=alteration.context)
    reason = "The table becomes a partition, with all tables below it."
    builder.lock(name, _AEL, reason, _ATTACH)
    for below in alteration.descendants(name):
        builder.lock(below.name, _AEL, reason, _ATTACH)
    partition = alteration.relation(name)
    _refuse_attach(action, parent, partition, default, alteration)
    _ensure_indexes(action, parent, alteration)
    _read_ancestors(parent, alteration)
    _clone_keys(parent, partition, alteration)
    _meet_references(parent, alteration)
    _check_bound(action, parent, partition, alteration)
    if default is not None:
        _check_default(action, parent, default, alteration)


def _refuse_attach(
    action: ops.AttachPartition,
    parent: Relation,
    partition: Relation,
    default: Relation | None,
    alteration: Alteration,
) -> None:
    builder, name = alteration.builder, partition.name.name
    if partition.partition_of is not None:
        builder.refuse(f'"{name}" is already a partition', _WRONG_KIND, _ATTACH)
    if partition.of_type is not None:
        builder.refuse("cannot attach a typed table as partition", _WRONG_KIND, _ATTACH)
    if partition.inherits:
        builder.refuse("cannot attach inheritance child as partition", _WRONG_KIND, _ATTACH)
    if partition.kind is RelationKind.TABLE and alteration.schema.children_of(partition.name):
        builder.refuse("cannot attach inheritance parent as partition", _WRONG_KIND, _ATTACH)
    if Persistence.TEMPORARY in {parent.persistence, partition.persistence} and (
        parent.persistence is not partition.persistence
    ):
        one, other = (
            ("temporary", "permanent") if parent.persistence is Persistence.PERMANENT else ("permanent", "temporary")
        )
        message = f'cannot attach a {one} relation as partition of {other} relation "{parent.name.name}"'
        builder.refuse(message, _WRONG_KIND, _ATTACH)
    _refuse_bound(action, parent, alteration)
    _refuse_columns(parent, partition, alteration)
    if action.bound.default and default is not None:
        message = f'partition "{name}" conflicts with existing default partition "{default.name.name}"'
        builder.refuse(message, "42P17", "partbounds.c, check_new_partition_bound")


def _refuse_bound(action: ops.AttachPartition, parent: Relation, alteration: Alteration) -> None:
    """The bound must be of the parent's kind and leave the other partitions their rows."""
    key, bound, builder = parent.partition_by, action.bound, alteration.builder
    if key is None:
        return
    source = "parse_utilcmd.c, transformPartitionBound"
    if bound.default and key.strategy == "hash":
        builder.refuse("a hash-partitioned table may not have a default partition", "42P16", source)
    if not bound.default and strategy_of(bound) != key.strategy:
        message = f"invalid bound specification for a {key.strategy} partition"
        builder.refuse(message, "42P16", source)
    other = overlapping(alteration.schema, parent, bound)
    if other is not None:
        name = alteration.schema.resolve(action.partition).name
        message = f'partition "{name}" would overlap partition "{other.name.name}"'
        builder.refuse(message, "42P17", "partbounds.c, check_new_partition_bound")


def _refuse_columns(parent: Relation, partition: Relation, alteration: Alteration) -> None:
    if not (parent.known and parent.complete and partition.known and partition.complete):
        return
    builder, name = alteration.builder, partition.name.name
    for column in partition.columns:
        if alteration.version >= 17 and column.identity is not None:
            message = f'table "{name}" being attached contains an identity column "{column.name}"'
            builder.refuse(message, "55000", _ATTACH)
        if parent.column(column.name) is None:
            message = f'table "{name}" contains column "{column.name}" not found in parent "{parent.name.name}"'
            builder.refuse(message, "42804", _ATTACH)
    refuse_mismatch(parent, partition, alteration)


def _ensure_indexes(action: ops.AttachPartition, parent: Relation, alteration: Alteration) -> None:
    """Every index of the parent finds its like in the partition, or is built there (`AttachPartitionEnsureIndexes`)."""
    source = "tablecmds.c, AttachPartitionEnsureIndexes"
    for index in alteration.schema.indexes_of(parent.name):
        if index.partitioned or parent.kind is RelationKind.PARTITIONED_TABLE:
            alteration.builder.lock(index.name, _SUE, "The parent's index gets the partition's index.", source)
    before = _indexes(action, alteration)
    alteration.advance(action)
    for name, index in _indexes(action, alteration).items():
        if name in before or index.partitioned:
            continue
        reason = f"The partition has no index like {index.parent}, so one is built while the partition is locked."
        alteration.build(index, reason, source)


def _indexes(action: ops.AttachPartition, alteration: Alteration) -> dict[Name, Index]:
    name = alteration.schema.resolve(action.partition)
    tables = (name, *(below.name for below in alteration.descendants(name)))
    return {index.name: index for table in tables for index in alteration.schema.indexes_of(table)}


def _read_ancestors(parent: Relation, alteration: Alteration) -> None:
    """The bounds of all levels above hold for the partition, too (partcache.c, `generate_partition_qual`)."""
    ancestor = parent.partition_of
    while ancestor is not None:
        reason = "The bound that the table has in its own parent is read."
        alteration.builder.lock(ancestor, LockMode.ACCESS_SHARE, reason, "partcache.c, generate_partition_qual")
        ancestor = alteration.relation(ancestor).partition_of


def _clone_keys(parent: Relation, partition: Relation, alteration: Alteration) -> None:
    """The parent's foreign keys hold for the partition: its own like key is taken over, or one is made and checked."""
    source = "tablecmds.c, CloneFkReferencing"
    for constraint in parent.foreign_keys:
        key = constraint.definition
        assert isinstance(key, ForeignKey)
        referenced = alteration.schema.resolve(key.referenced)
        like = like_key(partition, key, alteration)
        if like is not None:
            reason = "The partition's own foreign key merges with the parent's, and its duplicate triggers are dropped."
            lock_whole(alteration.schema, referenced, _AEL, reason, alteration.builder, source=source)
        if like is not None and (like.valid or not constraint.valid):
            continue
        reason = "The partition gets the parent's foreign key, with triggers on the referenced table."
        lock_whole(alteration.schema, referenced, _SRE, reason, alteration.builder, source=source)
        if constraint.enforced:
            reason = "The foreign key of the parent is checked for every row of the partition."
            for leaf in leaves(alteration.schema, partition.name):
                alteration.validate(leaf.name, key, reason, source)


def _meet_references(parent: Relation, alteration: Alteration) -> None:
    """Foreign keys that point at the parent get triggers on the partition (`CloneFkReferenced`)."""
    mode = _SRE if alteration.version >= 15 else LockMode.ACCESS_SHARE
    for other, _ in alteration.schema.referencing(parent.name):
        reason = "Its foreign key points at the parent, and now at the partition as well."
        alteration.builder.lock(other.name, mode, reason, "tablecmds.c, CloneFkReferenced")


def _check_bound(action: ops.AttachPartition, parent: Relation, partition: Relation, alteration: Alteration) -> None:
    key, source = parent.partition_by, "tablecmds.c, QueuePartitionConstraintValidation"
    if action.bound.default and len(alteration.context.schema.partitions_of(parent.name)) == 0:
        return  # the only partition takes every row
    for leaf in leaves(alteration.schema, partition.name):
        if key is not None and bound_is_proved(leaf, key, action.bound):
            continue
        reason = f"No constraint of {leaf.name} proves that its rows fit the bound, so all of them are read."
        alteration.scan(leaf, reason, source)
        alteration.builder.assume_rows(leaf.name, f"no row of {leaf.name} is in the way of the new partition bound")


def _check_default(action: ops.AttachPartition, parent: Relation, default: Relation, alteration: Alteration) -> None:
    key, source = parent.partition_by, "tablecmds.c, QueuePartitionConstraintValidation"
    for leaf in leaves(alteration.schema, default.name):
        if leaf.name != default.name:
            alteration.builder.lock(leaf.name, _AEL, "It is part of the default partition.", source)
        if key is not None and bound_is_excluded(leaf, key, action.bound):
            continue
        reason = "The default partition is read to see that none of its rows belongs to the new partition."
        alteration.scan(leaf, reason, source)
        alteration.builder.assume_rows(leaf.name, f"no row of {leaf.name} is in the way of the new partition bound")


@action_of(ops.DetachPartition)
def detach(action: ops.DetachPartition, alteration: Alteration) -> None:
    builder, parent = alteration.builder, alteration.relation()
    name = alteration.schema.resolve(action.partition)
    found(name, if_exists=False, context=alteration.context)
    default = default_partition(parent, alteration)
    if action.concurrently:
        _detach_concurrently(default, alteration)
    elif default is not None and not action.finalize:
        builder.lock(default.name, _AEL, "The rows that the default partition may hold become more.", _DETACH)
    partition = alteration.relation(name)
    if partition.known and partition.complete and partition.partition_of != parent.name:
        message = f'relation "{name.name}" is not a partition of relation "{parent.name.name}"'
        builder.refuse(message, "42P01", "tablecmds.c, RemoveInheritance")
    if action.finalize and partition.known:
        builder.refuse(f'cannot complete detaching partition "{name.name}"', "55000", _DETACH)
    stronger = alteration.version >= 14 or _loses_triggers(partition, parent, alteration)
    mode = _AEL if stronger else _SUE
    builder.lock(name, mode, "The table is a partition no longer.", _DETACH)
    _release_partition(partition, parent, alteration)


def _loses_triggers(partition: Relation, parent: Relation, alteration: Alteration) -> bool:
    """Dropping a trigger takes ACCESS EXCLUSIVE: one cloned from the parent, or of a key that points at it."""
    cloned = any(trigger.inherited for trigger in partition.triggers)
    return cloned or bool(alteration.schema.referencing(parent.name))


def _detach_concurrently(default: Relation | None, alteration: Alteration) -> None:
    if default is not None:
        message = "cannot detach partitions concurrently when a default partition exists"
        alteration.builder.refuse(message, "55000", _DETACH)
    alteration.builder.not_transactional()


def _release_partition(partition: Relation, parent: Relation, alteration: Alteration) -> None:
    """`DetachPartitionFinalize`: keys, triggers and indexes stand alone again."""
    builder, source = alteration.builder, "tablecmds.c, DetachPartitionFinalize"
    for index in alteration.schema.indexes_of(partition.name):
        if index.parent is not None:
            builder.lock(index.name, _AEL, "The index is part of the parent's index no longer.", source)
    for constraint in partition.foreign_keys:
        if constraint.parent is None or not isinstance(constraint.definition, ForeignKey):
            continue
        referenced = alteration.schema.resolve(constraint.definition.referenced)
        reason = "The partition's foreign key gets triggers of its own on the referenced table."
        lock_whole(alteration.schema, referenced, _SRE, reason, builder, source=source)
    for other, name in alteration.schema.referencing(parent.name):
        _check_no_references(other, other.constraint(name), partition, alteration)
    for below in alteration.descendants(partition.name):
        builder.lock(below.name, _AEL, "It is below the detached partition.", source)


def _check_no_references(
    other: Relation, constraint: TableConstraint | None, partition: Relation, alteration: Alteration
) -> None:
    """No row may reference the rows that leave: both tables are read (`RI_PartitionRemove_Check`)."""
    reason = "Rows of it that reference the detached partition would lose their target, so both tables are read."
    source = "tablecmds.c, ATDetachCheckNoForeignKeyRefs"
    lock_whole(alteration.schema, other.name, _AEL, reason, alteration.builder, source=source)
    if constraint is None or not isinstance(constraint.definition, ForeignKey):
        return
    for table in (*leaves(alteration.schema, other.name), *leaves(alteration.schema, partition.name)):
        alteration.builder.scan(table.name, reason, source)
        for index in alteration.schema.indexes_of(table.name):
            alteration.builder.lock(index.name, LockMode.ACCESS_SHARE, reason, "plancat.c, get_relation_info")
