"""Constraints and indexes of a snapshot as the shadow schema's records."""

from __future__ import annotations

from collections.abc import Mapping

from migsafe.model.definitions import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    IndexElement,
    PrimaryKey,
    Unique,
)
from migsafe.model.expressions import Expression
from migsafe.model.names import Name
from migsafe.schema.objects import Index, TableConstraint
from migsafe.statistics.catalog import CatalogConstraint, CatalogElement, CatalogIndex
from migsafe.statistics.shadow_texts import expression, expression_of_unread

Indexes = Mapping[Name, CatalogIndex]


def table_constraint(constraint: CatalogConstraint, indexes: Indexes) -> TableConstraint:
    """The constraint; the definition of a key comes from its index."""
    return TableConstraint(
        name=constraint.name,
        definition=_definition(constraint, indexes).replace(
            deferrable=constraint.deferrable,
            initially_deferred=constraint.deferred,
            enforced=constraint.enforced,
            no_inherit=constraint.no_inherit,
        ),
        valid=constraint.valid,
        enforced=constraint.enforced,
        index=constraint.index,
        parent=constraint.parent,
        local=constraint.local,
    )


def _definition(constraint: CatalogConstraint, indexes: Indexes) -> Constraint:
    if constraint.kind == "foreign-key" and constraint.referenced is not None:
        return _foreign_key(constraint, constraint.referenced)
    if constraint.kind == "check":
        return Check(name=constraint.name, expression=expression(constraint.expression) or expression_of_unread())
    index = None if constraint.index is None else indexes.get(constraint.index)
    include = () if index is None else index.include
    if constraint.kind == "primary-key":
        return PrimaryKey(
            name=constraint.name,
            columns=_keys(constraint, include),
            include=include,
            without_overlaps=constraint.temporal,
        )
    if constraint.kind == "unique":
        return Unique(
            name=constraint.name,
            columns=_keys(constraint, include),
            include=include,
            nulls_not_distinct=index is not None and index.nulls_not_distinct,
            without_overlaps=constraint.temporal,
        )
    if constraint.kind == "exclusion":
        return _exclusion(constraint, index)
    return Constraint(name=constraint.name)


def _keys(constraint: CatalogConstraint, include: tuple[str, ...]) -> tuple[str, ...]:
    """`conkey` of a key lists the key columns alone; older servers list the included ones, too."""
    columns = constraint.columns
    return columns[: -len(include)] if include and columns[-len(include) :] == include else columns


def _foreign_key(constraint: CatalogConstraint, referenced: Name) -> ForeignKey:
    return ForeignKey(
        name=constraint.name,
        columns=constraint.columns,
        referenced=referenced,
        referenced_columns=constraint.referenced_columns,
        on_delete=constraint.on_delete,
        on_delete_columns=constraint.on_delete_columns,
        on_update=constraint.on_update,
        match=constraint.match,
        period=constraint.temporal,
        not_valid=not constraint.valid and constraint.enforced,
    )


def _exclusion(constraint: CatalogConstraint, index: CatalogIndex | None) -> Exclusion:
    return Exclusion(
        name=constraint.name,
        method="gist" if index is None else index.method,
        elements=() if index is None else tuple(map(_element, index.elements)),
        operators=constraint.operators,
        predicate=None if index is None else _predicate(index),
    )


def index_of(index: CatalogIndex) -> Index:
    return Index(
        name=index.name,
        table=index.table,
        elements=tuple(map(_element, index.elements)),
        include=index.include,
        method=index.method,
        unique=index.unique,
        predicate=_predicate(index),
        valid=index.valid,
        constraint=index.constraint,
        parent=index.parent,
        partitioned=index.partitioned,
        nulls_not_distinct=index.nulls_not_distinct,
        tablespace=index.tablespace,
    )


def _predicate(index: CatalogIndex) -> Expression | None:
    return (expression(index.predicate) or expression_of_unread()) if index.partial else None


def _element(element: CatalogElement) -> IndexElement:
    unread = None if element.column is not None else expression_of_unread()
    return IndexElement(
        column=element.column,
        expression=expression(element.expression) or unread,
        operator_class=element.operator_class,
        collation=element.collation,
        descending=element.descending,
        nulls_first=element.nulls_first,
    )
