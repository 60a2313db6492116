"""Whether what a migration takes away stays guaranteed, by what stands beside it or by what the migration adds."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.definitions import Check, Constraint, Exclusion, ForeignKey, IndexElement, PrimaryKey, Unique
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddCheck,
    AddExclusion,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    SetNotNull,
    TableAction,
)
from migsafe.rules.base import StatementSituation
from migsafe.rules.elsewhere import anywhere, on
from migsafe.schema.objects import Relation
from migsafe.schema.schema import Schema


def key_columns(constraint: Constraint, relation: Relation, schema: Schema) -> tuple[str, ...]:
    """The columns that a constraint is about; empty when nothing tells."""
    match constraint:
        case Unique() | PrimaryKey():
            return constraint.columns or _of_index(constraint.using_index, relation, schema)
        case ForeignKey():
            return constraint.columns
        case Check():
            return constraint.expression.columns
        case Exclusion():
            return tuple(element.column for element in constraint.elements if element.column is not None)
    return ()


def _of_index(name: str | None, relation: Relation, schema: Schema) -> tuple[str, ...]:
    index = schema.index(Name(relation.name.schema, name)) if name is not None else None
    return () if index is None else tuple(e.column for e in index.elements if e.column is not None)


def is_replaced(constraint: Constraint, table: Name, situation: StatementSituation) -> bool:
    """Whether the migration adds a constraint of the same kind on the same columns, or an index as unique as it."""
    relation, schema = situation.schema.relation(table), situation.schema
    columns = frozenset(key_columns(constraint, relation, schema))
    if isinstance(constraint, Unique | PrimaryKey):
        return is_unique_besides(columns, table, situation, besides=constraint.name)
    added = _added(table, situation)
    if any(type(c) is type(constraint) and _meets(c, columns, relation, schema) for c in added):
        return True
    not_null = {op.column for op in on(table, anywhere(situation, SetNotNull), situation)}
    not_null |= {op.constraint.column for op in on(table, anywhere(situation, AddNotNull), situation)}
    return isinstance(constraint, Check) and bool(columns) and columns <= not_null


def _added(table: Name, situation: StatementSituation) -> Iterator[Constraint]:
    """The constraints that the migration adds to the table."""
    for action in on(table, anywhere(situation, TableAction), situation):
        if isinstance(action, AddCheck | AddExclusion | AddForeignKey | AddPrimaryKey | AddUnique):
            yield action.constraint


def _meets(other: Constraint, columns: frozenset[str], relation: Relation, schema: Schema) -> bool:
    found = frozenset(key_columns(other, relation, schema))
    return found == columns or (isinstance(other, Check) and not found.isdisjoint(columns))


def is_unique_besides(
    columns: frozenset[str], table: Name, situation: StatementSituation, *, besides: str | None
) -> bool:
    """Whether another unique index or constraint holds, or will hold, exactly these columns."""
    schema = situation.schema
    held = (i for i in schema.indexes_of(table) if i.unique and i.predicate is None and i.name.name != besides)
    if any(_columns(index.elements) == columns for index in held):
        return True
    return any(found == columns for found in _added_keys(table, situation))


def _added_keys(table: Name, situation: StatementSituation) -> Iterator[frozenset[str]]:
    relation, schema = situation.schema.relation(table), situation.schema
    for constraint in _added(table, situation):
        if isinstance(constraint, Unique | PrimaryKey):
            yield frozenset(key_columns(constraint, relation, schema))
    for create in anywhere(situation, CreateIndex):
        if create.unique and create.predicate is None and schema.resolve(create.table) == table:
            yield _columns(create.elements)


def _columns(elements: tuple[IndexElement, ...]) -> frozenset[str]:
    return frozenset(element.column or (element.expression.sql if element.expression else "") for element in elements)
