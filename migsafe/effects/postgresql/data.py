"""INSERT, UPDATE, DELETE, MERGE and SELECT.

The target of INSERT is locked in ROW EXCLUSIVE and its indexes only while rows go in (execIndexing.c,
`ExecCloseIndices`); UPDATE and DELETE are planned like a query, so the indexes stay locked. Whether a statement
meets rows is not known from its text: it is taken to.
"""

from __future__ import annotations

from migsafe.effects.postgresql import versions
from migsafe.effects.postgresql.calls import call_functions, draw_from, fire_triggers
from migsafe.effects.postgresql.changed import SOURCE, WRITES, changed, refuse_missing_columns
from migsafe.effects.postgresql.dispatch import Context, effect_of
from migsafe.effects.postgresql.existence import relation_there
from migsafe.effects.postgresql.new_enum_values import compared, refuse_in_columns, refuse_new_constants
from migsafe.effects.postgresql.reading import Stage, planned_children, read_query, use
from migsafe.effects.postgresql.referential import changed_tables, check_keys, delete_follows, update_follows
from migsafe.effects.postgresql.routing import HOLDERS, destination, moves_rows, new_values, route
from migsafe.model.expressions import Comparison, Expression, Query
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import Delete, Insert, Merge, Select, Update
from migsafe.schema.links import next_value_of
from migsafe.schema.objects import Column, Relation


@effect_of(Select)
def select(operation: Select, context: Context) -> None:
    refuse_new_constants(operation.query.typed, context)
    read_query(operation.query, Stage.PLANNED, context)
    call_functions(operation.query.calls, context)


# INSERT


@effect_of(Insert)
def insert(operation: Insert, context: Context) -> None:
    target = plan_insert(operation, context)
    if operation.twice is not None:
        message = f'column "{operation.twice}" specified more than once'
        context.builder.refuse(message, "42701", "parse_target.c, checkInsertTargets")
    if operation.query is not None:
        call_functions(operation.query.calls, context)
    for table in _routed(operation, target, context):
        if table.name != target.name:
            context.builder.lock(table.name, LockMode.ROW_EXCLUSIVE, WRITES, "execPartition.c")
        for index in context.schema.indexes_of(table.name):
            reason = "The new rows go into the index."
            context.builder.lock_briefly(index.name, LockMode.ROW_EXCLUSIVE, reason, "execIndexing.c")
        if table.kind in HOLDERS:
            context.builder.data(table.name, "insert", WRITES, SOURCE)
    refuse_without_partition(target, context)
    _take_defaults(operation, target, context)
    fire_triggers(target, "insert", context)
    check_keys(target, _given_values(operation, target), context, _constants(operation, target))
    if operation.on_conflict == "update":
        what = f"some of the rows are new to {target.name}, and others are there already"
        context.builder.assume_rows(target.name, what)
        context.builder.data(target.name, "update", WRITES, SOURCE)


def _constants(operation: Insert, target: Relation) -> dict[str, str]:
    """The values of a single row that are constants: they tell which partition a foreign key looks into."""
    if len(operation.values) != 1:
        return {}
    pairs = zip(_columns(operation, target), operation.values[0], strict=False)
    return {column: value for column, value in pairs if value is not None and value not in ("DEFAULT", "NULL")}


def plan_insert(operation: Insert, context: Context) -> Relation:
    """The locks that INSERT takes before any row goes in. Returns the table that gets the rows."""
    target = changed(operation.table, LockMode.ROW_EXCLUSIVE, context)
    refuse_missing_columns(operation.columns, target, context)
    _refuse_too_many_values(operation, target, context)
    for row in operation.values:
        refuse_in_columns(target, zip(_columns(operation, target), row, strict=False), context)
    read_query(operation.query, Stage.PLANNED, context)
    if operation.conflict_target:
        for index in context.schema.indexes_of(target.name):
            reason = "ON CONFLICT looks for the index that decides."
            context.builder.lock(index.name, LockMode.ROW_EXCLUSIVE, reason, "plancat.c, infer_arbiter_indexes")
    return target


def _refuse_too_many_values(operation: Insert, target: Relation, context: Context) -> None:
    room = len(_columns(operation, target))
    if room and target.known and target.complete and any(len(row) > room for row in operation.values):
        context.builder.refuse("INSERT has more expressions than target columns", "42601", "analyze.c")


def _routed(operation: Insert, target: Relation, context: Context) -> tuple[Relation, ...]:
    """The partitions, at every level, that the rows go to; the table itself when it is not partitioned."""
    if target.kind is not RelationKind.PARTITIONED_TABLE:
        return (target,)
    rows = tuple(_as_conditions(operation, row, target) for row in operation.values) or ((),)
    found: dict[Name, Relation] = {}
    for conditions in rows:
        for partition in route(target, conditions, context):
            found[partition.name] = partition
    if len(found) > 1:
        context.builder.assume(f"rows go to every partition of {target.name}")
    return tuple(found.values())


def _as_conditions(operation: Insert, row: tuple[str | None, ...], target: Relation) -> tuple[Comparison, ...]:
    columns = _columns(operation, target)
    return tuple(
        Comparison(column, "is null", None) if value == "NULL" else Comparison(column, "=", value)
        for column, value in zip(columns, row, strict=False)
        if value is not None and value != "DEFAULT"
    )


def _columns(operation: Insert, target: Relation) -> tuple[str, ...]:
    """The columns that the statement names, or all in order."""
    return operation.columns or tuple(column.name for column in target.columns)


def _given_values(operation: Insert, target: Relation) -> frozenset[str] | None:
    """The columns that get a value that may be other than null; None when the table's columns are not known."""
    columns = _columns(operation, target)
    if not columns:
        return None
    defaults = frozenset(c.name for c in target.columns if c.default is not None and not c.default.null)
    if _is_default_values(operation):
        return defaults
    given = frozenset(columns) - _always_null(operation, columns)
    return given | (defaults - frozenset(operation.columns))


def _is_default_values(operation: Insert) -> bool:
    return operation.rows == 1 and not operation.columns and not operation.values and operation.query is None


def _always_null(operation: Insert, columns: tuple[str, ...]) -> frozenset[str]:
    if not operation.values:
        return frozenset()
    return frozenset(
        column
        for position, column in enumerate(columns)
        if all(position >= len(row) or row[position] == "NULL" for row in operation.values)
    )


def _take_defaults(operation: Insert, target: Relation, context: Context) -> None:
    """Columns that the statement leaves out draw from their sequences."""
    columns = _columns(operation, target)
    for column in target.columns:
        if not _gets_value(operation, columns, column.name):
            _draw(target, column, context)


def _gets_value(operation: Insert, columns: tuple[str, ...], column: str) -> bool:
    """Whether every row has a value of its own for the column."""
    if _is_default_values(operation) or column not in columns:
        return False
    position = columns.index(column)
    return all(position < len(row) and row[position] != "DEFAULT" for row in operation.values)


def _draw(target: Relation, column: Column, context: Context) -> None:
    if column.identity is not None:
        for sequence in context.schema.sequences_owned_by(target.name, column.name):
            draw_from(sequence.name, context)
        return
    sequence_name = next_value_of(column)
    if sequence_name is not None:
        draw_from(context.schema.resolve(sequence_name), context)


def refuse_without_partition(target: Relation, context: Context) -> None:
    """Rows put straight into a partition are checked against its bound, which is looked up in the parents
    (partcache.c, `generate_partition_qual`)."""
    parent = target.partition_of
    while parent is not None:
        reason = "The bound of its partition is checked."
        context.builder.lock(parent, LockMode.ACCESS_SHARE, reason, "partcache.c, generate_partition_qual")
        parent = context.schema.relation(parent).partition_of


# UPDATE, DELETE, MERGE


@effect_of(Update)
def update(operation: Update, context: Context) -> None:
    target = plan_change(operation, context)
    if operation.twice is not None:
        message = f'multiple assignments to same column "{operation.twice}"'
        context.builder.refuse(message, "42601", "rewriteHandler.c, process_matched_tle")
    columns = frozenset(operation.columns)
    _record_update(target, operation, context)
    refuse_without_partition(target, context)
    fire_triggers(target, "update", context, columns)
    for table in _checked(target, operation, context):
        check_keys(table, columns, context)
        update_follows(table, columns, context)
    if moves_rows(target, columns):
        _move_rows(target, operation, context)


def _record_update(target: Relation, operation: Update, context: Context) -> None:
    """Rows of which the text says that they all go to one partition are deleted elsewhere and inserted there."""
    goal = destination(target, operation, context)
    if goal is None:
        _record(target, "update", operation, context)
        return
    for table in _holders(target, operation, context):
        if table.name == goal.name:
            context.builder.data(table.name, "update", WRITES, SOURCE)
            continue
        moves = "Its rows move to another partition."
        context.builder.data(table.name, "delete", moves, "nodeModifyTable.c, ExecCrossPartitionUpdate")
        context.builder.data(goal.name, "insert", moves, "nodeModifyTable.c, ExecCrossPartitionUpdate")


@effect_of(Delete)
def delete(operation: Delete, context: Context) -> None:
    target = plan_change(operation, context)
    _record(target, "delete", operation, context)
    if context.version < 14:  # the executor still looked the bound up for every kind of change
        refuse_without_partition(target, context)
    fire_triggers(target, "delete", context)
    for table in _checked(target, operation, context):
        delete_follows(table, context)


def plan_change(operation: Update | Delete, context: Context) -> Relation:
    """The locks that UPDATE or DELETE takes before it meets a row. Returns the table whose rows change."""
    target = changed(operation.table, LockMode.ROW_EXCLUSIVE, context)
    if isinstance(operation, Update):
        refuse_missing_columns(operation.columns, target, context)
        refuse_in_columns(target, zip(operation.columns, operation.values, strict=False), context)
    refuse_in_columns(target, compared(_conjuncts(operation.where)), context)
    if operation.where is not None:
        context.builder.assume_rows(target.name, f"rows of {target.name} meet the condition")
    read_query(operation.query, Stage.PLANNED, context)
    _plan_target(target, context, only=operation.only, conjuncts=_conjuncts(operation.where))
    _call(operation.where, operation.query, context)
    return target


def _plan_target(
    target: Relation, context: Context, *, only: bool = False, conjuncts: tuple[Comparison, ...] = ()
) -> None:
    mode = LockMode.ACCESS_SHARE if target.kind is RelationKind.VIEW else LockMode.ROW_EXCLUSIVE
    use(target.name, mode, Stage.PLANNED, context, WRITES, only=only, conjuncts=conjuncts)


def _conjuncts(where: Expression | None) -> tuple[Comparison, ...]:
    return () if where is None else where.conjuncts


def _call(where: Expression | None, query: Query | None, context: Context) -> None:
    if where is not None:
        call_functions(where.calls, context)
        for name in where.reads:
            full = relation_there(name, context)
            use(full, LockMode.ACCESS_SHARE, Stage.PLANNED, context, "A sub-query reads it.")
    if query is not None:
        call_functions(query.calls, context)


def _record(target: Relation, change: str, operation: Update | Delete, context: Context) -> None:
    for table in _holders(target, operation, context):
        context.builder.data(table.name, change, WRITES, SOURCE)


def _holders(target: Relation, operation: Update | Delete, context: Context) -> tuple[Relation, ...]:
    if operation.only and target.kind is not RelationKind.PARTITIONED_TABLE:
        return (target,)
    below = planned_children(target, context, _conjuncts(operation.where))
    return tuple(r for r in (target, *below) if r.kind in HOLDERS)


def _checked(target: Relation, operation: Update | Delete, context: Context) -> tuple[Relation, ...]:
    """The tables whose own triggers fire. Partitions share the foreign keys of their parent."""
    if target.kind is RelationKind.PARTITIONED_TABLE:
        return (target,)
    return _holders(target, operation, context)


def _move_rows(target: Relation, operation: Update, context: Context) -> None:
    """A row that goes to another partition is deleted here and inserted there (nodeModifyTable.c,
    `ExecCrossPartitionUpdate`); up to 14 foreign keys that point at it saw only the delete."""
    context.builder.assume(f"rows of {target.name} move to other partitions")
    check_keys(target, None, context)
    if context.version < 15:
        delete_follows(target, context)
    for table in route(target, new_values(operation), context):
        context.builder.lock(table.name, LockMode.ROW_EXCLUSIVE, WRITES, "execPartition.c")


@effect_of(Merge)
def merge(operation: Merge, context: Context) -> None:
    target = plan_merge(operation, context)
    for change in sorted(set(operation.actions) - {"nothing"}):
        for table in changed_tables(target, context):
            context.builder.data(table.name, change, WRITES, SOURCE)
        fire_triggers(target, change, context)
    refuse_without_partition(target, context)
    if "delete" in operation.actions:
        delete_follows(target, context)
    if {"insert", "update"} & set(operation.actions):
        columns = frozenset(operation.columns) if operation.columns else None
        check_keys(target, columns, context)
    if "update" in operation.actions:
        update_follows(target, frozenset(operation.columns), context)
    if "insert" in operation.actions:
        for column in target.columns:
            if operation.columns and column.name not in operation.columns:
                _draw(target, column, context)


def plan_merge(operation: Merge, context: Context) -> Relation:
    versions.require(versions.MERGE, context)
    if operation.by_source:
        versions.require(versions.MERGE_BY_SOURCE, context)
    if operation.returning:
        versions.require(versions.MERGE_RETURNING, context)
    target = changed(operation.table, LockMode.ROW_EXCLUSIVE, context)
    read_query(operation.query, Stage.PLANNED, context)
    _plan_target(target, context)
    return target
