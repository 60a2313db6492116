"""Type names: the grammar's synonyms are resolved by the grammar itself, modifiers become text."""

from __future__ import annotations

from migsafe.model.expressions import TypeName
from migsafe.parsers.postgresql.tree import Node, body_of, child, children, flag, kind_of, names, number, text

# The fields of an interval as bits (utils/datetime.h, INTERVAL_MASK), as gram.y combines them.
_FIELD_BITS = {"year": 2, "month": 1, "day": 3, "hour": 10, "minute": 11, "second": 12}
_ALL_FIELDS = 0x7FFF
_FIELDS_IN_ORDER = ("year", "month", "day", "hour", "minute", "second")

UNWRITTEN = TypeName("")
"""The type of a column whose text names none: in PARTITION OF and OF type."""


def type_name(node: Node) -> TypeName:
    """The type in the body of a TypeName node; `UNWRITTEN` for an empty one.

    `t.c%TYPE` keeps its text as the name. The fields of an interval are its first modifier: "day to second".
    """
    parts = names(node, "names")
    if not parts:
        return UNWRITTEN
    schema = parts[-2] if len(parts) > 1 and parts[-2] != "pg_catalog" else None
    name = parts[-1]
    if flag(node, "pct_type"):
        schema, name = None, ".".join(parts) + "%type"
    modifiers = _modifiers(node, name) if "typmods" in node else ()
    return TypeName(name, schema, modifiers, len(children(node, "arrayBounds")), flag(node, "setof"))


def _modifiers(node: Node, name: str) -> tuple[str, ...]:
    given = children(node, "typmods")
    if name == "interval":
        return _interval_modifiers(given)
    return tuple(_modifier(item) for item in given)


def _modifier(item: Node) -> str:
    body = body_of(item)
    match kind_of(item):
        case "A_Const":
            return constant_text(body)
        case "ColumnRef":  # a word, as in geometry(Point, 4326)
            return ".".join(names(body, "fields"))
        case _:
            return ""


def _interval_modifiers(given: list[Node]) -> tuple[str, ...]:
    values = [number(child(body_of(item), "ival"), "ival") for item in given]
    fields = () if not values or values[0] == _ALL_FIELDS else (_interval_fields(values[0]),)
    return (*fields, *(str(value) for value in values[1:]))


def _interval_fields(mask: int) -> str:
    chosen = [field for field in _FIELDS_IN_ORDER if mask & (1 << _FIELD_BITS[field])]
    return chosen[0] if len(chosen) == 1 else f"{chosen[0]} to {chosen[-1]}"


def constant_text(const: Node) -> str:
    """The body of an A_Const as SQL, in one spelling whatever the text's."""
    if flag(const, "isnull"):
        return "NULL"
    if "sval" in const:
        return "'" + text(child(const, "sval"), "sval").replace("'", "''") + "'"
    if "ival" in const:
        return str(number(child(const, "ival"), "ival"))
    if "fval" in const:
        return text(child(const, "fval"), "fval")
    if "boolval" in const:
        return "true" if flag(child(const, "boolval"), "boolval") else "false"
    bits = text(child(const, "bsval"), "bsval")
    return f"{bits[:1]}'{bits[1:]}'"
