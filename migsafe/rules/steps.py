"""Short forms for the steps of a remedy."""

from __future__ import annotations

from migsafe.model.definitions import PrimaryKey
from migsafe.model.expressions import Expression
from migsafe.model.findings import Batch, Slot, Step, StepTransaction
from migsafe.model.names import Name
from migsafe.model.operations import Operation
from migsafe.schema.schema import Schema
from migsafe.text.identifiers import identifier, identifiers, relation


def alone(*operations: Operation, slot: Slot = Slot.PRE_DEPLOY, note: str = "") -> Step:
    """Operations in a transaction of their own, committed before the next step."""
    return Step(operations=operations, slot=slot, note=note)


def outside(*operations: Operation, slot: Slot = Slot.PRE_DEPLOY, note: str = "") -> Step:
    """Operations that must run outside any transaction block."""
    return Step(operations=operations, transaction=StepTransaction.NONE, slot=slot, note=note)


def by_hand(note: str, slot: Slot = Slot.PRE_DEPLOY) -> Step:
    """Something that no statement does: a release, a batch job, a check."""
    return Step(note=note, slot=slot)


def fill(table: Name, column: str, value: Expression, schema: Schema) -> Step:
    """Give the rows that have no value theirs, in batches."""
    key = primary_key(table, schema)
    if not key:
        return by_hand(f"Fill {column} of the existing rows in batches, each committed.", Slot.BACKGROUND)
    empty = Expression(f"{identifier(column)} IS NULL", columns=(column,))
    return Step(batch=Batch(table=table, key=key, column=column, value=value, where=empty), slot=Slot.BACKGROUND)


def delete_all(table: Name, schema: Schema) -> Step:
    """Delete the rows of a table in batches."""
    key = primary_key(table, schema)
    if not key:
        return by_hand(f"Delete from {table} in batches, each committed.", Slot.BACKGROUND)
    return Step(batch=Batch(table=table, key=key), slot=Slot.BACKGROUND)


def look_for_duplicates(table: Name, columns: tuple[str, ...]) -> Step:
    """The query that shows which values stand in the way of a unique index. NULLs do not."""
    listed = identifiers(columns)
    present = " AND ".join(f"{identifier(column)} IS NOT NULL" for column in columns)
    query = f"SELECT {listed} FROM {relation(table)} WHERE {present} GROUP BY {listed} HAVING count(*) > 1"
    return by_hand(f"First see that this finds nothing: {query};")


def primary_key(table: Name, schema: Schema) -> tuple[str, ...]:
    """The columns of the primary key; empty when it is unknown or there is none."""
    for constraint in schema.relation(table).constraints:
        if isinstance(constraint.definition, PrimaryKey):
            index = schema.index(constraint.index) if constraint.index is not None else None
            named = tuple(e.column for e in index.elements if e.column is not None) if index is not None else ()
            return constraint.definition.columns or named
    return ()
