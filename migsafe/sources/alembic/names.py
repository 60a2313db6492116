"""The names of SQLAlchemy that a revision may use, one by one, and what each of them is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from migsafe.sources.alembic.constructs import (
    FUNCTION,
    REFUSED,
    SA,
    TYPE_CLASS,
    Maker,
    column,
    flattened,
    maker,
    metadata,
    table,
    typed,
)
from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.alembic.values import Fill, UnbuildableError, real
from migsafe.sources.interpreter import Call, Cause, Class, HostFunction, HostObject, Unknown

load()
with no_plugins():
    import sqlalchemy as sa
    from sqlalchemy import schema
    from sqlalchemy.dialects import mysql, postgresql
    from sqlalchemy.types import TypeEngine


def enum_class_names(value: object) -> Sequence[str] | None:
    """The labels of a Python enumeration of the program: the names of its members (sqlalchemy.Enum, "Using an
    Enum class")."""
    if isinstance(value, Class) and value.members is not None:
        return list(value.members)
    return None


def enumeration(kind: Callable[..., object]) -> Maker:
    """`sa.Enum(…)` and `postgresql.ENUM(…)`, of labels or of an enumeration of the program."""

    def make(call: Call) -> object:
        try:
            labels: list[object] = []
            name: object = None
            for value in call.args:
                names = enum_class_names(value)
                if isinstance(value, Class) and names is not None:
                    name = value.name.lower()
                    chosen = _values_called(call, value)
                    labels += chosen if chosen is not None else names
                else:
                    labels.append(real(value, call, Fill.NAME))
            dropped = ("values_callable", "metadata", "bind")
            kwargs = {key: real(value, call, Fill.NAME) for key, value in call.kwargs.items() if key not in dropped}
            if name is not None:
                kwargs.setdefault("name", name)
            return HostObject(SA, kind(*labels, **kwargs))
        except (UnbuildableError, *REFUSED):
            return Unknown(Cause.CALL, call.site.words)

    return make


def _values_called(call: Call, value: object) -> list[object] | None:
    if "values_callable" not in call.kwargs:
        return None
    found = call.invoke(call.kwargs["values_callable"], (value,))
    return [real(item, call, Fill.NAME) for item in found] if isinstance(found, (list, tuple)) else None


_TYPES: Final = (
    *("ARRAY", "BIGINT", "BINARY", "BLOB", "BOOLEAN", "BigInteger", "Boolean", "CHAR", "CLOB", "DATE", "DATETIME"),
    *("DECIMAL", "DOUBLE", "DOUBLE_PRECISION", "Date", "DateTime", "Double", "FLOAT", "Float", "INT", "INTEGER"),
    *("Integer", "Interval", "JSON", "LargeBinary", "NCHAR", "NUMERIC", "NVARCHAR", "Numeric", "PickleType", "REAL"),
    *(
        "SMALLINT",
        "SmallInteger",
        "String",
        "TEXT",
        "TIME",
        "TIMESTAMP",
        "Text",
        "Time",
        "TupleType",
        "UUID",
        "Unicode",
    ),
    *("UnicodeText", "Uuid", "VARBINARY", "VARCHAR"),
)
_POSTGRESQL_TYPES: Final = (
    *("ARRAY", "BIGINT", "BIT", "BOOLEAN", "BYTEA", "CHAR", "CIDR", "CITEXT", "DATE", "DATEMULTIRANGE", "DATERANGE"),
    *("DOUBLE_PRECISION", "FLOAT", "HSTORE", "INET", "INT4MULTIRANGE", "INT4RANGE", "INT8MULTIRANGE", "INT8RANGE"),
    *("INTEGER", "INTERVAL", "JSON", "JSONB", "JSONPATH", "MACADDR", "MACADDR8", "MONEY", "NUMERIC", "NUMMULTIRANGE"),
    *("NUMRANGE", "OID", "REAL", "REGCLASS", "REGCONFIG", "SMALLINT", "TEXT", "TIME", "TIMESTAMP", "TSMULTIRANGE"),
    *("TSQUERY", "TSRANGE", "TSTZMULTIRANGE", "TSTZRANGE", "TSVECTOR", "UUID", "VARCHAR"),
)
_MYSQL_TYPES: Final = (
    *(
        "BIGINT",
        "BINARY",
        "BIT",
        "BLOB",
        "BOOLEAN",
        "CHAR",
        "DATE",
        "DATETIME",
        "DECIMAL",
        "DOUBLE",
        "FLOAT",
        "INTEGER",
    ),
    *("JSON", "LONGBLOB", "LONGTEXT", "MEDIUMBLOB", "MEDIUMINT", "MEDIUMTEXT", "NCHAR", "NUMERIC", "NVARCHAR", "REAL"),
    *(
        "SET",
        "SMALLINT",
        "TEXT",
        "TIME",
        "TIMESTAMP",
        "TINYBLOB",
        "TINYINT",
        "TINYTEXT",
        "VARBINARY",
        "VARCHAR",
        "YEAR",
    ),
)
_EXPRESSIONS: Final = (
    *("all_", "and_", "any_", "asc", "between", "bindparam", "cast", "collate", "column", "delete", "desc", "distinct"),
    *("except_", "exists", "extract", "false", "insert", "intersect", "join", "lateral", "literal", "literal_column"),
    *("not_", "null", "nulls_first", "nulls_last", "nullsfirst", "nullslast", "or_", "outerjoin", "over", "table"),
    *("true", "tuple_", "type_coerce", "union", "union_all", "update", "values", "within_group", "alias", "text"),
)
_SCHEMA: Final = ("CheckConstraint", "Computed", "DDL", "ForeignKey", "ForeignKeyConstraint", "Identity", "Index")
_MORE_SCHEMA: Final = ("PrimaryKeyConstraint", "Sequence", "UniqueConstraint", "FetchedValue", "DefaultClause")
_DDL: Final = ("AddConstraint", "CreateIndex", "CreateSchema", "CreateSequence", "CreateTable", "DropConstraint")
_MORE_DDL: Final = ("DropIndex", "DropSchema", "DropSequence", "DropTable")


def types(module: object, names: Iterable[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in names:
        kind = getattr(module, name, None)
        if isinstance(kind, type) and issubclass(kind, TypeEngine):
            found[name] = HostObject(TYPE_CLASS, kind)
    return found


def _named(module: object, names: Iterable[str], fill: Fill, drop: Iterable[str] = ()) -> dict[str, object]:
    return {
        name: HostFunction(name, maker(getattr(module, name), fill, drop)) for name in names if hasattr(module, name)
    }


_COMMON: Final[dict[str, object]] = {
    "Column": HostFunction("Column", column),
    "Table": HostFunction("Table", table),
    "MetaData": HostFunction("MetaData", metadata),
    "func": HostObject(FUNCTION, ()),
    "select": HostFunction("select", flattened(sa.select)),
    "case": HostFunction("case", flattened(sa.case)),
    "Enum": HostFunction("Enum", enumeration(sa.Enum)),
    **types(sa, _TYPES),
    **_named(sa, _EXPRESSIONS, Fill.EXPRESSION),
    "column": HostFunction("column", typed(sa.column)),
    "cast": HostFunction("cast", typed(sa.cast)),
    "type_coerce": HostFunction("type_coerce", typed(sa.type_coerce)),
    **_named(schema, (*_SCHEMA, *_MORE_SCHEMA, *_DDL, *_MORE_DDL), Fill.NAME, drop=("info",)),
}
COMMON: Final[Mapping[str, object]] = _COMMON
POSTGRESQL: Final[Mapping[str, object]] = {
    **types(postgresql, _POSTGRESQL_TYPES),
    "ENUM": HostFunction("ENUM", enumeration(postgresql.ENUM)),
    **_named(postgresql, ("ExcludeConstraint", "Range"), Fill.NAME),
    **_named(
        postgresql, ("array", "insert", "aggregate_order_by", "hstore", "array_agg", "to_tsvector"), Fill.EXPRESSION
    ),
}
MYSQL: Final[Mapping[str, object]] = {
    **types(mysql, _MYSQL_TYPES),
    "ENUM": HostFunction("ENUM", enumeration(mysql.ENUM)),
}
