"""REINDEX in all its forms.

Source: indexcmds.c (`ReindexIndex`, `ReindexTable`, `ReindexMultipleTables`, `ReindexPartitions`,
`ReindexRelationConcurrently`).
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import STORED, is_system, known_kind, relation_there
from migsafe.model.definitions import Exclusion
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.operations import Reindex
from migsafe.schema.objects import Index, Relation

_SOURCE = "indexcmds.c, ReindexIndex / ReindexTable"
_CONCURRENT = "indexcmds.c, ReindexRelationConcurrently"
_REBUILT = "The index is rebuilt from every row of its table."


@effect_of(Reindex)
def reindex(operation: Reindex, context: Context) -> None:
    versions.require_options(versions.REINDEX_OPTIONS, operation.options, context)
    if operation.concurrently:
        context.builder.not_transactional()
    if operation.target is not None and is_system(context.schema.resolve(operation.target)):
        _refuse_catalog(operation, context)
        return
    if operation.keyword == "index":
        _reindex_index(operation, context)
    elif operation.keyword == "table":
        _reindex_table(operation, context)
    else:
        _reindex_many(operation, context)


def _reindex_index(operation: Reindex, context: Context) -> None:
    assert operation.target is not None
    full = relation_there(operation.target, context)
    kind = known_kind(full, context)
    if kind is not None and kind is not RelationKind.INDEX:
        context.builder.refuse(
            f'"{full.name}" is not an index', "42809", "indexcmds.c, RangeVarCallbackForReindexIndex"
        )
    index = context.schema.index(full)
    if index is None:
        if operation.concurrently:
            context.builder.suppose(full, RelationKind.INDEX)
            context.builder.waits_for_snapshots()
        context.builder.lock(full, LockMode.ACCESS_EXCLUSIVE, "It is rebuilt.", _SOURCE)
        context.builder.build(full, full, _REBUILT, _SOURCE)
        context.builder.assume(f"the table of the index {full} is locked as well, and read in full")
    elif index.partitioned:
        _reindex_partitioned_index(index, operation, context)
    else:
        _refuse_exclusion(index, operation, context)
        _rebuild((index,), operation, context)


def _refuse_exclusion(index: Index, operation: Reindex, context: Context) -> None:
    if operation.concurrently and _excludes(index, context):
        message = "concurrent index creation for exclusion constraints is not supported"
        context.builder.refuse(message, "0A000", "index.c, index_concurrently_create_copy")


def _excludes(index: Index, context: Context) -> bool:
    """Whether it is the index of an EXCLUDE constraint, which cannot be rebuilt beside itself."""
    if index.constraint is None:
        return False
    constraint = context.schema.relation(index.table).constraint(index.constraint)
    return constraint is not None and isinstance(constraint.definition, Exclusion)


def _reindex_partitioned_index(index: Index, operation: Reindex, context: Context) -> None:
    if context.version < 14:
        message = "REINDEX is not yet implemented for partitioned indexes"
        context.builder.refuse(message, "0A000", "release notes of PostgreSQL 14")
    context.builder.not_transactional()
    on_index = LockMode.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else LockMode.ACCESS_EXCLUSIVE
    reason = "Its parts in the partitions are rebuilt one by one."
    context.builder.lock(index.name, on_index, reason, "indexcmds.c, RangeVarCallbackForReindexIndex")
    context.builder.lock(index.table, _table_mode(operation), reason, _SOURCE)
    parts = tuple(_below(index, context))
    for part in parts:
        # find_all_inheritors locks what it lists, for a moment.
        context.builder.lock(part.name, LockMode.SHARE, "REINDEX lists the parts.", "indexcmds.c, ReindexPartitions")
    _rebuild((part for part in parts if not part.partitioned), operation, context)


def _below(index: Index, context: Context) -> Iterable[Index]:
    for child in context.schema.index_children(index.name):
        yield child
        yield from _below(child, context)


def _reindex_table(operation: Reindex, context: Context) -> None:
    assert operation.target is not None
    full = relation_there(operation.target, context)
    kind = known_kind(full, context)
    if kind is not None and kind not in STORED | {RelationKind.PARTITIONED_TABLE}:
        message = f'"{full.name}" is not a table or materialized view'
        context.builder.refuse(message, "42809", "tablecmds.c, RangeVarCallbackMaintainsTable")
    table = context.schema.relation(full)
    context.builder.lock(full, _table_mode(operation), "Its indexes are rebuilt.", _SOURCE)
    if table.kind is RelationKind.PARTITIONED_TABLE:
        _reindex_partitions(table, operation, context)
    else:
        _rebuild(context.schema.indexes_of(full), operation, context)
        if not table.known:
            context.builder.scan(full, "Its indexes are rebuilt from its rows.", _SOURCE)
            context.builder.assume(f"the indexes of {full} are unknown")


def _reindex_partitions(table: Relation, operation: Reindex, context: Context) -> None:
    """Up to 13 a warning and nothing else; then each partition in a transaction of its own."""
    if context.version < 14:
        return
    context.builder.not_transactional()
    for partition in context.schema.descendants_of(table.name):
        reason = "REINDEX lists the partitions and stops their writers for that moment, even with CONCURRENTLY."
        context.builder.lock(partition.name, LockMode.SHARE, reason, "indexcmds.c, ReindexPartitions")
        if partition.kind in STORED:
            _rebuild(context.schema.indexes_of(partition.name), operation, context)


def _reindex_many(operation: Reindex, context: Context) -> None:
    """SCHEMA, DATABASE, SYSTEM: table by table, each in a transaction of its own."""
    context.builder.not_transactional()
    if operation.keyword == "system" and operation.concurrently:
        message = "cannot reindex system catalogs concurrently"
        context.builder.refuse(message, "0A000", "indexcmds.c, ReindexMultipleTables")
    if operation.keyword == "system":
        return
    schema = None if operation.target is None or operation.keyword != "schema" else operation.target.name
    if schema is not None and schema not in context.schema.schemas and context.schema.closed:
        context.builder.refuse(f'schema "{schema}" does not exist', "3F000", "namespace.c, get_namespace_oid")
    for relation in tuple(context.schema.relations.values()):
        if relation.kind in STORED and schema in (None, relation.name.schema):
            context.builder.lock(relation.name, _table_mode(operation), "Its indexes are rebuilt.", _SOURCE)
            _rebuild(context.schema.indexes_of(relation.name), operation, context)
    context.builder.assume("no other tables exist there")


def _rebuild(indexes: Iterable[Index], operation: Reindex, context: Context) -> None:
    source = _CONCURRENT if operation.concurrently else "index.c, reindex_index"
    for index in indexes:
        if operation.concurrently and not _may_be_rebuilt(index, operation, context):
            reason = "CONCURRENTLY leaves it out: exclusion constraints and invalid indexes are not rebuilt."
            context.builder.lock(index.name, LockMode.SHARE_UPDATE_EXCLUSIVE, reason, source)
            continue
        context.builder.lock(index.table, _table_mode(operation), _REBUILT, source)
        reason = "The old index is taken out of use." if operation.concurrently else _REBUILT
        context.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
        context.builder.build(index.name, index.table, _REBUILT, source)
        context.builder.scan(index.table, _REBUILT, source)
        if operation.concurrently:
            context.builder.waits_for_snapshots()


def _may_be_rebuilt(index: Index, operation: Reindex, context: Context) -> bool:
    """An invalid index is rebuilt when it is named, and left alone when its table is."""
    return (index.valid or operation.keyword == "index") and not _excludes(index, context)


def _table_mode(operation: Reindex) -> LockMode:
    return LockMode.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else LockMode.SHARE


def _refuse_catalog(operation: Reindex, context: Context) -> None:
    if operation.concurrently:
        message = "cannot reindex system catalogs concurrently"
        context.builder.refuse(message, "0A000", _CONCURRENT)
