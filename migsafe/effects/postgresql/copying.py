"""COPY: from a table, from a query, and into a table."""

from __future__ import annotations

from migsafe.effects.postgresql.calls import fire_triggers
from migsafe.effects.postgresql.changed import WRITES, changed
from migsafe.effects.postgresql.data import refuse_without_partition
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import known_kind, relation_there
from migsafe.effects.postgresql.reading import Stage, read_query
from migsafe.effects.postgresql.referential import changed_tables, check_keys
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import Copy
from migsafe.schema.objects import Relation


@effect_of(Copy)
def copy(operation: Copy, context: Context) -> None:
    if operation.table is None:
        read_query(operation.query, Stage.PLANNED, context)
        return
    if operation.loads:
        _copy_from(operation.table, context)
        return
    full = relation_there(operation.table, context)
    _refuse_copy_to(context.schema.relation(full), context)
    # copy.c, DoCopy: up to 12 the lock is released when the statement ends.
    if context.version >= 13:
        context.builder.lock(full, LockMode.ACCESS_SHARE, "COPY reads it.", "copy.c, DoCopy")


def _refuse_copy_to(relation: Relation, context: Context) -> None:
    words = {
        RelationKind.PARTITIONED_TABLE: "partitioned table",
        RelationKind.VIEW: "view",
        RelationKind.FOREIGN_TABLE: "foreign table",
        RelationKind.SEQUENCE: "sequence",
    }
    if context.version < 18 or relation.populated:
        words[RelationKind.MATERIALIZED_VIEW] = "materialized view"
    if context.version >= 18:
        words.pop(RelationKind.MATERIALIZED_VIEW)
    kind = known_kind(relation.name, context)
    if kind in words:
        message = f'cannot copy from {words[kind]} "{relation.name.name}"'
        context.builder.refuse(message, "42809", "copyto.c, BeginCopyTo")


def _copy_from(name: Name, context: Context) -> None:
    target = changed(name, LockMode.ROW_EXCLUSIVE, context)
    for table in changed_tables(target, context):
        context.builder.lock(table.name, LockMode.ROW_EXCLUSIVE, WRITES, "copyfrom.c, CopyFrom")
        context.builder.data(table.name, "insert", WRITES, "copyfrom.c, CopyFrom")
    refuse_without_partition(target, context)
    fire_triggers(target, "insert", context)
    check_keys(target, None, context)
