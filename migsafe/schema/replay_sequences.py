"""Sequences."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.dropping import drop_relation
from migsafe.schema.editing import edit, learnt, recorded
from migsafe.schema.objects import Relation
from migsafe.schema.registry import replays
from migsafe.schema.replay_tables import new_name, register, stays_as_it_is
from migsafe.schema.schema import Schema


@replays(ops.CreateSequence)
def create_sequence(schema: Schema, operation: ops.CreateSequence) -> None:
    name = new_name(schema, operation.sequence, operation.persistence)
    if stays_as_it_is(schema, name, if_not_exists=operation.if_not_exists):
        return
    register(
        schema,
        Relation(
            name=name,
            kind=RelationKind.SEQUENCE,
            persistence=operation.persistence,
            owned_by=_owner(schema, name, operation.owned_by),
        ),
    )


@replays(ops.AlterSequence)
def alter_sequence(schema: Schema, operation: ops.AlterSequence) -> None:
    if operation.if_exists and not recorded(schema, operation.sequence):
        return
    sequence = learnt(schema, operation.sequence, RelationKind.SEQUENCE)
    owner = _owner(schema, sequence.name, operation.owned_by)
    if owner is not None or "owned_by" in operation.options:
        edit(schema, sequence.name, owned_by=owner)


def _owner(schema: Schema, sequence: Name, written: tuple[Name, str] | None) -> tuple[Name, str] | None:
    if written is None:
        return None
    table = schema.resolve(written[0])
    return None if table == sequence else (table, written[1])


@replays(ops.DropSequence)
def drop_sequence(schema: Schema, operation: ops.DropSequence) -> None:
    drop_relation(schema, schema.resolve(operation.sequence))
