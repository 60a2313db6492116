"""Which changes of rows are few by their form, whatever the size of the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migsafe.model.definitions import IndexElement
from migsafe.model.expressions import Comparison, Expression
from migsafe.model.names import Name
from migsafe.model.operations import Delete, Insert, Operation, Update
from migsafe.schema.schema import Schema

FEW_ROWS = 1000
"""Rows of literal VALUES that are written in milliseconds."""

_SHORT = frozenset(
    (
        # a row for each migration: the account that a migration tool keeps
        *("django_migrations", "alembic_version", "schema_migrations", "flyway_schema_history", "goose_db_version"),
        # a row for each model, or four: Django's own lists of its models (contrib.contenttypes, contrib.auth)
        *("django_content_type", "auth_permission"),
    )
)
"""Tables as long as the program that fills them, however many users it has."""


def light_clauses(operations: Sequence[Operation], schema: Schema, *, repeated: bool = False) -> frozenset[int]:
    """The numbers of the clauses that change few rows for certain. One row of each round of a loop is any number."""
    return frozenset(number for number, op in enumerate(operations) if _is_light(op, schema, repeated))


def _is_light(operation: Operation, schema: Schema, repeated: bool) -> bool:
    if isinstance(operation, Insert):
        return operation.rows is not None and operation.rows <= FEW_ROWS
    if isinstance(operation, Update | Delete) and operation.table.name in _SHORT:
        return True
    if isinstance(operation, Update | Delete) and operation.where is not None and not repeated:
        return _names_one_row(operation.table, operation.where, schema)
    return False


def _names_one_row(table: Name, where: Expression, schema: Schema) -> bool:
    """Whether constants are given for all columns of a unique index: an index look-up, not a scan."""
    given = {condition.column for condition in where.conjuncts if _is_constant(condition)}
    name = schema.resolve(table)
    keys = (_key_columns(index.elements) for index in schema.indexes_of(name) if index.unique and not index.predicate)
    return any(key and key <= given for key in keys)


def _is_constant(condition: Comparison) -> bool:
    return condition.operator in ("=", "in") and condition.value is not None


def _key_columns(elements: Iterable[IndexElement]) -> frozenset[str]:
    columns = [element.column for element in elements]
    return frozenset(c for c in columns if c is not None) if all(columns) else frozenset()
