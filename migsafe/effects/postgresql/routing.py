"""To which partitions rows go, as far as the text tells (execPartition.c, `ExecFindPartition`)."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.pruning import partitions_left
from migsafe.model.expressions import Comparison
from migsafe.model.locks import RelationKind
from migsafe.model.operations import Update
from migsafe.schema.objects import Relation

HOLDERS = frozenset({RelationKind.TABLE, RelationKind.FOREIGN_TABLE})


def route(table: Relation, conditions: tuple[Comparison, ...], context: Context) -> tuple[Relation, ...]:
    """The partitions at every level that rows with these values may go to."""
    found: list[Relation] = []
    for partition in partitions_left(context.schema, table, conditions):
        found.append(partition)
        if partition.kind is RelationKind.PARTITIONED_TABLE:
            found.extend(route(partition, conditions, context))
    return tuple(found)


def destination(target: Relation, operation: Update, context: Context) -> Relation | None:
    """The partition of the new key, when the whole key is set to constants."""
    key = () if target.partition_by is None else tuple(element.column for element in target.partition_by.elements)
    conditions = new_values(operation)
    if not key or not set(key) <= {condition.column for condition in conditions}:
        return None  # an expression, which is a key without a column, is in no condition
    leaves = tuple(t for t in route(target, conditions, context) if t.kind in HOLDERS)
    return leaves[0] if len(leaves) == 1 else None


def new_values(operation: Update) -> tuple[Comparison, ...]:
    """The constants that UPDATE sets, as conditions on the rows that it leaves."""
    pairs = zip(operation.columns, operation.values, strict=False)
    return tuple(Comparison(column, "=", value) for column, value in pairs if value is not None)


def moves_rows(target: Relation, columns: frozenset[str]) -> bool:
    """Whether the UPDATE changes the key of the partitioning, so that rows may have to move."""
    if target.partition_by is None:
        return False
    return bool(columns & {element.column for element in target.partition_by.elements})
