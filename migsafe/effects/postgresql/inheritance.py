"""INHERIT and NO INHERIT."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.child_match import refuse_mismatch
from migsafe.effects.postgresql.targets import found
from migsafe.model import operations as ops
from migsafe.model.locks import LockMode, RelationKind
from migsafe.schema.objects import Relation

_ADD = "tablecmds.c, ATExecAddInherit"


@action_of(ops.AddInherit)
def add_inherit(action: ops.AddInherit, alteration: Alteration) -> None:
    builder, child = alteration.builder, alteration.relation()
    parent_name = alteration.schema.resolve(action.parent)
    if child.partition_of is not None:
        builder.refuse("cannot change inheritance of a partition", "42809", _ADD)
    if child.kind is RelationKind.PARTITIONED_TABLE:
        builder.refuse("cannot change inheritance of partitioned table", "42809", "tablecmds.c, ATPrepAddInherit")
    found(parent_name, if_exists=False, context=alteration.context)
    reason = "The parent gets a new child; its rows are not touched."
    builder.lock(parent_name, LockMode.SHARE_UPDATE_EXCLUSIVE, reason, _ADD)
    parent = alteration.relation(parent_name)
    _refuse_parent(parent, child, alteration)
    refuse_mismatch(parent, child, alteration)
    for below in alteration.descendants():
        builder.lock(below.name, LockMode.ACCESS_SHARE, "The children are listed to avoid a circle.", _ADD)


def _refuse_parent(parent: Relation, child: Relation, alteration: Alteration) -> None:
    builder, name = alteration.builder, parent.name.name
    if parent.kind is RelationKind.PARTITIONED_TABLE:
        builder.refuse(f'cannot inherit from partitioned table "{name}"', "42809", _ADD)
    if parent.partition_of is not None:
        builder.refuse("cannot inherit from a partition", "42809", _ADD)
    if parent.name == child.name or any(r.name == parent.name for r in alteration.descendants()):
        builder.refuse("circular inheritance not allowed", "42P07", _ADD)
    if parent.name in child.inherits:
        builder.refuse(
            f'relation "{name}" would be inherited from more than once', "42P07", "tablecmds.c, CreateInheritance"
        )


@action_of(ops.DropInherit)
def drop_inherit(action: ops.DropInherit, alteration: Alteration) -> None:
    builder, child = alteration.builder, alteration.relation()
    source = "tablecmds.c, ATExecDropInherit"
    if child.partition_of is not None:
        builder.refuse("cannot change inheritance of a partition", "42809", source)
    parent = alteration.schema.resolve(action.parent)
    found(parent, if_exists=False, context=alteration.context)
    builder.lock(parent, LockMode.ACCESS_SHARE, "The parent's definition is read.", source)
    if child.known and child.complete and parent not in child.inherits:
        message = f'relation "{parent.name}" is not a parent of relation "{child.name.name}"'
        builder.refuse(message, "42P01", "tablecmds.c, RemoveInheritance")
