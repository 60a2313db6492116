"""Sequences."""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.dropping import Drop
from migsafe.effects.postgresql.existence import (
    new_name,
    refuse_other_kind,
    refuse_taken,
    relation_there,
    taken,
    there_if_named,
)
from migsafe.model.definitions import Persistence
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import AlterSequence, CreateSequence, DropSequence
from migsafe.schema.objects import Relation

_SEQUENCE = frozenset({RelationKind.SEQUENCE})


@effect_of(CreateSequence)
def create_sequence(operation: CreateSequence, context: Context) -> None:
    full = new_name(operation.sequence, operation.persistence, context)
    if operation.if_not_exists and taken(full, context):
        return
    refuse_taken(full, context)
    if operation.persistence is Persistence.UNLOGGED:
        versions.require(versions.UNLOGGED_SEQUENCE, context)
    context.builder.created(full)
    _lock_owner(operation.owned_by, context)


@effect_of(AlterSequence)
def alter_sequence(operation: AlterSequence, context: Context) -> None:
    full = context.schema.resolve(operation.sequence)
    if context.schema.exists(full) is False and operation.if_exists:
        return
    relation_there(operation.sequence, context)
    refuse_other_kind(full, _SEQUENCE, "a sequence", context)
    reason = "Its definition is changed, which stops everybody who draws from it."
    context.builder.lock(full, LockMode.SHARE_ROW_EXCLUSIVE, reason, "sequence.c, AlterSequence")
    _lock_owner(operation.owned_by, context)


def _lock_owner(owner: tuple[Name, str] | None, context: Context) -> None:
    if owner is None:
        return
    table = relation_there(owner[0], context)
    reason = "The sequence is to belong to one of its columns."
    context.builder.lock(table, LockMode.ACCESS_SHARE, reason, "sequence.c, process_owned_by")


@effect_of(DropSequence)
def drop_sequence(operation: DropSequence, context: Context) -> None:
    full = there_if_named(operation.sequence, operation.if_exists, "sequence", "42P01", context)
    if full is None:
        return
    refuse_other_kind(full, _SEQUENCE, "a sequence", context)
    sequence = context.schema.relation(full)
    _refuse_identity(sequence, context)
    named = (context.schema.resolve(o.sequence) for o in context.operations if isinstance(o, DropSequence))
    Drop(named, f"sequence {full.name}", operation.cascade, context).drop(full)


def _refuse_identity(sequence: Relation, context: Context) -> None:
    if sequence.owned_by is None:
        return
    table, name = sequence.owned_by
    column = context.schema.relation(table).column(name)
    if column is not None and column.identity is not None:
        needed_by = f"column {name} of table {table.name}"
        message = f"cannot drop sequence {sequence.name.name} because {needed_by} requires it"
        context.builder.refuse(message, "2BP01", "dependency.c, findDependentObjects")
