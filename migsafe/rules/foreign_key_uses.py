"""The foreign keys that a migration adds, as they stand when everything has run."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.effects.windows import Executed
from migsafe.model.definitions import ForeignKey, PrimaryKey
from migsafe.model.names import Name
from migsafe.model.operations import AddColumn, AddForeignKey, CreateTable, Operation
from migsafe.model.record import Record
from migsafe.rules.base import MigrationSituation
from migsafe.schema.objects import Column, Relation
from migsafe.schema.schema import Schema


class AddedKey(Record):
    """A foreign key and the clause that adds it; `table` is the referencing one, as the run leaves it."""

    executed: Executed
    clause: int
    table: Relation
    key: ForeignKey


def added_keys(situation: MigrationSituation) -> Iterator[AddedKey]:
    """Those that still stand in the end."""
    for executed in situation.run:
        if executed.effect is None:
            continue
        for number, operation in enumerate(executed.statement.operations):
            for name, key in _keys(operation):
                table = situation.schema.relation(name)
                if _stands(table, key, situation.schema):
                    yield AddedKey(executed, number, table, key)


def _keys(operation: Operation) -> Iterator[tuple[Name, ForeignKey]]:
    if isinstance(operation, AddForeignKey):
        yield operation.table, operation.constraint
    elif isinstance(operation, AddColumn):
        yield from ((operation.table, c) for c in operation.column.constraints if isinstance(c, ForeignKey))
    elif isinstance(operation, CreateTable):
        inline = (c for column in operation.columns for c in column.constraints)
        written = (c for c in (*inline, *operation.constraints) if isinstance(c, ForeignKey))
        yield from ((operation.table, key) for key in written)


def _stands(table: Relation, key: ForeignKey, schema: Schema) -> bool:
    """Whether the key is there in the end. A table that was dropped, or renamed, has none."""
    return any(
        isinstance(own.definition, ForeignKey)
        and own.definition.columns == key.columns
        and schema.resolve(own.definition.referenced) == schema.resolve(key.referenced)
        for own in table.foreign_keys
    )


def pairs(added: AddedKey, schema: Schema) -> Iterator[tuple[Column, Column]]:
    """The columns of the key with those that they reference, as far as both are known."""
    other = schema.relation(added.key.referenced)
    names = added.key.referenced_columns or _primary_key(other, schema)
    for own, referenced in zip(added.key.columns, names, strict=False):
        here, there = added.table.column(own), other.column(referenced)
        if here is not None and there is not None:
            yield here, there


def _primary_key(table: Relation, schema: Schema) -> tuple[str, ...]:
    for constraint in table.constraints:
        if isinstance(constraint.definition, PrimaryKey):
            index = schema.index(constraint.index) if constraint.index is not None else None
            named = tuple(e.column for e in index.elements if e.column is not None) if index is not None else ()
            return constraint.definition.columns or named
    return ()
