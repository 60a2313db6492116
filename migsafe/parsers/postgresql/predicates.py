"""What a condition says about single columns: which it proves not to be NULL, and its simple comparisons."""

from __future__ import annotations

from migsafe.model.expressions import Comparison
from migsafe.parsers.postgresql.tree import Node, bodies, body_of, child, children, flag, kind_of, names, text
from migsafe.parsers.postgresql.types import constant_text

_Columns = frozenset[str]
_NONE: _Columns = frozenset()


def column_of(wrapped: Node) -> str | None:
    """The column's name when the node is a column, perhaps qualified."""
    if kind_of(wrapped) != "ColumnRef":
        return None
    fields = names(body_of(wrapped), "fields")
    return fields[-1] if fields and len(fields) == len(children(body_of(wrapped), "fields")) else None


def proves_not_null(wrapped: Node) -> tuple[str, ...]:
    """Columns that cannot be NULL where the condition is true, as far as the server proves it for SET NOT NULL.

    That is `a IS NOT NULL` and what parse_expr.c and clauses.c turn into it; AND proves what any part does, OR what
    all parts do (predtest.c, predicate_implied_by_recurse). Strict operators prove nothing: a CHECK is only known
    not to be false.
    """
    return tuple(sorted(_proved(wrapped, negated=False)))


def _proved(wrapped: Node, *, negated: bool) -> _Columns:
    body = body_of(wrapped)
    match kind_of(wrapped):
        case "BoolExpr":
            return _proved_by_parts(body, negated=negated)
        case "NullTest":
            return _proved_by_null_test(body, negated=negated)
        case "A_Expr":
            return _proved_by_distinct(body, negated=negated)
        case "CaseExpr":
            branch = _only_branch(body)
            return _NONE if branch is None else _proved(branch, negated=negated)
        case _:
            return _NONE


def _only_branch(body: Node) -> Node | None:
    """What CASE comes to when constants decide (clauses.c, eval_const_expressions)."""
    if "arg" in body:
        return None
    for branch in bodies(body, "args"):
        condition = truth(child(branch, "expr"))
        if condition is None:
            return None
        if condition:
            return child(branch, "result")
    return child(body, "defresult") or None


def _proved_by_parts(body: Node, *, negated: bool) -> _Columns:
    parts = children(body, "args")
    operator = text(body, "boolop")
    if operator == "NOT_EXPR":
        return _proved(parts[0], negated=not negated) if parts else _NONE
    proved = [_proved(part, negated=negated) for part in parts]
    any_suffices = (operator == "AND_EXPR") is not negated
    return _NONE.union(*proved) if any_suffices else proved[0].intersection(*proved[1:])


def _proved_by_null_test(body: Node, *, negated: bool) -> _Columns:
    """`ROW(a, b) IS NOT NULL` is split into one test per column by eval_const_expressions."""
    says_not_null = (text(body, "nulltesttype") == "IS_NOT_NULL") is not negated
    argument = child(body, "arg")
    if not says_not_null:
        return _NONE
    if kind_of(argument) == "RowExpr":
        fields = children(body_of(argument), "args")
        splits = not negated or len(fields) == 1
        return frozenset(c for field in fields if (c := column_of(field))) if splits else _NONE
    column = column_of(argument)
    return frozenset({column}) if column else _NONE


def _proved_by_distinct(body: Node, *, negated: bool) -> _Columns:
    """`a IS DISTINCT FROM NULL` is a null test since transformAExprDistinct; `… = true` is what it compares."""
    if text(body, "kind") == "AEXPR_OP" and names(body, "name") == ("=",):
        left, right = child(body, "lexpr"), child(body, "rexpr")
        other = left if truth(right) else right if truth(left) else None
        return _NONE if other is None else _proved(other, negated=negated)
    wanted = "AEXPR_NOT_DISTINCT" if negated else "AEXPR_DISTINCT"
    if text(body, "kind") != wanted:
        return _NONE
    left, right = child(body, "lexpr"), child(body, "rexpr")
    column = column_of(left) if is_null(right) else column_of(right) if is_null(left) else None
    return frozenset({column}) if column else _NONE


def truth(wrapped: Node) -> bool | None:
    """The value of a Boolean constant; None for anything else."""
    body = body_of(wrapped) if kind_of(wrapped) == "A_Const" else {}
    return flag(child(body, "boolval"), "boolval") if "boolval" in body else None


def is_null(wrapped: Node) -> bool:
    return kind_of(wrapped) == "A_Const" and flag(body_of(wrapped), "isnull")


def comparisons(wrapped: Node) -> tuple[tuple[Comparison, ...], bool]:
    """The simple conditions joined by AND, and whether they are the entire expression."""
    if kind_of(wrapped) == "BoolExpr" and text(body_of(wrapped), "boolop") == "AND_EXPR":
        parts = [comparisons(part) for part in children(body_of(wrapped), "args")]
        return tuple(c for found, _ in parts for c in found), all(whole for _, whole in parts)
    found = _simple(wrapped)
    return found, bool(found)


def _simple(wrapped: Node) -> tuple[Comparison, ...]:
    body = body_of(wrapped)
    match kind_of(wrapped):
        case "NullTest":
            column = column_of(child(body, "arg"))
            operator = "is not null" if text(body, "nulltesttype") == "IS_NOT_NULL" else "is null"
            return (Comparison(column, operator, None),) if column else ()
        case "A_Expr":
            return _compared(body)
        case "ColumnRef":
            column = column_of(wrapped)
            return (Comparison(column, "=", "true"),) if column else ()
        case "BoolExpr":
            return _negated_column(body)
        case _:
            return ()


def _negated_column(body: Node) -> tuple[Comparison, ...]:
    parts = children(body, "args")
    column = column_of(parts[0]) if text(body, "boolop") == "NOT_EXPR" and parts else None
    return (Comparison(column, "=", "false"),) if column else ()


_SWAPPED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_CONDITIONS = frozenset({*_SWAPPED, "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*", "@>", "<@", "&&"})
# The server prints IN as = ANY (ARRAY[…]) and NOT IN as <> ALL (ARRAY[…]) (parse_expr.c, transformAExprIn).
_LISTS = {
    ("AEXPR_IN", "="): "in",
    ("AEXPR_IN", "<>"): "not in",
    ("AEXPR_OP_ANY", "="): "in",
    ("AEXPR_OP_ALL", "<>"): "not in",
}
_PLAIN_KINDS = frozenset({"AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE"})


def _compared(body: Node) -> tuple[Comparison, ...]:
    kind = text(body, "kind")
    left, right = child(body, "lexpr"), child(body, "rexpr")
    operator = ".".join(names(body, "name"))
    if (kind, operator) in _LISTS:
        items = children(body_of(right), "items") if kind == "AEXPR_IN" else _elements(right)
        return _listed(left, items, _LISTS[kind, operator])
    if kind == "AEXPR_BETWEEN":
        return _between(left, right)
    if kind not in _PLAIN_KINDS or operator not in _CONDITIONS:
        return ()
    column, value = _compared_column(left), constant_of(right)
    if column and value is not None:
        return (Comparison(column, operator, value),)
    column, value = _compared_column(right), constant_of(left)
    if column and value is not None and operator in _SWAPPED:
        return (Comparison(column, _SWAPPED[operator], value),)
    return ()


def _elements(wrapped: Node) -> list[Node]:
    """The elements of ARRAY[…], perhaps under casts; none of anything else."""
    while kind_of(wrapped) == "TypeCast":
        wrapped = child(body_of(wrapped), "arg")
    return children(body_of(wrapped), "elements") if kind_of(wrapped) == "A_ArrayExpr" else []


def _listed(left: Node, items: list[Node], operator: str) -> tuple[Comparison, ...]:
    column = _compared_column(left)
    values = [constant_of(item) for item in items]
    known = [value for value in values if value is not None]
    if not column or not known or len(known) < len(values):
        return ()
    return (Comparison(column, operator, f"({', '.join(known)})"),)


def _between(left: Node, right: Node) -> tuple[Comparison, ...]:
    column = _compared_column(left)
    values = [constant_of(item) for item in children(body_of(right), "items")]
    if not column or len(values) != 2 or None in values:
        return ()
    return Comparison(column, ">=", values[0]), Comparison(column, "<=", values[1])


_NO_CHANGE = frozenset({"text", "varchar"})  # how pg_dump writes comparisons of a varchar column


def _compared_column(wrapped: Node) -> str | None:
    if kind_of(wrapped) != "TypeCast":
        return column_of(wrapped)
    body = body_of(wrapped)
    target = names(child(body, "typeName"), "names")
    plain = target and target[-1] in _NO_CHANGE and "typmods" not in child(body, "typeName")
    return column_of(child(body, "arg")) if plain else None


def constant_of(wrapped: Node) -> str | None:
    """The literal under any casts as SQL text, None for anything else."""
    while kind_of(wrapped) == "TypeCast":
        wrapped = child(body_of(wrapped), "arg")
    return constant_text(body_of(wrapped)) if kind_of(wrapped) == "A_Const" else None
