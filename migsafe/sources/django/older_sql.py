"""What SQL of migrations before the focus has added to tables that the project's models do not tell.

The models give the tables of the base schema. `RunSQL` may have added indexes, checks, triggers, extensions beside
them: statements that only add such things, or take them away, are replayed on top. Those that change tables or
columns are not: their `state_operations` have told the models of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.db import migrations
from django.db.migrations.operations.base import Operation

from migsafe.model import operations as ops
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.text import Span
from migsafe.schema.schema import Schema
from migsafe.sources.django.operations import nested
from migsafe.sources.rendered import Origin, RenderedStatements

_BESIDE_MODELS = (
    *(ops.CreateIndex, ops.DropIndex, ops.AddCheck, ops.AddUnique, ops.AddExclusion, ops.DropConstraint),
    *(ops.ValidateConstraint, ops.RenameConstraint, ops.SetDefault, ops.DropDefault, ops.SetNotNull, ops.DropNotNull),
    *(ops.CreateExtension, ops.CreateFunction, ops.CreateTrigger, ops.DropTrigger, ops.CreateEnum, ops.CreateDomain),
)


def sql_of(operation: Operation) -> Iterator[str]:
    """The texts that an operation sends as they are written."""
    for inner in nested(operation):
        if not isinstance(inner, migrations.RunSQL):
            continue
        for item in [inner.sql] if isinstance(inner.sql, str) else inner.sql:
            yield item if isinstance(item, str) else item[0]


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """All names in some SQL, and others."""
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


def about(names: frozenset[str], older: Iterable[str]) -> frozenset[str]:
    """The names, with those in the SQL that made indexes of these names."""
    made = (text for text in older if not names.isdisjoint(_MADE.findall(text.lower())))
    return names | words_of(made)


_MADE = re.compile(r"\bindex\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?\"?([a-z_][a-z0-9_]*)")


def beside_models(texts: Iterable[str], schema: Schema, tables: frozenset[str]) -> Iterator[Statement]:
    """The statements that are to be replayed on a schema of these tables, each before the next is looked at."""
    for text in texts:
        if not _is_about(text, schema, tables):
            continue
        collected = RenderedStatements()
        collected.script(text, Origin(span=Span(0, 0)))
        yield from (one for one in collected.statements if _is_beside(one, schema))


def _is_about(text: str, schema: Schema, tables: frozenset[str]) -> bool:
    """Whether it may be about one of the tables, or one of their indexes, or about none."""
    words = set(_WORD.findall(text.lower()))
    if "extension" in words or not tables.isdisjoint(words):
        return True
    return "index" in words and any(schema.index(Name("public", word)) is not None for word in words)


_WORD = re.compile(r"[a-z_][a-z0-9_]*")


def _is_beside(statement: Statement, schema: Schema) -> bool:
    kinds = statement.operations
    if statement.parent is not None or not kinds or not all(isinstance(each, _BESIDE_MODELS) for each in kinds):
        return False
    return not any(_is_there(each, schema) for each in kinds)


def _is_there(operation: ops.Operation, schema: Schema) -> bool:
    """Whether the models have told of an index already: one made by SQL, with `state_operations` that say so."""
    if not isinstance(operation, ops.CreateIndex) or operation.name is None:
        return False
    indexes = schema.indexes_of(schema.resolve(operation.table))
    return any(index.name.name == operation.name for index in indexes)
