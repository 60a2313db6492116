"""What a database has, table by table, as lines: by the server's own catalogs, and by a shadow schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from migsafe.model.definitions import Check, Exclusion, ForeignKey, PrimaryKey, Unique
from migsafe.model.expressions import TypeName
from migsafe.model.locks import RelationKind
from migsafe.schema.objects import Column, Relation, TableConstraint
from migsafe.schema.schema import Schema

Facts = dict[str, list[str]]

_COLUMNS = """
SELECT c.relname, a.attname, CASE WHEN t.typcategory = 'A' THEN e.typname ELSE t.typname END,
       format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef, a.attidentity::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
     LEFT JOIN pg_type e ON e.oid = t.typelem
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
_CONSTRAINTS = """
SELECT c.relname, k.conname, k.contype::text, k.convalidated,
       array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, at)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY at)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND k.contype <> 'n'
"""
_INDEXES = """
SELECT c.relname, x.relname, i.indisunique,
       array(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY u(n, at)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n ORDER BY at)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
"""


def of_server(connection: Any) -> Facts:
    """By a connection of Django's."""
    found: Facts = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, name, kind, shown, required, default, identity in cursor.fetchall():
            found.setdefault(table, []).append(_column(name, _type(kind, shown), required, default or identity))
        cursor.execute(_CONSTRAINTS)
        for table, name, kind, valid, columns in cursor.fetchall():
            found.setdefault(table, []).append(_constraint(name, kind, valid, () if kind == "c" else columns))
        cursor.execute(_INDEXES)
        for table, name, unique, columns in cursor.fetchall():
            found.setdefault(table, []).append(_index(name, unique, columns))
    return {table: sorted(lines) for table, lines in found.items()}


def of_schema(schema: Schema) -> tuple[Facts, list[str]]:
    """By a shadow schema: the tables that it knows, and which of them are in doubt."""
    tables = [r for r in schema.relations.values() if r.known and r.kind is RelationKind.TABLE]
    doubted = [relation.name.name for relation in tables if not relation.complete]
    return {relation.name.name: sorted(_lines(relation, schema)) for relation in tables}, doubted


def _lines(relation: Relation, schema: Schema) -> Iterator[str]:
    for column in relation.columns:
        yield _column(column.name, _shown(column.type), column.not_null, _has_default(column))
    for constraint in relation.constraints:
        yield _constraint(constraint.name, _kind(constraint), constraint.valid, _columns(constraint))
    for index in schema.indexes_of(relation.name):
        if index.constraint is None:
            columns = [element.column for element in index.elements if element.column is not None]
            yield _index(index.name.name, index.unique, [*columns, *index.include])


def _has_default(column: Column) -> bool:
    return column.default is not None or column.identity is not None or column.generated is not None


def _kind(constraint: TableConstraint) -> str:
    kinds = {PrimaryKey: "p", Unique: "u", ForeignKey: "f", Check: "c", Exclusion: "x"}
    return kinds.get(type(constraint.definition), "?")


def _columns(constraint: TableConstraint) -> tuple[str, ...]:
    definition = constraint.definition
    return definition.columns if isinstance(definition, PrimaryKey | Unique | ForeignKey) else ()


def _type(name: str, shown: str) -> str:
    modifiers = re.search(r"\(([^)]*)\)", shown)
    return (
        f"{name}({modifiers[1]})".replace(" ", "") + "[]" * shown.count("[]")
        if modifiers
        else (name + "[]" * shown.count("[]"))
    )


def _shown(kind: TypeName | None) -> str:
    if kind is None:
        return "?"
    modifiers = f"({','.join(kind.modifiers)})" if kind.modifiers else ""
    return kind.name + modifiers + ("[]" if kind.dimensions else "")


def _column(name: str, kind: str, required: object, default: object) -> str:
    return f"column {name} {kind}{' not null' if required else ''}{' default' if default else ''}"


def _constraint(name: str, kind: str, valid: object, columns: Any) -> str:
    return f"constraint {name} {kind} ({', '.join(columns)}){'' if valid else ' not valid'}"


def _index(name: str, unique: object, columns: Any) -> str:
    return f"{'unique ' if unique else ''}index {name} ({', '.join(columns)})"
