"""The scopes of a query: what it names, level by level (model/scopes.py)."""

from __future__ import annotations

from typing import Final, final

from migsafe.model.scopes import ColumnUse, CommonTable, Join, Output, Scope, Source
from migsafe.parsers.postgresql.output_names import output_name
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    children,
    flag,
    kind_of,
    names,
    optional_text,
    relation_name,
    text,
)
from migsafe.parsers.postgresql.types import type_name

_ELSEWHERE: Final = frozenset(
    {
        "withClause",
        "fromClause",
        "targetList",
        "sortClause",
        "groupClause",
        "distinctClause",
        "lockingClause",
        "intoClause",
        "larg",
        "rarg",
    }
)


def scope_of(select: Node) -> Scope:
    """The scope of a SELECT from the body of its SelectStmt."""
    common = tuple(_common_tables(child(select, "withClause")))
    if "larg" in select:
        order = _Uses()
        ordered = _bare(order, children(select, "sortClause"))
        return Scope(arms=tuple(_arms(select)), common=common, uses=tuple(order.uses), ordered_by=ordered)
    found = _Uses()
    sources = tuple(found.source(item) for item in children(select, "fromClause"))
    outputs = tuple(found.output(target) for target in bodies(select, "targetList"))
    for field, value in select.items():
        if field not in _ELSEWHERE:
            found.visit(value)
    ordered = _bare(found, [*children(select, "sortClause"), *children(select, "distinctClause")])
    grouped = _bare(found, children(select, "groupClause"))
    return Scope(
        sources=sources,
        outputs=outputs or _of_values(select),
        uses=tuple(dict.fromkeys(found.uses)),
        ordered_by=ordered,
        grouped_by=grouped,
        common=common,
        inner=tuple(found.inner),
    )


def _arms(select: Node) -> list[Scope]:
    """The SELECTs of a set operation from left to right; long chains lean to the left."""
    reverse: list[Scope] = []
    left = select
    while "larg" in left and (left is select or not _has_own_clauses(left)):
        reverse.append(scope_of(child(left, "rarg")))
        left = child(left, "larg")
    return [scope_of(left), *reversed(reverse)]


def _has_own_clauses(select: Node) -> bool:
    return "withClause" in select or "sortClause" in select


def _of_values(select: Node) -> tuple[Output, ...]:
    """VALUES names its columns column1, column2 …"""
    rows = children(select, "valuesLists")
    width = len(children(child(rows[0], "List"), "items")) if rows else 0
    return tuple(Output(f"column{number}") for number in range(1, width + 1))


def _common_tables(clause: Node) -> list[CommonTable]:
    recursive = flag(clause, "recursive")
    found = []
    for cte in bodies(clause, "ctes"):
        query = child(cte, "ctequery")
        inner = scope_of(body_of(query)) if kind_of(query) == "SelectStmt" else None
        extended = "search_clause" in cte or "cycle_clause" in cte
        aliases = names(cte, "aliascolnames")
        found.append(CommonTable(text(cte, "ctename"), inner, aliases, recursive=recursive, extended=extended))
    return found


def _bare(found: _Uses, items: list[Node]) -> tuple[str, ...]:
    """The bare names of ORDER BY, DISTINCT ON or GROUP BY; everything else in them is visited."""
    named: list[str] = []
    for item in items:
        value = child(body_of(item), "node") if kind_of(item) == "SortBy" else item
        fields = names(body_of(value), "fields") if kind_of(value) == "ColumnRef" else ()
        if len(fields) == 1:
            named.append(fields[0])
        else:
            found.visit(value)
    return tuple(dict.fromkeys(named))


@final
class _Uses:
    """Collects the column references and sub-queries of one scope."""

    def __init__(self) -> None:
        self.uses: list[ColumnUse] = []
        self.inner: list[Scope] = []

    def visit(self, value: object) -> None:
        """A wrapped node, a list of them, or a body."""
        if isinstance(value, list):
            for item in value:
                self.visit(item)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, dict | list):
                    self._node(key, inner)

    def _node(self, key: str, inner: dict[str, object] | list[object]) -> None:
        if isinstance(inner, list):
            self.visit(inner)
        elif key in ("typeName", "TypeName"):
            pass  # `Point` of geometry(Point, 4326) is no column
        elif key == "ColumnRef":
            self.uses.append(_use(inner))
        elif key == "SelectStmt":
            self.inner.append(scope_of(inner))
        elif key == "A_Indirection":
            self._field(inner)
        else:
            self.visit(inner)

    def _field(self, body: Node) -> None:
        """`(u).name` is the column of a source, or a field of a column."""
        held, fields = child(body, "arg"), names(body, "indirection")
        if kind_of(held) == "ColumnRef" and fields:
            self.uses.append(ColumnUse((*names(body_of(held), "fields"), fields[0])))
        self.visit(body)

    def output(self, target: Node) -> Output:
        value = child(target, "val")
        cast = type_name(child(body_of(value), "typeName")) if kind_of(value) == "TypeCast" else None
        if kind_of(value) == "ColumnRef":
            return Output(output_name(target), _use(body_of(value)))
        star = _star_of(value)
        if star is not None:
            return Output(output_name(target), star)
        self.visit(value)
        return Output(output_name(target), type=cast)

    def source(self, item: Node) -> Source | Join:
        kind, body = kind_of(item), body_of(item)
        alias, columns = _alias(body)
        match kind:
            case "RangeVar":
                return Source(alias, relation_name(body), columns=columns)
            case "RangeSubselect":
                inner = scope_of(body_of(child(body, "subquery")))
                return Source(alias, query=inner, columns=columns, lateral=flag(body, "lateral"))
            case "JoinExpr":
                return self._join(body, alias, columns)
            case "RangeTableSample":
                self.visit([body.get("args"), body.get("repeatable")])
                return self.source(child(body, "relation"))
        self.visit({field: value for field, value in body.items() if field != "alias"})
        return _function(alias, columns, body)

    def _join(self, body: Node, alias: str | None, columns: tuple[str, ...]) -> Join:
        left, right = self.source(child(body, "larg")), self.source(child(body, "rarg"))
        self.visit(body.get("quals"))
        using = None if flag(body, "isNatural") else names(body, "usingClause")
        named = optional_text(child(body, "join_using_alias"), "aliasname")
        return Join(left, right, using, alias, columns, named)


def _use(body: Node) -> ColumnUse:
    parts = names(body, "fields")
    return ColumnUse(parts, star=len(parts) < len(children(body, "fields")))


def _star_of(value: Node) -> ColumnUse | None:
    """`(u).*` as an element of a select list."""
    if kind_of(value) != "A_Indirection":
        return None
    held, steps = child(body_of(value), "arg"), children(body_of(value), "indirection")
    if kind_of(held) != "ColumnRef" or kind_of(steps[-1]) != "A_Star" or len(steps) > 1:
        return None
    return ColumnUse(names(body_of(held), "fields"), star=True)


def _alias(body: Node) -> tuple[str | None, tuple[str, ...]]:
    found = child(body, "alias")
    return optional_text(found, "aliasname"), names(found, "colnames")


def _function(alias: str | None, columns: tuple[str, ...], body: Node) -> Source:
    """A function in FROM: its columns are shown by a column definition list, or named by the alias."""
    defined = tuple(text(column, "colname") for column in bodies(body, "coldeflist"))
    return Source(alias or _called(body), columns=defined or columns, defined=bool(defined))


def _called(body: Node) -> str | None:
    """The name of the only function: the alias of a function that has none."""
    functions = children(body, "functions")
    if len(functions) != 1:
        return None
    calls = children(child(functions[0], "List"), "items")
    found = names(body_of(calls[0]), "funcname") if calls and kind_of(calls[0]) == "FuncCall" else ()
    return found[-1] if found else None
