"""The locks of a query: of its tables, of what its views read, of partitions and of indexes.

A query is locked in three stages, and statements differ in how far they take it:

- `ANALYSED`: the names in the text are looked up and locked (parse_relation.c, `addRangeTableEntry`). CREATE VIEW
  stops here.
- `REWRITTEN`: views are replaced by their queries, whose relations are locked (rewriteHandler.c,
  `AcquireRewriteLocks`). PREPARE stops here.
- `PLANNED`: partitions and children are found and locked (inherit.c, `expand_inherited_rtentry`) and every index of
  every table is opened in the mode of its table and stays locked (plancat.c, `get_relation_info`).
"""

from __future__ import annotations

from enum import IntEnum

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import is_system, relation_there
from migsafe.effects.postgresql.pruning import partitions_left
from migsafe.model.expressions import Comparison, Query
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Relation


class Stage(IntEnum):
    ANALYSED = 1
    REWRITTEN = 2
    PLANNED = 3


READS = "The query reads it."
ROW_LOCKS = "SELECT ... FOR UPDATE or SHARE locks rows of it."
PARSE_SOURCE = "parse_relation.c, addRangeTableEntry"
_INDEX_REASON = "Planning a query opens every index of its tables in the same mode."


def read_query(query: Query | None, stage: Stage, context: Context) -> None:
    """Lock what the query reads, and run what the functions that it calls do to sequences."""
    if query is None:
        return
    if query.unnamed_source:
        versions.require(versions.UNNAMED_SUB_QUERY, context)
    schema = context.schema
    row_locked = {schema.resolve(name) for name in query.row_locked}
    only = {schema.resolve(name) for name in query.only}
    conjuncts = _conjuncts(query)
    for name in query.reads:
        full = relation_there(name, context)
        mode, reason = (LockMode.ROW_SHARE, ROW_LOCKS) if full in row_locked else (LockMode.ACCESS_SHARE, READS)
        use(full, mode, stage, context, reason, only=full in only, conjuncts=conjuncts)


def _conjuncts(query: Query) -> tuple[Comparison, ...]:
    """Conditions on the one relation that is read; with several the text does not tell whose column it is."""
    return query.conditions.conjuncts if query.conditions is not None and len(query.reads) == 1 else ()


def use(
    full: Name,
    mode: LockMode,
    stage: Stage,
    context: Context,
    reason: str,
    *,
    only: bool = False,
    conjuncts: tuple[Comparison, ...] = (),
) -> None:
    """Lock a relation of a query (`full` is resolved) and what lies behind it as far as `stage` goes."""
    if is_system(full):
        return
    context.builder.lock(full, mode, reason, PARSE_SOURCE)
    relation = context.schema.relation(full)
    if relation.kind is RelationKind.VIEW:
        _expand_view(relation, mode, stage, context)
    elif stage is Stage.PLANNED:
        _plan(relation, mode, context, only=only, conjuncts=conjuncts)


def _expand_view(view: Relation, mode: LockMode, stage: Stage, context: Context) -> None:
    if stage is Stage.ANALYSED or view.query is None:
        return
    only = {context.schema.resolve(name) for name in view.query.only}
    for name in view.query.reads:
        full = context.schema.resolve(name)
        reason = f"The view {view.name} reads it."
        if context.schema.exists(full) is not False:
            use(full, mode, stage, context, reason, only=full in only)


def _plan(
    relation: Relation, mode: LockMode, context: Context, *, only: bool, conjuncts: tuple[Comparison, ...]
) -> None:
    lock_indexes(relation, mode, context)
    if only and relation.kind is not RelationKind.PARTITIONED_TABLE:
        return
    for child in planned_children(relation, context, conjuncts):
        context.builder.lock(child.name, mode, f"It is a partition or child of {relation.name}.", "inherit.c")
        lock_indexes(child, mode, context)


def planned_children(
    relation: Relation, context: Context, conjuncts: tuple[Comparison, ...] = ()
) -> tuple[Relation, ...]:
    """Partitions (those that the conditions leave over) and inheritance children, at every depth."""
    if relation.kind is not RelationKind.PARTITIONED_TABLE:
        return context.schema.descendants_of(relation.name)
    found: list[Relation] = []
    for partition in partitions_left(context.schema, relation, conjuncts):
        found.append(partition)
        found.extend(planned_children(partition, context, conjuncts))
    return tuple(found)


def lock_indexes(relation: Relation, mode: LockMode, context: Context) -> None:
    """The planner's look at all indexes. Those of a partitioned table are looked at from PostgreSQL 16."""
    if relation.kind is RelationKind.PARTITIONED_TABLE and context.version < 16:
        return
    for index in context.schema.indexes_of(relation.name):
        context.builder.lock(index.name, mode, _INDEX_REASON, "plancat.c, get_relation_info")


def scan_query(query: Query | None, reason: str, source: str, context: Context) -> None:
    """Note every stored table that the query reads as read in full."""
    if query is None:
        return
    only = {context.schema.resolve(name) for name in query.only}
    for name in query.reads:
        full = context.schema.resolve(name)
        scan_relation(full, reason, source, context, only=full in only)


def scan_relation(full: Name, reason: str, source: str, context: Context, *, only: bool = False) -> None:
    relation = context.schema.relation(full)
    if is_system(full):
        return
    if relation.kind is RelationKind.VIEW:
        scan_query(relation.query, reason, source, context)
        return
    below = () if only else context.schema.descendants_of(full)
    for table in (relation, *below):
        if table.kind in (RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW):
            context.builder.scan(table.name, reason, source)
