"""Names of relations and other objects, and how they are written."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Name(NamedTuple):
    """A possibly schema-qualified name, already case-folded as the server folds it.

    In a parsed operation `schema` is None when the text does not say it; after resolution it is always set.
    """

    schema: str | None
    name: str

    def __str__(self) -> str:
        """As SQL writes it; a part of which nothing is known (`text/holes.py`) as a person reads it."""
        if self.schema is None:
            return _shown(self.name)
        return f"{_shown(self.schema)}.{_shown(self.name)}"


_PLAIN_START = frozenset("abcdefghijklmnopqrstuvwxyz_")
_PLAIN = _PLAIN_START | frozenset("0123456789$")

# All key words but the unreserved ones, as quote_ident() takes them (ruleutils.c, quote_identifier; kwlist.h).
# fmt: off
_KEYWORDS = frozenset(
    {
        "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between",
        "bigint", "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce",
        "collate", "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog",
        "current_date", "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "dec",
        "decimal", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "extract",
        "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group",
        "grouping", "having", "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect",
        "interval", "into", "is", "isnull", "join", "json", "json_array", "json_arrayagg", "json_exists",
        "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table", "json_value",
        "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "merge_action",
        "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric", "offset",
        "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing", "position", "precision",
        "primary", "real", "references", "returning", "right", "row", "select", "session_user", "setof", "similar",
        "smallint", "some", "substring", "symmetric", "system_user", "table", "tablesample", "then", "time",
        "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values",
        "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat",
        "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize",
        "xmltable",
    }
)
# fmt: on


@lru_cache(maxsize=4096)
def _shown(identifier: str) -> str:
    return "…" if _UNKNOWN in identifier else quoted(identifier)


_UNKNOWN = "\ue5ca"  # where a part begins that a program computes


def quoted(identifier: str) -> str:
    """The identifier as SQL text: bare when that means the same, else in double quotes, as quote_ident() decides."""
    return f'"{identifier}"' if identifier in _KEYWORDS else quoted_type(identifier)


def quoted_type(identifier: str) -> str:
    """The same for the name of a type, where key words such as `varchar` and `interval` stand bare."""
    if identifier and identifier[0] in _PLAIN_START and all(c in _PLAIN for c in identifier):
        return identifier
    return '"' + identifier.replace('"', '""') + '"'
