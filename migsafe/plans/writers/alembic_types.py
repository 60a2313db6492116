"""PostgreSQL's types as SQLAlchemy's: only those for which SQLAlchemy renders exactly that type again."""

from __future__ import annotations

from migsafe.model.expressions import TypeName
from migsafe.plans.writers.python_code import call

_PLAIN = {
    "int2": "sa.SmallInteger()",
    "int4": "sa.Integer()",
    "int8": "sa.BigInteger()",
    "float4": "sa.REAL()",
    "float8": "postgresql.DOUBLE_PRECISION()",
    "bool": "sa.Boolean()",
    "text": "sa.Text()",
    "varchar": "sa.String()",
    "numeric": "sa.Numeric()",
    "date": "sa.Date()",
    "time": "sa.Time()",
    "timetz": "sa.Time(timezone=True)",
    "timestamp": "sa.DateTime()",
    "timestamptz": "sa.DateTime(timezone=True)",
    "interval": "postgresql.INTERVAL()",
    "bytea": "sa.LargeBinary()",
    "uuid": "postgresql.UUID()",
    "json": "postgresql.JSON()",
    "jsonb": "postgresql.JSONB()",
    "inet": "postgresql.INET()",
    "cidr": "postgresql.CIDR()",
    "macaddr": "postgresql.MACADDR()",
    "citext": "postgresql.CITEXT()",
    "hstore": "postgresql.HSTORE()",
    "tsvector": "postgresql.TSVECTOR()",
    "int4range": "postgresql.INT4RANGE()",
    "int8range": "postgresql.INT8RANGE()",
    "numrange": "postgresql.NUMRANGE()",
    "daterange": "postgresql.DATERANGE()",
    "tsrange": "postgresql.TSRANGE()",
    "tstzrange": "postgresql.TSTZRANGE()",
}
_WITH_MODIFIERS = {
    "varchar": "sa.String({0})",
    "bpchar": "sa.CHAR({0})",
    "numeric": "sa.Numeric({0})",
    "timestamp": "postgresql.TIMESTAMP(precision={0})",
    "timestamptz": "postgresql.TIMESTAMP(timezone=True, precision={0})",
}


def sqlalchemy_type(name: TypeName) -> str | None:
    """The type's constructor as source text; None when SQLAlchemy has no exact counterpart."""
    if name.schema not in (None, "pg_catalog") or name.setof:
        return None
    scalar = _scalar(name)
    if scalar is None or name.dimensions == 0:
        return scalar
    dimensions = () if name.dimensions == 1 else (f"dimensions={name.dimensions}",)
    return call("postgresql.ARRAY", (scalar, *dimensions))


def _scalar(name: TypeName) -> str | None:
    if not name.modifiers:
        return _PLAIN.get(name.name)
    pattern = _WITH_MODIFIERS.get(name.name)
    if pattern is None or not all(modifier.isdigit() for modifier in name.modifiers):
        return None
    return pattern.format(", ".join(name.modifiers))
