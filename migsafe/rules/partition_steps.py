"""The steps that bring a table into a partitioned one without reading it under a lock: what several rules propose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from migsafe.model.definitions import Check, IndexElement, PartitionBound, PartitionKey, PrimaryKey, Unique
from migsafe.model.expressions import Expression
from migsafe.model.findings import Remedy, Step
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AttachIndexPartition,
    AttachPartition,
    CreateIndex,
    DropConstraint,
    ValidateConstraint,
)
from migsafe.rules.constraint_names import index_name
from migsafe.rules.constraint_steps import primary_key_steps, unique_steps
from migsafe.rules.steps import alone, by_hand, outside
from migsafe.schema.objects import Index
from migsafe.schema.schema import RelationKind, Schema
from migsafe.text.identifiers import identifier


def bound_as_check(key: PartitionKey | None, bound: PartitionBound) -> Expression | None:
    """The condition that a partition's rows fulfil, which ATTACH takes as the proof (partbounds.c,
    `get_qual_from_partbound`); None for bounds that are not of one column, or of no known one."""
    names = [element.column for element in key.elements] if key is not None else []
    if key is None or bound.default or len(names) != 1 or names[0] is None:
        return None
    column = identifier(names[0])
    if key.strategy == "range":
        limits = [f"{column} >= {value}" for value in bound.lower if value is not None]
        limits += [f"{column} < {value}" for value in bound.upper if value is not None]
    elif key.strategy == "list" and bound.values and "null" not in (value.lower() for value in bound.values):
        limits = [f"{column} IN ({', '.join(bound.values)})"]
    else:
        return None
    sql = " AND ".join([f"{column} IS NOT NULL", *limits])
    return Expression(sql, columns=(names[0],), proves_not_null=(names[0],))


def prepared_attach(operation: AttachPartition, schema: Schema, version: int, *, bound_unproved: bool) -> list[Step]:
    """ATTACH behind a CHECK that proves its bound, and with the indexes that it would have to build."""
    parent = schema.relation(operation.table)
    indexes = [step for index in schema.indexes_of(parent.name) for step in _index(index, operation, schema, version)]
    if not bound_unproved:
        return [*indexes, alone(operation)]
    condition = bound_as_check(parent.partition_by, operation.bound)
    if condition is None:
        prove = by_hand(
            f"Add a CHECK with the bound (and IS NOT NULL) to {operation.partition} NOT VALID, VALIDATE it."
        )
        return [prove, *indexes, by_hand(f"Then attach {operation.partition}, and drop the CHECK.")]
    table, name = operation.partition, f"{operation.partition.name}_bound"
    check = Check(name=name, expression=condition, not_valid=True)
    return [
        alone(AddCheck(table=table, constraint=check)),
        alone(ValidateConstraint(table=table, name=name)),
        *indexes,
        alone(operation),
        alone(DropConstraint(table=table, name=name)),
    ]


def _index(index: Index, operation: AttachPartition, schema: Schema, version: int) -> Iterator[Step]:
    """What the partition needs so that ATTACH finds its like of an index, if it has none."""
    if any(_alike(index, own) for own in schema.indexes_of(schema.resolve(operation.partition))):
        return
    table = operation.partition
    constraint = schema.relation(operation.table).constraint(index.constraint or "")
    match constraint.definition if constraint is not None else None:
        case PrimaryKey() as key:
            yield from primary_key_steps(table, _unnamed(key), schema, version)
        case Unique() as unique:
            yield from unique_steps(table, _unnamed(unique), schema)
        case None:
            yield outside(index_like(index, table, schema))


Key = TypeVar("Key", PrimaryKey, Unique)


def _unnamed(key: Key) -> Key:
    return key.replace(name=None)


def _alike(index: Index, own: Index) -> bool:
    """Whether ATTACH would take the partition's own index (indexcmds.c, `CompareIndexInfo`)."""
    same = (index.method, index.unique, _shape(index.elements)) == (own.method, own.unique, _shape(own.elements))
    return same and (index.predicate is None) == (own.predicate is None) and own.valid


def _shape(elements: tuple[IndexElement, ...]) -> tuple[str | None, ...]:
    return tuple(e.column if e.column is not None else e.expression.sql if e.expression else None for e in elements)


def index_like(index: Index, table: Name, schema: Schema) -> CreateIndex:
    """The same index on another table, built concurrently."""
    return CreateIndex(
        table=table,
        name=index_name(table, index.elements, index.include, schema),
        elements=index.elements,
        include=index.include,
        method=index.method,
        unique=index.unique,
        nulls_not_distinct=index.nulls_not_distinct,
        predicate=index.predicate,
        concurrently=True,
    )


def index_on_partitions(operation: CreateIndex, schema: Schema) -> Remedy:
    """CONCURRENTLY is refused on a partitioned table: an empty index there, then one for each partition."""
    advice = "Create the index on the partitioned table only, build it on each partition concurrently, and attach."
    name = operation.name or index_name(operation.table, operation.elements, operation.include, schema)
    parent = Name(operation.table.schema, name)
    partitions = schema.partitions_of(operation.table)
    empty = alone(operation.replace(name=name, only=True, concurrently=False))
    if not partitions or any(p.kind is RelationKind.PARTITIONED_TABLE for p in partitions):
        each = by_hand(f"For each partition: CREATE INDEX CONCURRENTLY, then ALTER INDEX {name} ATTACH PARTITION.")
        return Remedy(advice, (empty, each))
    steps = [empty]
    for partition in partitions:
        own = index_name(partition.name, operation.elements, operation.include, schema)
        build = operation.replace(table=partition.name, name=own, concurrently=True, only=False)
        attach = AttachIndexPartition(table=parent, keyword="index", partition=Name(partition.name.schema, own))
        steps += [outside(build), alone(attach)]
    return Remedy(advice, tuple(steps))
