"""A column's new name in everything that a relation says about the column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from migsafe.model.definitions import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    IndexElement,
    NotNull,
    PartitionKey,
    Unique,
)
from migsafe.model.definitions import PrimaryKey as PrimaryKeyDefinition
from migsafe.model.expressions import Expression
from migsafe.model.names import Name, quoted
from migsafe.model.record import KeywordRecord, Record
from migsafe.schema.objects import Column, ColumnsRead, Index, Relation, Trigger
from migsafe.text.lexer import WORD
from migsafe.text.patterns import late

_TOKEN = late(rf"""'(?:[^']|'')*'|"(?:[^"]|"")*"|{WORD}|\d[\w.]*|.""", re.DOTALL)
R = TypeVar("R", bound=Record | KeywordRecord)


def renamed_column(reads: tuple[ColumnsRead, ...], relation: Name, old: str, new: str) -> tuple[ColumnsRead, ...]:
    """What a view depends on after a column's renaming."""

    def follow(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    return tuple(
        r.replace(columns=follow(r.columns), perhaps=follow(r.perhaps)) if r.relation == relation else r for r in reads
    )


class Renamer:
    """Replaces one column name by another in records; what does not name the column is returned as it is."""

    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def name(self, column: str) -> str:
        return self.new if column == self.old else column

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self.name, columns)) if self.old in columns else columns

    def expression(self, expression: Expression) -> Expression:
        if self.old not in expression.columns:
            return expression
        cast_of = expression.cast_of_column
        return expression.replace(
            sql=self.text(expression.sql),
            columns=self.names(expression.columns),
            cast_of_column=cast_of and self.name(cast_of),
            proves_not_null=self.names(expression.proves_not_null),
            conjuncts=tuple(c._replace(column=self.name(c.column)) for c in expression.conjuncts),
        )

    def text(self, sql: str) -> str:
        """The expression's text with the identifier replaced; a function of the same name is left alone."""
        tokens = _TOKEN.findall(sql)
        return "".join(
            quoted(self.new) if self.is_column(token, tokens[at + 1 : at + 2]) else token
            for at, token in enumerate(tokens)
        )

    def is_column(self, token: str, following: list[str]) -> bool:
        if following == ["("]:
            return False
        if token.startswith('"'):
            return token[1:-1].replace('""', '"') == self.old
        return token.lower() == self.old

    def optional(self, expression: Expression | None) -> Expression | None:
        return None if expression is None else self.expression(expression)

    def element(self, element: IndexElement) -> IndexElement:
        if element.column is not None:
            return element.replace(column=self.new) if element.column == self.old else element
        changed = self.optional(element.expression)
        return element if changed is element.expression else element.replace(expression=changed)

    def elements(self, elements: Iterable[IndexElement]) -> tuple[IndexElement, ...]:
        return tuple(map(self.element, elements))

    def column(self, column: Column) -> Column:
        generated = column.generated
        if generated is not None:
            generated = generated.replace(expression=self.expression(generated.expression))
        return column.replace(name=self.name(column.name), generated=generated)

    def constraint(self, definition: Constraint) -> Constraint:
        if isinstance(definition, Check):
            return definition.replace(expression=self.expression(definition.expression))
        if isinstance(definition, NotNull):
            return definition.replace(column=self.name(definition.column))
        if isinstance(definition, ForeignKey):
            return definition.replace(columns=self.names(definition.columns))
        if isinstance(definition, Exclusion):
            predicate = self.optional(definition.predicate)
            return definition.replace(elements=self.elements(definition.elements), predicate=predicate)
        if isinstance(definition, Unique | PrimaryKeyDefinition):
            columns, include = self.names(definition.columns), self.names(definition.include)
            return definition.replace(columns=columns, include=include)
        return definition

    def index(self, index: Index) -> Index:
        return index.replace(
            elements=self.elements(index.elements),
            include=self.names(index.include),
            predicate=self.optional(index.predicate),
        )

    def trigger(self, trigger: Trigger) -> Trigger:
        if self.old not in trigger.update_columns and self.old not in trigger.when_columns:
            return trigger
        columns, when = self.names(trigger.update_columns), self.names(trigger.when_columns)
        return trigger.replace(update_columns=columns, when_columns=when)

    def partition_key(self, key: PartitionKey | None) -> PartitionKey | None:
        return None if key is None else key.replace(elements=self.elements(key.elements))

    def relation(self, relation: Relation) -> Relation:
        """The relation with the column renamed in its columns, constraints, triggers, policies and keys."""
        return relation.replace(
            columns=tuple(map(self.column, relation.columns)),
            constraints=tuple(c.replace(definition=self.constraint(c.definition)) for c in relation.constraints),
            triggers=tuple(map(self.trigger, relation.triggers)),
            policies=tuple((policy, self.names(columns)) for policy, columns in relation.policies),
            partition_by=self.partition_key(relation.partition_by),
        )
