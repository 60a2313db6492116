"""How many bytes a value and a row take, from the types alone.

Sources: the manual, 65.6 "Database Page Layout" (23 bytes of row header, aligned, and 4 for the line pointer);
pg_type.typlen for types of fixed length. For types of varying length nothing but a guess is possible: the guesses
here are what such columns commonly hold, and a snapshot's own figures come first.
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.expressions import TypeName
from migsafe.schema.objects import Column, Relation

ROW_OVERHEAD = 28  # header of 24 with its alignment, line pointer of 4
INDEX_OVERHEAD = 12  # IndexTupleData of 8, line pointer of 4
PAGE = 8192
INDEX_FILL = 0.9  # the default fillfactor of a B-tree's leaf pages
_DEFAULT_WIDTH = 32.0

_FIXED = {
    "bool": 1, "char": 1, "int2": 2, "smallserial": 2, "int4": 4, "serial": 4, "oid": 4, "float4": 4, "date": 4,
    "int8": 8, "bigserial": 8, "float8": 8, "money": 8, "timestamp": 8, "timestamptz": 8, "time": 8, "timetz": 12,
    "interval": 16, "uuid": 16, "macaddr": 6, "macaddr8": 8, "point": 16, "box": 32, "pg_lsn": 8,
}  # fmt: skip
_VARYING = {"numeric": 8, "inet": 7, "cidr": 7, "json": 200, "jsonb": 200, "xml": 400, "bytea": 200, "tsvector": 200}
_MOST_OF_LIMIT = 0.5  # of varchar(n), which is seldom full
_LONGEST_GUESS = 40.0


def type_width(type_: TypeName | None) -> float:
    """Bytes of one value."""
    if type_ is None:
        return _DEFAULT_WIDTH
    if type_.dimensions:
        return 24 + 4 * type_width(type_.replace(dimensions=0))
    if type_.name in _FIXED:
        return float(_FIXED[type_.name])
    if type_.name in _VARYING:
        return float(_VARYING[type_.name])
    limit = _limit(type_)
    if limit is None:
        return _DEFAULT_WIDTH
    return limit + 1.0 if type_.name == "bpchar" else 1 + min(limit * _MOST_OF_LIMIT, _LONGEST_GUESS)


def _limit(type_: TypeName) -> float | None:
    if type_.name not in ("varchar", "bpchar") or not type_.modifiers or not type_.modifiers[0].isdigit():
        return None
    return float(type_.modifiers[0])


def aligned(width: float) -> float:
    """Rounded up to the alignment of a row, 8 bytes."""
    return -(-width // 8) * 8.0


def row_width(columns: Iterable[Column]) -> float:
    """Bytes of one row in the heap, with its overhead."""
    return ROW_OVERHEAD + aligned(sum(type_width(column.type) for column in columns))


def is_known(relation: Relation) -> bool:
    """Whether the widths of its columns can be told at all."""
    return relation.known and bool(relation.columns)
