"""Expressions and queries as the later stages see them."""

from __future__ import annotations

from migsafe.model.expressions import Expression, Outermost, Query
from migsafe.model.names import quoted
from migsafe.parsers.postgresql.expression_text import expression_text
from migsafe.parsers.postgresql.output_names import output_name
from migsafe.parsers.postgresql.predicates import column_of, comparisons, is_null, proves_not_null
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    body_of,
    child,
    children,
    kind_of,
    name_of,
    names,
    number,
    text,
)
from migsafe.parsers.postgresql.types import constant_text, type_name
from migsafe.parsers.postgresql.walk import Walk


def expression(wrapped: Node, source: Source) -> Expression:
    """The summary of a scalar expression."""
    if kind_of(wrapped) == "A_Const":
        return _literal(wrapped)
    walk = Walk()
    walk.visit(wrapped)
    core = _without_casts(wrapped)
    found, whole = comparisons(wrapped)
    return Expression(
        sql=_text(walk, source) or _cursor_position(wrapped),
        constant=kind_of(core) == "A_Const",
        null=is_null(core),
        columns=tuple(dict.fromkeys(walk.columns)),
        calls=tuple(walk.calls),
        operators=tuple(walk.operators),
        special=tuple(walk.special),
        casts=tuple(walk.casts),
        cast_of_column=column_of(core),
        proves_not_null=proves_not_null(wrapped),
        conjuncts=found,
        whole=whole,
        reads=walk.unique_reads,
        outermost=_outermost(wrapped, source),
        typed=tuple(walk.typed),
    )


_AROUND_A_CALL = frozenset({"agg_filter", "agg_order", "over", "agg_star", "agg_within_group"})


def _outermost(wrapped: Node, source: Source) -> Outermost | None:
    """An aggregate with clauses of its own is more than a call of its arguments."""
    body = body_of(wrapped)
    if kind_of(wrapped) == "TypeCast":
        inner = expression(child(body, "arg"), source)
        return Outermost((inner,), type=type_name(child(body, "typeName")))
    if kind_of(wrapped) != "FuncCall" or not _AROUND_A_CALL.isdisjoint(body):
        return None
    arguments = tuple(expression(argument, source) for argument in children(body, "args"))
    return Outermost(arguments, function=name_of(names(body, "funcname")))


def optional_expression(node: Node, field: str, source: Source) -> Expression | None:
    """The expression in a field, None when the field is empty."""
    found = child(node, field)
    return expression(found, source) if found else None


def _literal(wrapped: Node) -> Expression:
    return Expression(sql=constant_text(body_of(wrapped)), constant=True, null=is_null(wrapped))


def _text(walk: Walk, source: Source) -> str:
    if walk.first is None:
        return ""
    return expression_text(source, source.offset(walk.first), source.offset(walk.last))


def _cursor_position(wrapped: Node) -> str:
    """WHERE CURRENT OF has no place in the tree."""
    cursor = text(child(wrapped, "CurrentOfExpr"), "cursor_name")
    return f"CURRENT OF {quoted(cursor)}" if cursor else ""


def _without_casts(wrapped: Node) -> Node:
    while kind_of(wrapped) == "TypeCast":
        wrapped = child(body_of(wrapped), "arg")
    return wrapped


def query(select: Node, source: Source, sql: str) -> Query:
    """The summary of a query from the body of its SelectStmt and its text."""
    walk = Walk()
    walk.select(select)
    return query_of(walk, select, source, sql)


def query_of(walk: Walk, select: Node, source: Source, sql: str) -> Query:
    """The summary of a query that was walked over."""
    return Query(
        sql=sql,
        reads=walk.unique_reads,
        row_locked=tuple(dict.fromkeys(walk.row_locked)),
        calls=tuple(walk.calls),
        columns=_output_names(select),
        conditions=optional_expression(select, "whereClause", source),
        has_limit="limitCount" in select,
        unnamed_source=walk.unnamed_source,
        only=tuple(dict.fromkeys(walk.only)),
        typed=tuple(walk.typed),
        rows=_series_length(select),
    )


_PLAIN_SELECT = frozenset({"targetList", "fromClause", "limitOption", "op"})


def _series_length(select: Node) -> int | None:
    """The rows of SELECT … FROM generate_series(first, last) with nothing that leaves any out."""
    sources = children(select, "fromClause")
    if not _PLAIN_SELECT.issuperset(select) or len(sources) != 1 or kind_of(sources[0]) != "RangeFunction":
        return None
    functions = children(body_of(sources[0]), "functions")
    call = children(body_of(functions[0]), "items")[:1] if len(functions) == 1 else []
    if not call or kind_of(call[0]) != "FuncCall" or names(body_of(call[0]), "funcname")[-1:] != ("generate_series",):
        return None
    bounds = [child(body_of(argument), "ival") for argument in children(body_of(call[0]), "args")]
    if len(bounds) != 2 or not all(bounds) or _may_fold(children(select, "targetList")):
        return None
    return max(0, number(bounds[1], "ival") - number(bounds[0], "ival") + 1)


def _may_fold(targets: list[Node]) -> bool:
    """A call in the list may be an aggregate, or return a set."""
    walk = Walk()
    walk.visit(targets)
    return bool(walk.calls)


def _output_names(select: Node) -> tuple[str, ...]:
    """The names of the output columns; empty when the text does not show them all, as with `*`."""
    leaf = select
    while "larg" in leaf:
        leaf = child(leaf, "larg")
    targets = [body_of(target) for target in children(leaf, "targetList")]
    return () if any(map(_is_star, targets)) else tuple(map(output_name, targets))


def _is_star(target: Node) -> bool:
    value = child(target, "val")
    steps = [*children(body_of(value), "fields"), *children(body_of(value), "indirection")]
    return any(kind_of(step) == "A_Star" for step in steps)
