"""The words of SQL for the tree's object kinds (enum ObjectType in nodes/parsenodes.h)."""

from __future__ import annotations

from functools import cache

_WORDS = {
    "OBJECT_ACCESS_METHOD": "access method",
    "OBJECT_AMOP": "operator family",
    "OBJECT_AMPROC": "operator family",
    "OBJECT_DOMCONSTRAINT": "domain constraint",
    "OBJECT_EVENT_TRIGGER": "event trigger",
    "OBJECT_FDW": "foreign data wrapper",
    "OBJECT_FOREIGN_SERVER": "server",
    "OBJECT_LARGEOBJECT": "large object",
    "OBJECT_MATVIEW": "materialized view",
    "OBJECT_OPCLASS": "operator class",
    "OBJECT_OPFAMILY": "operator family",
    "OBJECT_PARAMETER_ACL": "parameter",
    "OBJECT_STATISTIC_EXT": "statistics",
    "OBJECT_TABCONSTRAINT": "constraint",
    "OBJECT_TSCONFIGURATION": "text search configuration",
    "OBJECT_TSDICTIONARY": "text search dictionary",
    "OBJECT_TSPARSER": "text search parser",
    "OBJECT_TSTEMPLATE": "text search template",
}

RELATION_KINDS = frozenset(
    {"table", "index", "view", "materialized view", "sequence", "foreign table"},
)


@cache
def keyword_of(kind: str) -> str:
    """The words behind ALTER or DROP in lower case: OBJECT_MATVIEW is "materialized view"."""
    return _WORDS.get(kind) or kind.removeprefix("OBJECT_").lower().replace("_", " ")
