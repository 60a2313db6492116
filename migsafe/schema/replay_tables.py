"""CREATE TABLE in all its forms, DROP TABLE, and the properties of a table as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migsafe.model import operations as ops
from migsafe.model.definitions import (
    Check,
    ColumnDef,
    Constraint,
    ForeignKey,
    LikeClause,
    NotNull,
    Persistence,
    PrimaryKey,
    Unique,
)
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.columns import build_column, create_owned_sequence, generated_not_null_name
from migsafe.schema.constraint_building import add_constraint, mark_valid, of_column
from migsafe.schema.dropping import drop_constraint, drop_relation
from migsafe.schema.editing import append_constraint, edit, learnt
from migsafe.schema.index_building import place_index, plan_like
from migsafe.schema.inheritance import attach_partition, inherit_checks, merged_columns, would_be_circular
from migsafe.schema.objects import Column, Relation
from migsafe.schema.registry import replays
from migsafe.schema.replay_data import count_rows, returns_rows
from migsafe.schema.resolve import TEMPORARY, clipped
from migsafe.schema.schema import Schema
from migsafe.schema.scope_columns import stored_query


def new_name(schema: Schema, name: Name, persistence: Persistence = Persistence.PERMANENT) -> Name:
    """Where CREATE puts a relation: the first schema of the path, or the temporary one."""
    bare = clipped(name)
    if persistence is Persistence.TEMPORARY:
        return Name(TEMPORARY, bare.name)
    return bare if bare.schema is not None else Name(schema.creation_schema, bare.name)


def stays_as_it_is(schema: Schema, name: Name, *, if_not_exists: bool) -> bool:
    """Whether CREATE finds the name taken by something that is certainly there: it fails or does nothing."""
    if if_not_exists and schema.exists(name):
        return True
    held = schema.relations.find(name)
    if held is not None:
        return held.known and held.complete
    return name in schema.indexes


def register(schema: Schema, relation: Relation) -> None:
    """Put a relation that the running migration creates into the schema."""
    creator = None if schema.origin is None else schema.origin.migration
    for index in schema.indexes_of(relation.name):  # of a table that was perhaps there before
        schema.forget(index.name)
    schema.loaded.discard(relation.name)
    schema.relations[relation.name] = relation.replace(created_by=creator, new=not relation.filled)
    schema.mark_created(relation.name)


@replays(ops.CreateTable)
def create_table(schema: Schema, operation: ops.CreateTable) -> None:
    name = new_name(schema, operation.table, operation.persistence)
    if stays_as_it_is(schema, name, if_not_exists=operation.if_not_exists):
        return
    parents = _parents(schema, operation, name)
    register(
        schema,
        Relation(
            name=name,
            kind=_kind(operation),
            complete=_all_known(schema, operation, parents),
            persistence=operation.persistence,
            inherits=() if operation.partition_of else tuple(p.name for p in parents),
            partition_by=operation.partition_by,
            of_type=operation.of_type and schema.resolve_type(operation.of_type),
            access_method=operation.access_method,
            tablespace=operation.tablespace,
        ),
    )
    edit(schema, name, columns=_columns(schema, name, operation, parents))
    for parent in parents:
        inherit_checks(schema, name, parent)
    for clause in operation.like:
        _copy_like(schema, name, clause)
    for constraint in _in_order(_written_constraints(operation)):
        add_constraint(schema, name, constraint)
    mark_valid(schema, name)
    if operation.partition_of is not None and parents:
        attach_partition(schema, parents[0].name, name, operation.bound)


def _kind(operation: ops.CreateTable) -> RelationKind:
    if operation.foreign:
        return RelationKind.FOREIGN_TABLE
    return RelationKind.TABLE if operation.partition_by is None else RelationKind.PARTITIONED_TABLE


def _all_known(schema: Schema, operation: ops.CreateTable, parents: tuple[Relation, ...]) -> bool:
    """Whether all columns are known: those of a parent, a type or a table that it is LIKE may not be."""
    sources = (*parents, *(schema.relation(clause.source) for clause in operation.like))
    typed = operation.of_type is None or schema.type_of(operation.of_type) is not None
    return typed and all(source.known and source.complete for source in sources)


def _parents(schema: Schema, operation: ops.CreateTable, name: Name) -> tuple[Relation, ...]:
    names = (operation.partition_of,) if operation.partition_of is not None else operation.inherits
    parents = (learnt(schema, parent) for parent in names)
    return tuple(parent for parent in parents if not would_be_circular(schema, parent.name, name))


def _columns(
    schema: Schema, name: Name, operation: ops.CreateTable, parents: tuple[Relation, ...]
) -> tuple[Column, ...]:
    own = [build_column(schema, name, definition) for definition in operation.columns]
    liked = [column for clause in operation.like for column in _liked_columns(schema, name, clause)]
    typed = _columns_of_type(schema, operation.of_type)
    present = {column.name for column in own}
    if operation.partition_of is not None:  # identity belongs to the partitioned table up to PostgreSQL 16
        parents = tuple(_as_partition_parent(parent) for parent in parents)
    return merged_columns(parents, (*typed, *own, *(c for c in liked if c.name not in present)))


def _as_partition_parent(parent: Relation) -> Relation:
    return parent.replace(columns=tuple(c.replace(identity=None) for c in parent.columns))


def _columns_of_type(schema: Schema, of_type: Name | None) -> tuple[Column, ...]:
    composite = None if of_type is None else schema.type_of(of_type)
    attributes = () if composite is None else composite.attributes
    return tuple(Column(name=name, type=kind) for name, kind in attributes)


def _liked_columns(schema: Schema, name: Name, clause: LikeClause) -> Iterator[Column]:
    """Names, types and NOT NULL always; the rest as INCLUDING says (transformTableLikeClause)."""
    for column in schema.relation(clause.source).columns:
        if column.identity is not None and _includes(clause, "identity"):
            create_owned_sequence(schema, name, column.name)
        yield column.replace(
            inherited=False,
            local=True,
            not_null_name=generated_not_null_name(schema, name, column.name) if column.not_null else None,
            default=column.default if _includes(clause, "defaults") else None,
            generated=column.generated if _includes(clause, "generated") else None,
            identity=column.identity if _includes(clause, "identity") else None,
            storage=column.storage if _includes(clause, "storage") else None,
            compression=column.compression if _includes(clause, "compression") else None,
        )


def _includes(clause: LikeClause, word: str) -> bool:
    return word in clause.including or "all" in clause.including


def _copy_like(schema: Schema, name: Name, clause: LikeClause) -> None:
    source = schema.relation(clause.source)
    if _includes(clause, "constraints"):
        for check in source.checks:
            if schema.relation(name).constraint(check.name) is None:
                append_constraint(schema, name, check.replace(parent=None, local=True))
    if _includes(clause, "indexes"):
        for index in schema.indexes_of(source.name):
            place_index(schema, schema.relation(name), plan_like(schema, index))


def _written_constraints(operation: ops.CreateTable) -> Iterator[Constraint]:
    """Inline and table constraints; NOT NULL of a column is part of the column already."""
    for column in operation.columns:
        yield from inline_constraints(column)
    yield from operation.constraints


def inline_constraints(column: ColumnDef) -> Iterator[Constraint]:
    """The constraints written with a column, except NOT NULL, with the column filled in."""
    for constraint in column.constraints:
        if not isinstance(constraint, NotNull):
            yield of_column(constraint, column.name)


def _in_order(constraints: Iterable[Constraint]) -> list[Constraint]:
    """As the server makes them, which decides generated names: checks, primary key, other keys, foreign keys."""
    return sorted(_without_repeated_keys(list(constraints)), key=_turn)


def _turn(constraint: Constraint) -> int:
    if isinstance(constraint, NotNull | Check):
        return 0
    if isinstance(constraint, PrimaryKey):
        return 1
    return 3 if isinstance(constraint, ForeignKey) else 2


def _without_repeated_keys(constraints: list[Constraint]) -> list[Constraint]:
    """A UNIQUE over the same columns as the primary key is dropped silently (transformIndexConstraints)."""
    primary = next((c for c in constraints if isinstance(c, PrimaryKey)), None)
    return [c for c in constraints if primary is None or not _repeats(c, primary)]


def _repeats(constraint: Constraint, primary: PrimaryKey) -> bool:
    return (
        isinstance(constraint, Unique)
        and constraint.name is None
        and (constraint.columns, constraint.include) == (primary.columns, primary.include)
        and constraint.deferrable == primary.deferrable
        and constraint.nulls_not_distinct is False
    )


@replays(ops.CreateTableAs)
def create_table_as(schema: Schema, operation: ops.CreateTableAs) -> None:
    name = new_name(schema, operation.table, operation.persistence)
    if stays_as_it_is(schema, name, if_not_exists=operation.if_not_exists):
        return
    stored = stored_query(schema, operation.scope, operation.columns)
    register(
        schema,
        Relation(
            name=name,
            persistence=operation.persistence,
            columns=stored.columns,
            complete=stored.complete,
            filled=operation.with_data,
        ),
    )
    if operation.with_data and returns_rows(schema, operation.query):
        count_rows(schema, name, 1)


@replays(ops.DropTable)
def drop_table(schema: Schema, operation: ops.DropTable) -> None:
    name = schema.resolve(operation.table)
    if operation.cascade:
        _drop_keys_to_ancestors(schema, name)
    drop_relation(schema, name)


def _drop_keys_to_ancestors(schema: Schema, partition: Name) -> None:
    """A foreign key to a partitioned table depends on each of its partitions."""
    parent = schema.relation(partition).partition_of
    while parent is not None:
        for referencing, key in schema.referencing(parent):
            drop_constraint(schema, referencing.name, key)
        parent = schema.relation(parent).partition_of
