"""The name of an output column without AS, as FigureColname in parse_target.c chooses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from migsafe.parsers.postgresql.tree import Node, body_of, child, children, kind_of, names, optional_text, text

UNNAMED: Final = "?column?"

_Figured: TypeAlias = tuple[str, int]  # the name and how strongly it is meant

_NOTHING: Final = (UNNAMED, 0)
_CERTAIN: Final = 2  # a name that belongs to the expression
_FALLBACK: Final = 1  # a name that a cast's type may give as well

_NAMED_AFTER_THEMSELVES: Final = {
    "CoalesceExpr": "coalesce",
    "A_ArrayExpr": "array",
    "RowExpr": "row",
    "GroupingFunc": "grouping",
    "XmlSerialize": "xmlserialize",
    "JsonObjectConstructor": "json_object",
    "JsonArrayConstructor": "json_array",
    "JsonArrayQueryConstructor": "json_array",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json_scalar",
    "JsonObjectAgg": "json_objectagg",
    "JsonArrayAgg": "json_arrayagg",
    "JsonSerializeExpr": "json_serialize",
    "MergeSupportFunc": "merge_action",
}
_JSON_FUNCTIONS: Final = {
    "JSON_EXISTS_OP": "json_exists",
    "JSON_QUERY_OP": "json_query",
    "JSON_VALUE_OP": "json_value",
    "JSON_TABLE_OP": "json_table",
}
_XML_FUNCTIONS: Final = {"IS_XMLCONCAT": "xmlconcat", "IS_XMLELEMENT": "xmlelement", "IS_XMLFOREST": "xmlforest"}


def output_name(target: Node) -> str:
    """The name of an element of a select list (the body of a ResTarget)."""
    return optional_text(target, "name") or figured_name(child(target, "val"))


def figured_name(value: Node) -> str:
    return _figure(value)[0]


def _figure(value: Node) -> _Figured:
    kind, body = kind_of(value), body_of(value)
    if kind in _NAMED_AFTER_THEMSELVES:
        return _NAMED_AFTER_THEMSELVES[kind], _CERTAIN
    return _FIGURES[kind](body) if kind in _FIGURES else _NOTHING


def _last(found: tuple[str, ...]) -> _Figured:
    return (found[-1], _CERTAIN) if found else _NOTHING


def _or_fallback(inner: _Figured, fallback: str) -> _Figured:
    return inner if inner[1] == _CERTAIN else (fallback, _FALLBACK)


def _of_field(body: Node) -> _Figured:
    fields = names(body, "indirection")
    return _last(fields) if fields else _figure(child(body, "arg"))


def _of_sub_query(body: Node) -> _Figured:
    kind = text(body, "subLinkType")
    if kind in ("EXISTS_SUBLINK", "ARRAY_SUBLINK"):
        return kind.removesuffix("_SUBLINK").lower(), _CERTAIN
    if kind != "EXPR_SUBLINK":
        return _NOTHING
    select = body_of(child(body, "subselect"))
    while "larg" in select:
        select = child(select, "larg")
    targets = children(select, "targetList")
    return (output_name(body_of(targets[0])), _CERTAIN) if targets else _NOTHING


def _by_operator(chosen: dict[str, str], field: str) -> Callable[[Node], _Figured]:
    def figure(body: Node) -> _Figured:
        found = chosen.get(text(body, field))
        return _NOTHING if found is None else (found, _CERTAIN)

    return figure


def _special(body: Node) -> _Figured:
    return text(body, "op").removeprefix("SVFOP_").removesuffix("_N").lower(), _CERTAIN


_FIGURES: Final[dict[str, Callable[[Node], _Figured]]] = {
    "ColumnRef": lambda body: _last(names(body, "fields")),
    "FuncCall": lambda body: _last(names(body, "funcname")),
    "A_Indirection": _of_field,
    "CollateClause": lambda body: _figure(child(body, "arg")),
    "TypeCast": lambda body: _or_fallback(_figure(child(body, "arg")), names(child(body, "typeName"), "names")[-1]),
    "CaseExpr": lambda body: _or_fallback(_figure(child(body, "defresult")), "case"),
    "SubLink": _of_sub_query,
    "SQLValueFunction": _special,
    "A_Expr": _by_operator({"AEXPR_NULLIF": "nullif"}, "kind"),
    "MinMaxExpr": _by_operator({"IS_GREATEST": "greatest", "IS_LEAST": "least"}, "op"),
    "XmlExpr": _by_operator(_XML_FUNCTIONS, "op"),
    "JsonFuncExpr": _by_operator(_JSON_FUNCTIONS, "op"),
}
