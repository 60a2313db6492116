"""Django's PostgreSQL backend without a server.

The schema editor asks a database for few things while it collects SQL: the server's version, the names of a table's
constraints, the sequences that a table owns, whether an extension exists, whether a collation is deterministic
(django/db/backends/base/schema.py, `_constraint_names`; django/db/backends/postgresql/schema.py,
`_get_sequence_name`, `_is_collation_deterministic`; django/contrib/postgres/operations.py, `extension_exists`). All
are answered by a catalog; any other question raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from django.db import models
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLWrapper
from django.db.backends.postgresql.introspection import DatabaseIntrospection as PostgreSQLIntrospection
from django.db.backends.postgresql.operations import DatabaseOperations as PostgreSQLOperations
from django.db.backends.postgresql.schema import DatabaseSchemaEditor as PostgreSQLSchemaEditor
from psycopg.sql import quote

from migsafe.sources.django.editor.catalog import Catalog, ConstraintFacts
from migsafe.sources.django.editor.opaque import (
    UNKNOWN_VALUE,
    Unknown,
    changing_default,
    is_set_by_clock,
    unknown_default,
)
from migsafe.sources.django.editor.spatial import SpatialEditor


class AsksTheDatabaseError(Exception):
    """An operation wants to read from the database, which is not there."""


class OfflineCursor:
    """Answers the questions above; the rows of the last one are kept until they are fetched."""

    connection = None

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._rows: list[tuple[object, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def execute(self, sql: str, parameters: Sequence[object] | None = None) -> None:
        if "FROM pg_extension" in sql and parameters:
            self._rows = [(1,)] if self._catalog.has_extension(str(parameters[0])) else []
            return
        for words, rows in _ANSWERS:
            if words in sql:
                self._rows = list(rows)
                return
        raise AsksTheDatabaseError(" ".join(sql.split())[:80])

    def fetchone(self) -> tuple[object, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[tuple[object, ...]]:
        rows, self._rows = self._rows, []
        return rows

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        return iter(self.fetchall())


_ANSWERS: tuple[tuple[str, tuple[tuple[object, ...], ...]], ...] = (
    ("SELECT collisdeterministic", ((True,),)),
    ("typname = 'hstore'", ()),
    ("typname = 'citext'", ()),
    ("FROM pg_type", ()),
)


class DatabaseIntrospection(PostgreSQLIntrospection):
    """The part of the introspection that the schema editor uses, from the catalog."""

    def get_constraints(self, cursor: OfflineCursor, table_name: str) -> dict[str, dict[str, object]]:  # noqa: ARG002  # Django's signature
        return {name: _as_dict(facts) for name, facts in self._catalog.constraints(table_name)}

    def get_sequences(
        self,
        cursor: OfflineCursor,  # noqa: ARG002  # Django's signature
        table_name: str,
        table_fields: Sequence[object] = (),  # noqa: ARG002  # Django's signature
    ) -> list[dict[str, object]]:
        owned = self._catalog.sequences(table_name)
        return [{"name": name, "table": table_name, "column": column} for name, column in owned]

    @property
    def _catalog(self) -> Catalog:
        catalog: Catalog = self.connection.catalog
        return catalog


def _as_dict(facts: ConstraintFacts) -> dict[str, object]:
    """As `DatabaseIntrospection.get_constraints` of Django's PostgreSQL backend returns it."""
    return {
        "columns": list(facts.columns),
        "primary_key": facts.primary_key,
        "unique": facts.unique,
        "foreign_key": facts.foreign_key,
        "check": facts.check,
        "index": facts.index,
        "type": facts.method,
        "definition": None,
        "options": None,
    }


class DatabaseOperations(PostgreSQLOperations):
    """Writes parameters into a statement without the connection that Django's own way borrows for it."""

    def compose_sql(self, sql: str, params: Sequence[object] | None) -> str:
        return sql % tuple(quoted(value) for value in params) if params else sql


def quoted(value: object) -> str:
    """A value as a literal; one that is not known as a literal that shows it."""
    if isinstance(value, Unknown):
        return f"'{UNKNOWN_VALUE}'"
    if isinstance(value, dict):  # of an HStoreField: psycopg learns the type from a database that has it
        return str(quote(", ".join(f'"{key}"=>"{item}"' for key, item in value.items()))) + "::hstore"
    return str(quote(value))


_COMPUTED = (unknown_default, changing_default)


Fields = tuple[str, ...]


class SchemaEditor(SpatialEditor, PostgreSQLSchemaEditor):
    """Django's editor, to which a default that the file computes is a value like any other, and which goes through
    sets in order: Django's own takes `unique_together` in the order of hashes, another one in each process."""

    def table_sql(self, model: type[models.Model]) -> tuple[str | None, list[object] | None]:
        model._meta.unique_together = tuple(sorted(model._meta.unique_together))  # noqa: SLF001  # a documented option
        found: tuple[str | None, list[object] | None] = super().table_sql(model)
        return found

    def alter_unique_together(self, model: type[models.Model], old: Iterable[Fields], new: Iterable[Fields]) -> None:
        for gone, made in _one_by_one(old, new):
            super().alter_unique_together(model, gone, made)

    def alter_index_together(self, model: type[models.Model], old: Iterable[Fields], new: Iterable[Fields]) -> None:
        for gone, made in _one_by_one(old, new):
            super().alter_index_together(model, gone, made)

    def alter_field(
        self, model: type[models.Model], old_field: models.Field, new_field: models.Field, strict: bool = False
    ) -> None:
        if not (self._has_no_column(old_field) and self._has_no_column(new_field)):
            super().alter_field(model, old_field, new_field, strict)

    def _has_no_column(self, field: models.Field) -> bool:
        """Whether it is a library's manager: the library gives it relations that Django leaves alone."""
        return field.remote_field is None and field.db_parameters(self.connection)["type"] is None

    def effective_default(self, field: models.Field) -> object:
        if is_set_by_clock(field):
            return changing_default()
        if field.default in _COMPUTED:
            return field.default()
        if isinstance(field.default, Unknown):
            return field.default
        return super().effective_default(field)

    def quote_value(self, value: object) -> str:
        return quoted(value)


def _one_by_one(old: Iterable[Fields], new: Iterable[Fields]) -> Iterator[tuple[list[Fields], list[Fields]]]:
    """What is only in the old set, then what is only in the new one."""
    before, after = set(map(tuple, old)), set(map(tuple, new))
    yield from (([fields], []) for fields in sorted(before - after))
    yield from (([], [fields]) for fields in sorted(after - before))


class DatabaseWrapper(PostgreSQLWrapper):
    """`catalog` and `server_version` are set by the renderer before each migration."""

    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations
    SchemaEditorClass = SchemaEditor
    catalog: Catalog
    server_version = 18

    @property
    def pg_version(self) -> int:
        return self.server_version * 10000

    def cursor(self) -> OfflineCursor:
        return OfflineCursor(self.catalog)

    def connect(self) -> None:
        raise AsksTheDatabaseError("a connection")

    ensure_connection = connect
