"""CREATE TABLE … PARTITION OF: what a new partition asks of the tables around it.

Source: tablecmds.c, `DefineRelation`, from "Process and store partition bound" on. Unlike ATTACH PARTITION it takes
ACCESS EXCLUSIVE on the parent.
"""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import STORED, known_kind, relation_there
from migsafe.effects.postgresql.partition_proof import bound_is_excluded, overlapping, strategy_of
from migsafe.effects.postgresql.reading import planned_children
from migsafe.model.definitions import ForeignKey, PartitionBound
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import CreateTable
from migsafe.schema.objects import Relation

_SOURCE = "tablecmds.c, DefineRelation"


def create_partition(operation: CreateTable, full: Name, context: Context) -> None:
    assert operation.partition_of is not None
    parent = context.schema.relation(relation_there(operation.partition_of, context))
    kind = known_kind(parent.name, context)
    if kind is not None and kind is not RelationKind.PARTITIONED_TABLE:
        context.builder.refuse(f'"{parent.name.name}" is not partitioned', "42P17", "parse_utilcmd.c")
    reason = "A partition is added, which changes what every query on it has to read."
    context.builder.lock(parent.name, LockMode.ACCESS_EXCLUSIVE, reason, _SOURCE)
    default = default_partition(parent, context)
    if operation.bound is not None:
        _refuse_bound(operation.bound, full.name, parent, default, context)
    if default is not None:
        _read_default(default, parent, operation.bound, context)
    _copy_indexes(parent, context)
    _copy_keys(parent, context)
    _extend_keys_on(parent, context)


def _refuse_bound(
    bound: PartitionBound, name: str, parent: Relation, default: Relation | None, context: Context
) -> None:
    source = "partbounds.c, check_new_partition_bound"
    if default is not None and bound.default:
        words = f'partition "{name}" conflicts with existing default partition "{default.name.name}"'
        context.builder.refuse(words, "42P17", source)
    if bound.default and parent.partition_by is not None and parent.partition_by.strategy == "hash":
        words = "a hash-partitioned table may not have a default partition"
        context.builder.refuse(words, "42P16", "parse_utilcmd.c, transformPartitionBound")
    if bound.default:
        return
    if parent.partition_by is not None and strategy_of(bound) != parent.partition_by.strategy:
        words = f"invalid bound specification for a {parent.partition_by.strategy} partition"
        context.builder.refuse(words, "42P16", "parse_utilcmd.c, transformPartitionBound")
    other = overlapping(context.schema, parent, bound)
    if other is not None:
        words = f'partition "{name}" would overlap partition "{other.name.name}"'
        context.builder.refuse(words, "42P17", source)


def default_partition(parent: Relation, context: Context) -> Relation | None:
    return next((p for p in context.schema.partitions_of(parent.name) if p.bound and p.bound.default), None)


def _read_default(default: Relation, parent: Relation, bound: PartitionBound | None, context: Context) -> None:
    """A CHECK of the default partition may say that it has no such rows."""
    reason = "The default partition is read for rows that belong to the new partition."
    source = "partbounds.c, check_default_partition_contents"
    for table in (default, *planned_children(default, context)):
        context.builder.lock(table.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
        key = parent.partition_by
        excluded = key is not None and bound is not None and bound_is_excluded(table, key, bound)
        if table.kind in STORED and not excluded:
            context.builder.scan(table.name, reason, source)


def _copy_indexes(parent: Relation, context: Context) -> None:
    """The parent's indexes are opened for generateClonedIndexStmt, and attached to in `IndexSetParentIndex`."""
    for index in context.schema.indexes_of(parent.name):
        reason = "The new partition gets an index of its own that becomes part of it."
        context.builder.lock(index.name, LockMode.SHARE_UPDATE_EXCLUSIVE, reason, "indexcmds.c, IndexSetParentIndex")


def _copy_keys(parent: Relation, context: Context) -> None:
    """tablecmds.c, CloneFkReferencing."""
    for constraint in parent.foreign_keys:
        key = constraint.definition
        if isinstance(key, ForeignKey):
            referenced = context.schema.resolve(key.referenced)
            reason = f"The new partition gets its part of the foreign key {constraint.name}."
            _lock_whole(referenced, LockMode.SHARE_ROW_EXCLUSIVE, reason, "tablecmds.c, CloneFkReferencing", context)


def _lock_whole(table: Name, mode: LockMode, reason: str, source: str, context: Context) -> None:
    context.builder.lock(table, mode, reason, source)
    if context.schema.relation(table).kind is RelationKind.PARTITIONED_TABLE:
        for partition in context.schema.descendants_of(table):
            context.builder.lock(partition.name, mode, reason, source)


def _extend_keys_on(parent: Relation, context: Context) -> None:
    """tablecmds.c, CloneFkReferenced: a key that points at the parent covers the new partition, too."""
    mode = LockMode.SHARE_ROW_EXCLUSIVE if context.version >= 15 else LockMode.ACCESS_SHARE
    current: Relation | None = parent
    while current is not None:
        for referencing, name in context.schema.referencing(current.name):
            reason = f"Its foreign key {name} points at {current.name} and is extended to the new partition."
            context.builder.lock(referencing.name, mode, reason, "tablecmds.c, CloneFkReferenced")
        current = None if current.partition_of is None else context.schema.relation(current.partition_of)
