"""Columns, constraints, types and index elements as SQL for PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migsafe.model.definitions import (
    Check,
    ColumnDef,
    Constraint,
    Exclusion,
    ForeignKey,
    IndexElement,
    NotNull,
    PartitionBound,
    PrimaryKey,
    Unique,
)
from migsafe.model.expressions import TypeName
from migsafe.model.names import quoted_type
from migsafe.text.identifiers import identifier, identifiers, relation

# The catalog's names that no manual uses, as people write them (format_type in the server's format_type.c).
_SPOKEN = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "bpchar": "char",
}
_TIMES = {
    "timestamptz": ("timestamp", " with time zone"),
    "timetz": ("time", " with time zone"),
}


def type_name(name: TypeName) -> str:
    """A type as people write it: `varchar(20)`, `timestamp(3) with time zone`, `integer[]`."""
    base, suffix = _TIMES.get(name.name, (_SPOKEN.get(name.name, ""), ""))
    if name.schema is not None or not base:
        base, suffix = _bare(name), ""
    modifiers = f"({', '.join(name.modifiers)})" if name.modifiers else ""
    shown = "timestamptz" if (suffix and not modifiers and base == "timestamp") else f"{base}{modifiers}{suffix}"
    return shown + "[]" * name.dimensions


def _bare(name: TypeName) -> str:
    own = quoted_type(name.name)
    return own if name.schema is None else f"{identifier(name.schema)}.{own}"


def column(definition: ColumnDef) -> str:
    """A column as in ADD COLUMN and CREATE TABLE."""
    return " ".join((identifier(definition.name), type_name(definition.type), *_attributes(definition)))


def _attributes(definition: ColumnDef) -> Iterator[str]:
    if definition.collation is not None:
        yield f"COLLATE {relation(definition.collation)}"
    if definition.default is not None:
        yield f"DEFAULT {definition.default.sql}"
    if definition.generated is not None:
        kind = str(definition.generated.kind).upper()
        yield f"GENERATED ALWAYS AS ({definition.generated.expression.sql}) {kind}"
    if definition.identity is not None:
        yield f"GENERATED {definition.identity.upper()} AS IDENTITY"
    for inline in definition.constraints:
        yield constraint(inline, inline=True)


def constraint(definition: Constraint, *, inline: bool = False) -> str:
    """A constraint as a table constraint, or as one written behind a column."""
    name = f"CONSTRAINT {identifier(definition.name)} " if definition.name else ""
    body = _INLINE[type(definition)](definition) if inline else _TABLE[type(definition)](definition)
    return name + body + "".join(_state(definition))


def _state(definition: Constraint) -> Iterator[str]:
    if definition.deferrable:
        yield " DEFERRABLE"
    if definition.initially_deferred:
        yield " INITIALLY DEFERRED"
    if definition.no_inherit:
        yield " NO INHERIT"
    if not definition.enforced:
        yield " NOT ENFORCED"
    if definition.not_valid:
        yield " NOT VALID"


def _check(definition: Constraint) -> str:
    assert isinstance(definition, Check)
    return f"CHECK ({definition.expression.sql})"


def _not_null(definition: Constraint) -> str:
    assert isinstance(definition, NotNull)
    return f"NOT NULL {identifier(definition.column)}"


def _unique(definition: Constraint) -> str:
    assert isinstance(definition, Unique)
    if definition.using_index is not None:
        return f"UNIQUE USING INDEX {identifier(definition.using_index)}"
    nulls = " NULLS NOT DISTINCT" if definition.nulls_not_distinct else ""
    return f"UNIQUE{nulls} ({_key(definition)}){_include(definition.include)}"


def _primary_key(definition: Constraint) -> str:
    assert isinstance(definition, PrimaryKey)
    if definition.using_index is not None:
        return f"PRIMARY KEY USING INDEX {identifier(definition.using_index)}"
    return f"PRIMARY KEY ({_key(definition)}){_include(definition.include)}"


def _key(definition: Unique | PrimaryKey) -> str:
    overlaps = " WITHOUT OVERLAPS" if definition.without_overlaps else ""
    return identifiers(definition.columns) + overlaps


def _include(columns: tuple[str, ...]) -> str:
    return f" INCLUDE ({identifiers(columns)})" if columns else ""


def _foreign_key(definition: Constraint) -> str:
    assert isinstance(definition, ForeignKey)
    return f"FOREIGN KEY ({identifiers(definition.columns)}) {_references(definition)}"


def _references(definition: Constraint) -> str:
    assert isinstance(definition, ForeignKey)
    columns = f" ({identifiers(definition.referenced_columns)})" if definition.referenced_columns else ""
    return f"REFERENCES {relation(definition.referenced)}{columns}{''.join(_actions(definition))}"


def _actions(definition: ForeignKey) -> Iterator[str]:
    if definition.match != "simple":
        yield f" MATCH {definition.match.upper()}"
    if definition.on_delete != "no action":
        yield f" ON DELETE {definition.on_delete.upper()}"
    if definition.on_update != "no action":
        yield f" ON UPDATE {definition.on_update.upper()}"


def _exclusion(definition: Constraint) -> str:
    assert isinstance(definition, Exclusion)
    pairs = zip(definition.elements, definition.operators, strict=True)
    elements = ", ".join(f"{element(e)} WITH {operator}" for e, operator in pairs)
    where = f" WHERE ({definition.predicate.sql})" if definition.predicate is not None else ""
    return f"EXCLUDE USING {identifier(definition.method)} ({elements}){where}"


def bound(definition: PartitionBound) -> str:
    """Which rows a partition takes: DEFAULT, or FOR VALUES."""
    if definition.default:
        return "DEFAULT"
    if definition.modulus is not None:
        return f"FOR VALUES WITH (MODULUS {definition.modulus}, REMAINDER {definition.remainder})"
    if definition.values:
        return f"FOR VALUES IN ({', '.join(definition.values)})"
    lower = ", ".join("MINVALUE" if value is None else value for value in definition.lower)
    upper = ", ".join("MAXVALUE" if value is None else value for value in definition.upper)
    return f"FOR VALUES FROM ({lower}) TO ({upper})"


def element(key: IndexElement) -> str:
    """One key of an index."""
    shown = identifier(key.column) if key.column is not None else f"({key.expression.sql if key.expression else ''})"
    return shown + "".join(_order(key))


def _order(key: IndexElement) -> Iterator[str]:
    if key.collation is not None:
        yield f" COLLATE {relation(key.collation)}"
    if key.operator_class is not None:
        yield f" {relation(key.operator_class)}"
    if key.descending:
        yield " DESC"
    if key.nulls_first is not None and key.nulls_first != key.descending:
        yield " NULLS FIRST" if key.nulls_first else " NULLS LAST"


_TABLE: dict[type[Constraint], Callable[[Constraint], str]] = {
    Check: _check,
    NotNull: _not_null,
    Unique: _unique,
    PrimaryKey: _primary_key,
    ForeignKey: _foreign_key,
    Exclusion: _exclusion,
}
_INLINE: dict[type[Constraint], Callable[[Constraint], str]] = {
    **_TABLE,
    NotNull: lambda _: "NOT NULL",
    Unique: lambda _: "UNIQUE",
    PrimaryKey: lambda _: "PRIMARY KEY",
    ForeignKey: _references,
}
