"""TRUNCATE.

Source: tablecmds.c, `ExecuteTruncate` and `ExecuteTruncateGuts`.
"""

from __future__ import annotations

from migsafe.effects.postgresql.calls import fire_triggers
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import TABLES, is_system, known_kind, refuse_other_kind, relation_there
from migsafe.effects.postgresql.in_use import refuse_in_use
from migsafe.effects.postgresql.referential import keys_on
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import Truncate
from migsafe.schema.objects import Relation

_SOURCE = "tablecmds.c, ExecuteTruncate"
_TRUNCATABLE = TABLES | {RelationKind.FOREIGN_TABLE}


@effect_of(Truncate)
def truncate(operation: Truncate, context: Context) -> None:
    full = relation_there(operation.table, context)
    if is_system(full):
        return
    refuse_other_kind(full, _TRUNCATABLE, "a table", context)
    if operation.only and known_kind(full, context) is RelationKind.PARTITIONED_TABLE:
        context.builder.refuse("cannot truncate only a partitioned table", "42809", _SOURCE)
    named = _named(context)
    emptied = _with_children(full, operation.only, context)
    if operation.cascade:
        emptied = _with_referencing(emptied, context)
    else:
        _refuse_referenced(emptied, named, context)
    for table in emptied:
        refuse_in_use(table.name, "TRUNCATE", context)
        fire_triggers(table, "truncate", context)
        _empty(table, operation.restart_identity, context)


def _named(context: Context) -> frozenset[Name]:
    """All tables of the statement: keys among them do not stand in the way."""
    tables: list[Name] = []
    for operation in context.operations:
        if isinstance(operation, Truncate):
            full = context.schema.resolve(operation.table)
            tables.extend(table.name for table in _with_children(full, operation.only, context))
    return frozenset(tables)


def _with_children(full: Name, only: bool, context: Context) -> tuple[Relation, ...]:
    relation = context.schema.relation(full)
    return (relation,) if only else (relation, *context.schema.descendants_of(full))


def _with_referencing(tables: tuple[Relation, ...], context: Context) -> tuple[Relation, ...]:
    """heap.c, heap_truncate_find_FKs, again and again: CASCADE empties whoever references, too."""
    found = {table.name: table for table in tables}
    waiting = list(tables)
    while waiting:
        for other in keys_on(waiting.pop(), context):
            for table in _with_children(other.referencing.name, False, context):
                if table.name not in found:
                    found[table.name] = table
                    waiting.append(table)
    return tuple(found.values())


def _refuse_referenced(tables: tuple[Relation, ...], named: frozenset[Name], context: Context) -> None:
    for table in tables:
        if any(other.referencing.name not in named for other in keys_on(table, context)):
            message = "cannot truncate a table referenced in a foreign key constraint"
            context.builder.refuse(message, "0A000", "heap.c, heap_truncate_check_FKs")
        if not table.known:
            context.builder.assume(f"no foreign key of another table points at {table.name}")


def _empty(table: Relation, restart_identity: bool, context: Context) -> None:
    reason = "It gets a new empty file."
    context.builder.lock(table.name, LockMode.ACCESS_EXCLUSIVE, reason, _SOURCE)
    if restart_identity:
        for sequence in context.schema.sequences_owned_by(table.name):
            context.builder.lock(sequence.name, LockMode.ACCESS_EXCLUSIVE, "RESTART IDENTITY resets it.", _SOURCE)
    if table.kind is not RelationKind.TABLE:
        return
    context.builder.empty(table.name, reason, _SOURCE)
    for index in context.schema.indexes_of(table.name):
        context.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, "index.c, reindex_relation")
    if context.version < 14:
        _look_up_bound(table, context)


def _look_up_bound(partition: Relation, context: Context) -> None:
    """Up to 13 the executor's set-up for the triggers looked up the bound of a partition (execMain.c)."""
    parent = partition.partition_of
    while parent is not None:
        context.builder.lock(parent, LockMode.ACCESS_SHARE, "The bound of its partition is looked up.", "execMain.c")
        parent = context.schema.relation(parent).partition_of
