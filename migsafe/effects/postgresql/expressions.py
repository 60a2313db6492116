"""Which columns an object's definition names."""

from __future__ import annotations

from migsafe.model.definitions import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    IndexElement,
    NotNull,
    PrimaryKey,
    Unique,
)
from migsafe.schema.objects import Index


def element_columns(elements: tuple[IndexElement, ...]) -> frozenset[str]:
    named = {element.column for element in elements if element.column is not None}
    inside = {c for element in elements if element.expression is not None for c in element.expression.columns}
    return frozenset(named | inside)


def index_columns(index: Index) -> frozenset[str]:
    """Every column that the index depends on: keys, INCLUDE, expressions and predicate."""
    predicate = () if index.predicate is None else index.predicate.columns
    return element_columns(index.elements) | frozenset(index.include) | frozenset(predicate)


def constraint_columns(constraint: Constraint) -> frozenset[str]:
    """The columns of its own table that a constraint names."""
    if isinstance(constraint, NotNull):
        return frozenset({constraint.column})
    if isinstance(constraint, Check):
        return frozenset(constraint.expression.columns)
    if isinstance(constraint, Unique | PrimaryKey):
        return frozenset((*constraint.columns, *constraint.include))
    if isinstance(constraint, ForeignKey):
        return frozenset(constraint.columns)
    if isinstance(constraint, Exclusion):
        predicate = () if constraint.predicate is None else constraint.predicate.columns
        return element_columns(constraint.elements) | frozenset(predicate)
    return frozenset()
