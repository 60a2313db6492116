"""Columns from their definitions: serial and identity sequences, NOT NULL names, resolved types."""

from __future__ import annotations

from typing import Final

from migsafe.model.definitions import ColumnDef, NotNull, Persistence
from migsafe.model.expressions import Call, Expression, TypeName
from migsafe.model.locks import RelationKind
from migsafe.model.names import Name, quoted
from migsafe.schema.builtin_types import BUILTIN_TYPES
from migsafe.schema.generated_names import choose_name, truncated
from migsafe.schema.links import drawn_from
from migsafe.schema.objects import Column, Relation
from migsafe.schema.schema import Schema

SERIAL_TYPES: Final = {
    "serial": "int4",
    "serial4": "int4",
    "bigserial": "int8",
    "serial8": "int8",
    "smallserial": "int2",
    "serial2": "int2",
}


def build_column(schema: Schema, table: Name, definition: ColumnDef) -> Column:
    """The column as the server stores it; creates the sequence of a serial or identity column."""
    name = truncated(definition.name)
    serial = definition.type.name in SERIAL_TYPES and definition.type.schema is None
    default = definition.default
    if serial:
        default = next_value(create_owned_sequence(schema, table, name))
    elif definition.identity is not None:
        create_owned_sequence(schema, table, name)
    not_null = serial or definition.identity is not None or definition.not_null
    return Column(
        name=name,
        type=stored_type(schema, definition.type),
        not_null=not_null,
        not_null_valid=not any(isinstance(c, NotNull) and c.not_valid for c in definition.constraints),
        not_null_inherits=not any(isinstance(c, NotNull) and c.no_inherit for c in definition.constraints),
        not_null_name=not_null_name(schema, table, definition) if not_null else None,
        default=stored_default(schema, default),
        generated=definition.generated,
        identity=definition.identity,
        collation=definition.collation,
        storage=definition.storage,
        compression=definition.compression,
    )


def stored_type(schema: Schema, written: TypeName) -> TypeName:
    """The type with its schema when it is a known type of the user's, or the row type of a known table; serial
    becomes its integer."""
    if written.schema is not None or written.name in BUILTIN_TYPES:
        return written
    if written.name in SERIAL_TYPES:
        return written.replace(name=SERIAL_TYPES[written.name])
    known = schema.type_of(Name(None, written.name)) if schema.types else None
    if known is not None:
        return written.replace(schema=known.name.schema)
    table = schema.relations.find(schema.resolve(Name(None, written.name)))
    return written if table is None else written.replace(schema=table.name.schema)


def not_null_name(schema: Schema, table: Name, definition: ColumnDef) -> str:
    """The name of the NOT NULL constraint, which PostgreSQL 18 gives to every one."""
    given = (c.name for c in definition.constraints if isinstance(c, NotNull) and c.name)
    return next(given, None) or generated_not_null_name(schema, table, definition.name)


def generated_not_null_name(schema: Schema, table: Name, column: str) -> str:
    def taken(name: str) -> bool:
        return schema.constraint_name_taken(Name(table.schema, name))

    return choose_name(table.name, column, "not_null", taken)


def create_owned_sequence(schema: Schema, table: Name, column: str) -> Name:
    """`table_column_seq`, owned by the column (generateSerialExtraStmts)."""
    chosen = choose_name(table.name, column, "seq", lambda name: schema.name_taken(Name(table.schema, name)))
    sequence = Name(table.schema, chosen)
    owner = schema.relations.find(table)
    schema.relations[sequence] = Relation(
        name=sequence,
        kind=RelationKind.SEQUENCE,
        created_by=None if schema.origin is None else schema.origin.migration,
        new=True,
        persistence=Persistence.PERMANENT if owner is None else owner.persistence,
        owned_by=(table, column),
    )
    schema.mark_created(sequence)
    return sequence


def stored_default(schema: Schema, default: Expression | None) -> Expression | None:
    """A default that draws from a sequence keeps the sequence whatever the search path is later."""
    sequence = drawn_from(default)
    if default is None or sequence is None or sequence.schema is not None:
        return default
    return default.replace(sql=next_value(schema.resolve(sequence)).sql)


def next_value(sequence: Name) -> Expression:
    """`nextval('schema.sequence'::regclass)`."""
    shown = f"{quoted(sequence.schema or 'public')}.{quoted(sequence.name)}".replace("'", "''")
    return Expression(f"nextval('{shown}'::regclass)", calls=(Call(Name(None, "nextval"), 1),))
