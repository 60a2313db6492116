"""Whom an effect concerns: relations that nobody else can be waiting for yet, partitions as parts of a table."""

from __future__ import annotations

from collections.abc import Container, Iterator

from migsafe.effects.worst import Outcome
from migsafe.model.definitions import Persistence
from migsafe.model.effects import Effect
from migsafe.model.migration import Migration, Statement
from migsafe.model.names import Name
from migsafe.model.operations import CreateMaterializedView, CreateTable, CreateTableAs, RenameRelation
from migsafe.schema.schema import Schema


def created(statement: Statement, migration: Migration, schema: Schema, unseen: Container[Name]) -> Iterator[Name]:
    """The tables and materialized views that a statement has created, or given another name to."""
    for operation in statement.operations:
        if isinstance(operation, RenameRelation):
            if schema.resolve(operation.table) in unseen:
                yield schema.resolve(operation.table._replace(name=operation.new_name))
            continue
        name = operation.view if isinstance(operation, CreateMaterializedView) else None
        if isinstance(operation, CreateTable | CreateTableAs):
            name = operation.table
        if name is not None and schema.relation(name).created_by == migration.key:
            yield schema.resolve(name)


def private(outcome: Outcome | None, schema: Schema, unseen: Container[Name]) -> frozenset[Name]:
    """The relations of an effect that nobody else can be waiting for."""
    if not isinstance(outcome, Effect):
        return frozenset()
    touched = {lock.relation for lock in outcome.locks} | {work.table for work in outcome.work}
    return frozenset(name for name in touched if _is_new(name, schema, unseen))


def locked_partitions(outcome: Outcome | None, schema: Schema) -> Iterator[tuple[Name, Name]]:
    """The partitions that an effect locks, each with the partitioned table that it belongs to in the end."""
    for lock in outcome.locks if isinstance(outcome, Effect) else ():
        root = lock.relation
        while (parent := schema.relation(root).partition_of) is not None:
            root = parent
        if root != lock.relation:
            yield lock.relation, root


def _is_new(name: Name, schema: Schema, unseen: Container[Name]) -> bool:
    """Whether a relation, or the table of an index, was created by this migration or deploy and has no rows, or by
    this transaction, or is a temporary one, which no other session sees."""
    index = schema.index(name)
    relation = schema.relation(index.table if index is not None else name)
    return relation.new or relation.name in unseen or relation.persistence is Persistence.TEMPORARY
