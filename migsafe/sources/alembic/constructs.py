"""SQLAlchemy's constructors and expressions, as a table of exact names; each builds the real object."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from migsafe.sources.alembic.libraries import load, no_plugins
from migsafe.sources.alembic.values import Fill, UnbuildableError, is_clause, literal, real
from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Unknown

load()
with no_plugins():
    import sqlalchemy as sa
    from sqlalchemy import schema
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.sql import expression

REFUSED: Final = (
    SQLAlchemyError,
    TypeError,
    ValueError,
    AttributeError,
    KeyError,
    IndexError,
    NotImplementedError,
    AssertionError,
)
"""What SQLAlchemy and Alembic raise for arguments that make no sense."""

Maker = Callable[[Call], object]

_METHODS: Final = (
    *("alias", "all_", "and_", "any_", "as_scalar", "asc", "between", "bindparams", "cast", "collate", "columns"),
    *("concat", "contains", "correlate", "cte", "desc", "distinct", "endswith", "exists", "except_", "filter"),
    *("filter_by", "from_select", "group_by", "having", "ilike", "in_", "is_", "is_distinct_from", "is_not", "isnot"),
    *("is_not_distinct_from", "join", "label", "like", "limit", "lower", "match", "not_in", "not_like", "notin_"),
    *("notilike", "notlike", "nulls_first", "nulls_last", "offset", "on_conflict_do_nothing", "op", "or_"),
    *("on_conflict_do_update", "order_by", "outerjoin", "over", "params", "returning", "scalar_subquery", "select"),
    *(
        "select_from",
        "self_group",
        "startswith",
        "subquery",
        "union",
        "union_all",
        "values",
        "where",
        "with_for_update",
    ),
    *("with_only_columns", "insert", "update", "delete", "inline", "prefix_with", "suffix_with", "has_key", "has_any"),
    *(
        "execution_options",
        "overlap",
        "overlaps",
        "contained_by",
        "as_string",
        "as_integer",
        "is_contained_by",
        "lateral",
    ),
    *(
        "with_variant",
        "evaluates_none",
        "within_group",
        "bool_op",
        "add_columns",
        "append_column",
        "copy",
        "tablesample",
    ),
    *("append_constraint", "icontains", "regexp_match", "regexp_replace", "scalar", "options", "join_from"),
)
_PLAIN: Final = (
    "name",
    "length",
    "enums",
    "nullable",
    "key",
    "fullname",
    "schema",
    "text",
    "precision",
    "scale",
    "timezone",
)
_TABLES: Final = (schema.Table, expression.TableClause)


def wrapped(value: object) -> object:
    """A real object as a value of the interpreter; plain values as they are."""
    if value is None or isinstance(value, (str, int, float)):
        return str(value) if isinstance(value, str) else value
    return HostObject(SA, value)


def _operated(sign: str, left: object, right: object) -> object | None:
    join = _OPERATORS.get(sign)
    if join is None:
        return None
    try:
        one = _operand(left)
        other = None if right is None and sign in ("~", "-", "not") else _operand(right)
        return wrapped(join(one, other))
    except (UnbuildableError, *REFUSED):
        return None


def _operand(value: object) -> object:
    """A part of an expression; one that is not known is a name that no table has."""
    if isinstance(value, HostObject):
        return value.payload
    if isinstance(value, Unknown):
        return sa.literal_column("'⟨value⟩'")
    return value


_OPERATORS: Final[Mapping[str, Callable[..., object]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": lambda left, right: -left if right is None else left - right,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "~": lambda left, _: ~left,
    "not": lambda left, _: sa.not_(left),
    "is": operator.eq,
    "in": lambda left, right: right.in_(left),
}


def _method(name: str) -> Callable[[HostObject, Call], object]:
    def run(owner: HostObject, call: Call) -> object:
        function = getattr(owner.payload, name, None)
        if function is None:
            return call.unknown()
        try:
            return wrapped(_called(name, function, call))
        except (UnbuildableError, *REFUSED):
            return _without(owner, name, call)

    return run


def _called(name: str, function: Callable[..., object], call: Call) -> object:
    if name in ("values", "bindparams", "params"):
        rows = [_row(value, call) for value in call.args]
        return function(*rows, **{key: literal(value, call) for key, value in call.kwargs.items()})
    if name in ("in_", "not_in", "notin_") and len(call.args) == 1 and isinstance(call.args[0], Unknown):
        return function([sa.literal_column("'" + call.hole(call.args[0]) + "'")])
    args = [real(value, call, Fill.EXPRESSION) for value in call.args]
    return function(*args, **{key: real(value, call, Fill.EXPRESSION) for key, value in call.kwargs.items()})


def _row(value: object, call: Call) -> object:
    if isinstance(value, dict):
        return {_key(key, call): literal(item, call) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_row(item, call) for item in value]
    return real(value, call, Fill.EXPRESSION)


def _key(key: object, call: Call) -> object:
    return real(key, call, Fill.NAME)


def _without(owner: HostObject, name: str, call: Call) -> object:
    """What remains of a statement when an argument of `where` and the like is not known: a condition that is open."""
    if name in ("where", "filter", "having") and hasattr(owner.payload, "where"):
        hole: sa.ColumnElement[bool] = sa.literal_column(call.hole(call.unknown()))
        return wrapped(owner.payload.where(hole))
    return call.unknown()


def _columns(owner: HostObject) -> object:
    payload = owner.payload
    return (
        HostObject(COLUMNS, payload)
        if isinstance(payload, expression.FromClause)
        else Unknown(Cause.ATTRIBUTE, "columns")
    )


def _column(owner: HostObject, name: str) -> object:
    payload = owner.payload
    assert isinstance(payload, expression.FromClause)
    found = payload.c.get(name)
    return wrapped(
        found if found is not None else sa.literal_column(f"{_shown(payload)}.{name}" if _shown(payload) else name)
    )


def _shown(table: object) -> str:
    return str(getattr(table, "name", "") or "") if isinstance(table, _TABLES) else ""


COLUMNS: Final = HostKind(
    name="the columns of a table",
    attribute=_column,
    item=lambda owner, key: _column(owner, key) if isinstance(key, str) else None,
    methods={
        "get": lambda owner, call: _column(owner, call.args[0]) if isinstance(call.args[0], str) else call.unknown()
    },
    items=lambda owner: [wrapped(column) for column in owner.payload.c] if len(owner.payload.c) else None,  # type: ignore[attr-defined]  # checked by its kind
)


def _plain(name: str) -> Callable[[HostObject], object]:
    def get(owner: HostObject) -> object:
        value = getattr(owner.payload, name, None)
        if value is None or isinstance(value, (str, int, float)):
            return str(value) if isinstance(value, str) else value
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return list(value)
        return Unknown(Cause.ATTRIBUTE, name)

    return get


def _ddl(create: bool) -> Callable[[HostObject, Call], object]:
    def run(owner: HostObject, call: Call) -> object:
        from migsafe.sources.alembic.connection import send_ddl

        return send_ddl(owner.payload, call, create=create)

    return run


SA: Final = HostKind(
    name="a SQLAlchemy object",
    methods={**{name: _method(name) for name in _METHODS}, "create": _ddl(True), "drop": _ddl(False)},
    attributes={**{name: _plain(name) for name in _PLAIN}, "c": _columns, "columns": _columns},
    operator=_operated,
)
"""Payload: a SQLAlchemy object."""

TYPE_CLASS: Final = HostKind(
    name="a SQLAlchemy type",
    call=lambda owner, call: build(owner.payload, call),  # type: ignore[arg-type]  # the payload is a class
)
"""Payload: a class of types, which SQLAlchemy takes in place of an instance."""


def build(
    constructor: Callable[..., object], call: Call, fill: Fill = Fill.NOTHING, drop: Iterable[str] = ()
) -> object:
    """The real object, or an unknown value with the reason in its words."""
    if call.more is not None:
        return Unknown(Cause.CALL, call.site.words)
    left_out = frozenset(drop)
    try:
        args = [real(value, call, fill) for value in call.args]
        kwargs = {key: real(value, call, fill) for key, value in call.kwargs.items() if key not in left_out}
        return HostObject(SA, constructor(*args, **kwargs))
    except (UnbuildableError, *REFUSED):
        return Unknown(Cause.CALL, call.site.words)


def typed(constructor: Callable[..., object]) -> Maker:
    """`column(name, type)`, `cast(x, type)`: what comes second is a type."""

    def make(call: Call) -> object:
        if call.more is not None or not call.args:
            return build(constructor, call, Fill.EXPRESSION)
        first = Fill.NAME if constructor in (sa.column, sa.bindparam) else Fill.EXPRESSION
        try:
            args = [real(call.args[0], call, first), *(real(value, call, Fill.TYPE) for value in call.args[1:])]
            kwargs = {key: real(value, call, Fill.TYPE) for key, value in call.kwargs.items()}
            return HostObject(SA, constructor(*args, **kwargs))
        except (UnbuildableError, *REFUSED):
            return Unknown(Cause.CALL, call.site.words)

    return make


def maker(constructor: Callable[..., object], fill: Fill, drop: Iterable[str] = ()) -> Maker:
    return lambda call: build(constructor, call, fill, drop)


_NOT_IN_SQL: Final = frozenset(
    ("default", "onupdate", "info", "insert_default", "doc", "server_onupdate", "sort_order", "init", "deferred")
)


def column(call: Call) -> object:
    """`sa.Column(name, type, …)`; a part that is not known is left open: its type, its name, its default."""
    try:
        args: list[object] = []
        for value in call.args:
            fill = Fill.NAME if not args and not isinstance(value, HostObject) else Fill.TYPE
            args.append(real(value, call, fill))
        kwargs = {key: _column_option(key, value, call) for key, value in call.kwargs.items() if key not in _NOT_IN_SQL}
        return HostObject(SA, sa.Column(*args, **kwargs))  # type: ignore[arg-type]  # SQLAlchemy checks them
    except (UnbuildableError, *REFUSED):
        return Unknown(Cause.CALL, call.site.words)


def _column_option(key: str, value: object, call: Call) -> object:
    if key in ("type_", "type"):
        return real(value, call, Fill.TYPE)
    if key == "server_default":
        return real(value, call, Fill.EXPRESSION)
    return real(value, call, Fill.NAME if key in ("name", "comment", "key") else Fill.NOTHING)


def table(call: Call) -> object:
    """`sa.Table(name, metadata, …)`. A reflected one is a table whose columns are not known."""
    try:
        name = real(call.args[0], call, Fill.NAME)
        options = {
            key: real(value, call, Fill.NAME)
            for key, value in call.kwargs.items()
            if key in ("schema", "comment", "prefixes")
        }
        if "autoload_with" in call.kwargs or "autoload" in call.kwargs or len(call.args) < 3:
            plain = {"schema": options["schema"]} if options.get("schema") else {}
            return HostObject(SA, sa.table(str(name), **plain))
        columns = [real(value, call) for value in call.args[2:]]
        make: Callable[..., object] = sa.Table
        return HostObject(SA, make(str(name), sa.MetaData(), *columns, **options))
    except (UnbuildableError, IndexError, *REFUSED):
        return Unknown(Cause.CALL, call.site.words)


def flattened(constructor: Callable[..., object]) -> Maker:
    """`select([a, b])` and `case([(a, b)])`, as they were written before SQLAlchemy 1.4."""

    def make(call: Call) -> object:
        try:
            args = [real(value, call, Fill.EXPRESSION) for value in call.args]
            if len(args) >= 1 and isinstance(args[0], list):
                args = [*args[0], *args[1:]]
            kwargs = {key: real(value, call, Fill.EXPRESSION) for key, value in call.kwargs.items()}
            where = kwargs.pop("whereclause", None)
            if constructor is sa.select and len(args) > 1 and is_clause(args[-1]) and _is_condition(args[-1]):
                where = args.pop()
            made = constructor(*args, **kwargs)
            return HostObject(SA, made if where is None else made.where(where))  # type: ignore[attr-defined]  # checked by its kind
        except (UnbuildableError, *REFUSED):
            return Unknown(Cause.CALL, call.site.words)

    return make


def _is_condition(value: object) -> bool:
    return isinstance(value, (expression.BinaryExpression, expression.BooleanClauseList)) and isinstance(
        value.type, sa.Boolean
    )


def _function(owner: HostObject, name: str) -> object:
    names = (*owner.payload, name) if isinstance(owner.payload, tuple) else (name,)
    return HostObject(FUNCTION, names)


def _call_function(owner: HostObject, call: Call) -> object:
    made: object = sa.func
    for name in owner.payload if isinstance(owner.payload, tuple) else ():
        made = getattr(made, name)  # SQLAlchemy's generator of function names, which holds nothing else
    assert callable(made)
    return build(made, call, Fill.EXPRESSION)


FUNCTION: Final = HostKind(name="func", attribute=_function, call=_call_function)


def metadata(_: Call) -> object:
    """`sa.MetaData(…)`: nothing of it but the schema is of interest, and tables have one of their own."""
    return HostObject(METADATA, sa.MetaData())


def _reflected(_: HostObject, key: object) -> object | None:
    return HostObject(SA, sa.table(key)) if isinstance(key, str) else None


TABLES: Final = HostKind(name="reflected tables", item=_reflected)
ANY_TABLES: Final = HostKind(name="tables", attribute=_reflected, item=_reflected)
"""The tables of the project's models, by name."""
METADATA: Final = HostKind(
    name="MetaData",
    methods={"reflect": lambda _, __: None},
    attributes={"tables": lambda owner: HostObject(TABLES, owner.payload), "schema": lambda _: None},
)
