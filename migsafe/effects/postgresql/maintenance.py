"""VACUUM, ANALYZE, CLUSTER, EXPLAIN, and commands about the server."""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.data import plan_change, plan_insert, plan_merge
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import STORED, is_system, known_kind, refuse_unprepared, relation_there
from migsafe.effects.postgresql.looking_up import look_up
from migsafe.effects.postgresql.reading import Stage, read_query
from migsafe.model.effects import SettledBy
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import (
    Analyze,
    Cluster,
    Delete,
    Explain,
    ExtensionCall,
    Insert,
    Merge,
    Opaque,
    Operation,
    Select,
    ServerCommand,
    Update,
    Vacuum,
)
from migsafe.schema.objects import Relation

_VACUUM = "vacuum.c, vacuum_rel"
_ANALYZE = "analyze.c, analyze_rel"
_CLUSTER = "cluster.c, cluster_rel"
_ANALYSED = frozenset({*STORED, RelationKind.FOREIGN_TABLE, RelationKind.PARTITIONED_TABLE})
_VACUUMED = frozenset({*STORED, RelationKind.PARTITIONED_TABLE})


@effect_of(Vacuum)
def vacuum(operation: Vacuum, context: Context) -> None:
    context.builder.not_transactional()
    versions.require_options(versions.VACUUM_OPTIONS, operation.options, context)
    if operation.only:
        versions.require(versions.VACUUM_ONLY, context)
    if "skip_locked" in operation.options:
        context.builder.assume("no other session holds a lock that makes VACUUM skip a table", SettledBy.DATABASE)
    for table in _tables(operation.table, operation.only, context):
        _vacuum_one(table, operation.full, context)


def _tables(name: Name | None, only: bool, context: Context) -> tuple[Relation, ...]:
    """vacuum.c, expand_vacuum_rel: partitions always come along, inheritance children from PostgreSQL 18."""
    if name is None:
        context.builder.assume("no other tables exist")
        return tuple(r for r in context.schema.relations.values() if r.kind in _VACUUMED)
    full = relation_there(name, context)
    if is_system(full):
        return ()
    relation = context.schema.relation(full)
    partitioned = relation.kind is RelationKind.PARTITIONED_TABLE
    if only or (not partitioned and context.version < 18):
        return (relation,)
    return (relation, *context.schema.descendants_of(full))


def _vacuum_one(table: Relation, full: bool, context: Context) -> None:
    if full and table.kind in STORED:
        _copy(table, "VACUUM FULL copies the table to a new file.", "cluster.c, cluster_rel", context)
        return
    if table.kind is RelationKind.FOREIGN_TABLE:
        return
    mode = LockMode.ACCESS_EXCLUSIVE if full else LockMode.SHARE_UPDATE_EXCLUSIVE
    context.builder.lock(table.name, mode, "VACUUM works on it.", _VACUUM)
    if not full and table.kind in STORED:
        # vacuumlazy.c, lazy_truncate_heap asks for ACCESS EXCLUSIVE, but does not queue for it.
        context.builder.assume_rows(table.name, f"no empty pages at the end of {table.name} are given back")
    if table.kind in _VACUUMED and table.kind is not RelationKind.PARTITIONED_TABLE:
        _lock_indexes(table, LockMode.ROW_EXCLUSIVE, "VACUUM cleans it.", "vacuumlazy.c, heap_vacuum_rel", context)


def _copy(table: Relation, reason: str, source: str, context: Context) -> None:
    context.builder.lock(table.name, LockMode.ACCESS_EXCLUSIVE, reason, source)
    context.builder.rewrite(table.name, reason, source)
    for index in context.schema.indexes_of(table.name):
        context.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, "cluster.c, finish_heap_swap")
        context.builder.build(index.name, table.name, reason, "cluster.c, finish_heap_swap")


def _lock_indexes(table: Relation, mode: LockMode, reason: str, source: str, context: Context) -> None:
    for index in context.schema.indexes_of(table.name):
        context.builder.lock(index.name, mode, reason, source)


@effect_of(Analyze)
def analyze(operation: Analyze, context: Context) -> None:
    versions.require_options(versions.ANALYZE_OPTIONS, operation.options, context)
    if operation.only:
        versions.require(versions.VACUUM_ONLY, context)
    if operation.table is None:
        for table in _tables(None, False, context):
            _sample(table, context)
        return
    full = relation_there(operation.table, context)
    if is_system(full):
        return
    table = context.schema.relation(full)
    if table.kind not in _ANALYSED:
        return  # a warning, and no lock at the end
    for each in _tables(operation.table, operation.only, context):
        _sample(each, context)
    if table.kind is not RelationKind.PARTITIONED_TABLE or operation.only:
        for child in context.schema.descendants_of(full):
            reason = "Its rows count for the statistics of its parent."
            context.builder.lock(child.name, LockMode.ACCESS_SHARE, reason, "analyze.c, acquire_inherited_sample_rows")


def _sample(table: Relation, context: Context) -> None:
    context.builder.lock(table.name, LockMode.SHARE_UPDATE_EXCLUSIVE, "ANALYZE samples it.", _ANALYZE)
    if table.kind is RelationKind.PARTITIONED_TABLE:
        return
    reason = "Expressions of indexes get statistics, too."
    _lock_indexes(table, LockMode.ACCESS_SHARE, reason, "analyze.c, do_analyze_rel", context)


@effect_of(Cluster)
def cluster(operation: Cluster, context: Context) -> None:
    if operation.table is None:
        context.builder.not_transactional()
        _cluster_all(context)
        return
    full = relation_there(operation.table, context)
    table = context.schema.relation(full)
    _refuse_cluster(table, operation.index, context)
    reason = "CLUSTER copies the rows to a new file in the order of the index."
    if table.kind is not RelationKind.PARTITIONED_TABLE:
        _copy(table, reason, _CLUSTER, context)
        return
    context.builder.not_transactional()
    context.builder.lock(full, LockMode.ACCESS_EXCLUSIVE, reason, "cluster.c, cluster")
    for partition in context.schema.descendants_of(full):
        if partition.kind in STORED:
            _copy(partition, reason, _CLUSTER, context)


def _cluster_all(context: Context) -> None:
    clustered = (r for r in context.schema.relations.values() if r.clustered_on is not None and r.kind in STORED)
    for table in clustered:
        _copy(table, "CLUSTER copies every table that was clustered before.", _CLUSTER, context)


def _refuse_cluster(table: Relation, index: str | None, context: Context) -> None:
    name, builder = table.name.name, context.builder
    kind = known_kind(table.name, context)
    if kind is RelationKind.PARTITIONED_TABLE and context.version < 15:
        builder.refuse("cannot cluster a partitioned table", "0A000", "release notes of PostgreSQL 15")
    if kind is not None and kind not in _VACUUMED:
        builder.refuse(f'"{name}" is not a table or materialized view', "42809", "tablecmds.c")
    if index is None and table.known and table.clustered_on is None:
        message = f'there is no previously clustered index for table "{name}"'
        builder.refuse(message, "42704", "cluster.c, cluster")
    _refuse_index(index, table, context)
    names = {each.name.name for each in context.schema.indexes_of(table.name)}
    if index is not None and table.known and table.complete and index not in names:
        builder.refuse(f'index "{index}" for table "{name}" does not exist', "42704", "cluster.c, cluster")


def _refuse_index(name: str | None, table: Relation, context: Context) -> None:
    """cluster.c, check_index_is_clusterable."""
    index = next((i for i in context.schema.indexes_of(table.name) if i.name.name == name), None)
    source = "cluster.c, check_index_is_clusterable"
    if index is None:
        return
    if index.method not in ("btree", "gist"):
        message = f'cannot cluster on index "{name}" because access method does not support clustering'
        context.builder.refuse(message, "0A000", source)
    if index.predicate is not None:
        context.builder.refuse(f'cannot cluster on partial index "{name}"', "0A000", source)
    if not index.valid:
        context.builder.refuse(f'cannot cluster on invalid index "{name}"', "0A000", source)


@effect_of(Explain)
def explain(operation: Explain, context: Context) -> None:
    """With ANALYZE the statement's own clauses follow and tell the rest."""
    versions.require_options(versions.EXPLAIN_OPTIONS, operation.options, context)
    read_query(operation.query, Stage.PLANNED, context)
    for planned in operation.planned:
        _plan(planned, context)


def _plan(operation: Operation, context: Context) -> None:
    if isinstance(operation, Insert):
        plan_insert(operation, context)
    elif isinstance(operation, Update | Delete):
        plan_change(operation, context)
    elif isinstance(operation, Merge):
        plan_merge(operation, context)
    elif isinstance(operation, Select):
        read_query(operation.query, Stage.PLANNED, context)
    else:
        _plan_query_of(operation, context)


def _plan_query_of(operation: Operation, context: Context) -> None:
    """CREATE TABLE AS and the like are explained by their query."""
    query = getattr(operation, "query", None)
    if query is not None:
        read_query(query, Stage.PLANNED, context)


@effect_of(ServerCommand)
def server_command(operation: ServerCommand, context: Context) -> None:
    if operation.command == "execute":
        refuse_unprepared(operation.name, context)
    if _drops_nothing(operation, context):
        return
    if not operation.transactional:
        context.builder.not_transactional()
    for prepared in operation.prepared:
        look_up(prepared, context)


def _drops_nothing(operation: ServerCommand, context: Context) -> bool:
    """DROP SUBSCRIPTION IF EXISTS asks for no slot to be dropped when there is no subscription."""
    if operation.command != "drop subscription" or operation.name is None or not context.schema.closed:
        return False
    return context.schema.other("subscription", Name(None, operation.name)) is None


@effect_of(ExtensionCall)
def extension_call(operation: ExtensionCall, context: Context) -> None:
    """What an extension does is not PostgreSQL's to say: the table is taken to be locked and copied."""
    if operation.table is None:
        return
    full = relation_there(operation.table, context)
    reason = f"{operation.function} of the extension {operation.extension} changes the table."
    context.builder.lock(full, LockMode.ACCESS_EXCLUSIVE, reason, f"documentation of {operation.extension}")
    context.builder.rewrite(full, reason, f"documentation of {operation.extension}")
    context.builder.assume(f"{operation.function} locks {full} against everybody and copies its rows")


@effect_of(Opaque)
def opaque(operation: Opaque, context: Context) -> None:
    context.builder.assume(f"nothing is known of what the statement does: {operation.reason}")
