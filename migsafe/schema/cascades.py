"""DROP … CASCADE of objects that expressions and columns lean on: functions, collations, foreign servers.

These are rare and have no reverse map: every relation is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from migsafe.model.definitions import Check
from migsafe.model.expressions import Call, Expression
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.schema.dropping import drop_column, drop_constraint, drop_index, drop_relation
from migsafe.schema.editing import edit
from migsafe.schema.objects import Column, Index, Relation
from migsafe.schema.schema import Schema

Calls = Callable[[Iterable[Call]], bool]


def drop_uses_of_function(schema: Schema, function: Name) -> None:
    """Defaults, generated columns, checks, indexes and views that call the function."""

    def calls(made: Iterable[Call]) -> bool:
        named = (call.function for call in made if call.function.name == function.name)
        return any(schema.resolve_function(name) == function for name in named)

    for relation in tuple(schema.relations.values()):
        if relation.query is not None and calls(relation.query.calls):
            drop_relation(schema, relation.name)
        else:
            _drop_calls_of_table(schema, relation, calls)
    for index in tuple(schema.indexes.values()):
        if calls(_calls_of_index(index)):
            drop_index(schema, index.name)


def _drop_calls_of_table(schema: Schema, relation: Relation, calls: Calls) -> None:
    columns = tuple(_without_default(c) if calls(_of(c.default)) else c for c in relation.columns)
    if columns != relation.columns:
        edit(schema, relation.name, columns=columns)
    for column in relation.columns:
        if column.generated is not None and calls(column.generated.expression.calls):
            drop_column(schema, relation.name, column.name)
    for constraint in relation.checks:
        if isinstance(constraint.definition, Check) and calls(constraint.definition.expression.calls):
            drop_constraint(schema, relation.name, constraint.name)


def _without_default(column: Column) -> Column:
    return column.replace(default=None)


def _of(expression: Expression | None) -> tuple[Call, ...]:
    return () if expression is None else expression.calls


def _calls_of_index(index: Index) -> tuple[Call, ...]:
    keys = (call for element in index.elements for call in _of(element.expression))
    return (*keys, *_of(index.predicate))


def drop_uses_of_collation(schema: Schema, collation: Name) -> None:
    """The columns that have the collation."""
    for relation in tuple(schema.relations.values()):
        for column in relation.columns:
            if column.collation is not None and _may_be(column.collation, collation):
                drop_column(schema, relation.name, column.name)


def _may_be(written: Name, dropped: Name) -> bool:
    return written.name == dropped.name and (None in {written.schema, dropped.schema} or written == dropped)


def doubt_foreign_tables(schema: Schema) -> None:
    """Which foreign tables belong to a server is not recorded."""
    for relation in tuple(schema.relations.values()):
        if relation.kind is RelationKind.FOREIGN_TABLE:
            edit(schema, relation.name, complete=False)
