"""What SQL of migrations before the focus has added to tables that the project's models do not tell.

The models give the tables of the base schema. `RunSQL` may have added indexes, checks, triggers, extensions beside
them: statements that only add such things, or take them away, are replayed on top. Those that change a model's table
or columns are not: `state_operations` may have told the models of it. Such a table may have more than the models say.
Tables of no model are replayed as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from django.contrib.postgres.operations import CreateExtension
from django.db import migrations
from django.db.migrations.operations.base import Operation

from migsafe.model import operations as ops
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.text import Span
from migsafe.schema.editing import edit
from migsafe.schema.origin import Origin as SchemaOrigin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from migsafe.sources.django.reading.operations import nested
from migsafe.sources.rendered import Origin, RenderedStatements

_BESIDE_MODELS = (
    *(ops.CreateIndex, ops.DropIndex, ops.AddCheck, ops.AddUnique, ops.AddExclusion, ops.DropConstraint),
    *(ops.ValidateConstraint, ops.RenameConstraint, ops.SetDefault, ops.DropDefault, ops.SetNotNull, ops.DropNotNull),
    *(ops.CreateExtension, ops.CreateFunction, ops.CreateTrigger, ops.DropTrigger, ops.CreateEnum, ops.CreateDomain),
    *(ops.CreateView, ops.CreateMaterializedView, ops.DropView),
)
_OF_OTHER_TABLES = (ops.CreateTable, ops.DropTable, ops.TableAction)
BEFORE: Final = SchemaOrigin("", in_focus=False)


def sql_of(operation: Operation) -> Iterator[str]:
    """The texts that an operation sends as they are written."""
    for inner in nested(operation):
        if isinstance(inner, CreateExtension):
            yield f'CREATE EXTENSION IF NOT EXISTS "{inner.name}"'
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


def replay_older(
    texts: Iterable[str], schema: Schema, tables: frozenset[str], names: frozenset[str] = frozenset()
) -> None:
    """Replay on a schema of these tables of models what SQL has added to them, and the tables of no model that have
    one of the `names`. What else it did to a table of a model puts the table into doubt."""
    about_it = tables | names
    for text in texts:
        if not _is_about(text, schema, about_it):
            continue
        collected = RenderedStatements()
        collected.script(text, Origin(span=Span(0, 0)))
        for statement in collected.statements:
            if statement.parent is None:
                _replay(statement, schema, tables, about_it)


def _replay(statement: Statement, schema: Schema, tables: frozenset[str], names: frozenset[str]) -> None:
    kinds = statement.operations
    if any(isinstance(each, ops.Opaque | ops.DoBlock) for each in kinds):
        doubt(schema, tables & words_of([statement.sql]))
        return
    changed = {each.table.name for each in kinds if isinstance(each, _OF_OTHER_TABLES)}
    if all(isinstance(each, _BESIDE_MODELS) for each in kinds):
        if not any(_is_there(each, schema) for each in kinds):
            advance(schema, statement, BEFORE)
    elif changed & tables:
        doubt(schema, changed & tables)
    elif changed and changed <= names:
        advance(schema, statement, BEFORE)


def doubt(schema: Schema, tables: Iterable[str]) -> None:
    """Let tables have more or less than is known of them: what is not followed may have changed them."""
    for table in sorted(tables):
        name = schema.resolve(Name(None, table))
        if schema.exists(name):
            edit(schema, name, complete=False)


def _is_about(text: str, schema: Schema, tables: frozenset[str]) -> bool:
    """Whether it may be about one of the tables, or one of their indexes, or about none."""
    words = set(_WORD.findall(text.lower()))
    if "extension" in words or not tables.isdisjoint(words):
        return True
    return "index" in words and any(schema.index(Name("public", word)) is not None for word in words)


_WORD = re.compile(r"[a-z_][a-z0-9_]*")


def _is_there(operation: ops.Operation, schema: Schema) -> bool:
    """Whether the models have told of an index already: one made by SQL, with `state_operations` that say so."""
    if not isinstance(operation, ops.CreateIndex) or operation.name is None:
        return False
    indexes = schema.indexes_of(schema.resolve(operation.table))
    return any(index.name.name == operation.name for index in indexes)
