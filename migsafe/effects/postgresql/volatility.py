"""Whether an expression can be evaluated once for all rows.

Source: clauses.c, `contain_volatile_functions`, after `eval_const_expressions` has inlined SQL functions
(`inline_function`). Stable functions such as `now()` are as good as constants here.
"""

from __future__ import annotations

from itertools import zip_longest

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.expression_types import own_functions, type_of
from migsafe.effects.postgresql.facts import (
    CastContext,
    Volatility,
    callable_facts,
    least_volatility,
    operator_volatility,
    volatility,
)
from migsafe.effects.postgresql.user_casts import casts_to, functions_of, user_cast, user_operator
from migsafe.model.expressions import Call, Expression, TypeName
from migsafe.model.operations import Select
from migsafe.parsers.postgresql import parse_statement
from migsafe.schema.columns import stored_type
from migsafe.schema.objects import Function, OtherObject, Relation

_MAX_DEPTH = 16  # of functions that call each other


def volatile_part(expression: Expression, context: Context) -> str | None:
    """The function that makes the expression volatile, such as `random()`, or None when nothing does."""
    return _part(expression, Volatility.VOLATILE, context)


def mutable_part(expression: Expression, table: Relation, context: Context) -> str | None:
    """What certainly keeps an expression over the table's columns from being immutable, such as `now()`, or None.

    Where the types of arguments are unknown, the best overload counts, and an unknown function as immutable.
    """
    if expression.special:
        return expression.special[0]
    for call in expression.calls:
        if not never_called(call, context) and _least(call, table, context) > Volatility.IMMUTABLE:
            return f"{call.function}()"
    return None


def _least(call: Call, table: Relation, context: Context) -> Volatility:
    own = tuple(f for f in context.schema.functions_named(call.function) if _fits(f, call))
    if own:
        return min(_volatility_of(function, context, 0) for function in own)
    columns = (None if name is None else table.column(name) for name in call.columns)
    of_columns = tuple(None if c is None or c.type is None else str(c.type.replace(modifiers=())) for c in columns)
    types = tuple(
        (None if shown == "unknown" else shown) or of_column
        for shown, of_column in zip_longest(call.argument_types, of_columns)
    )
    return least_volatility(_built_in_name(call, context), context.version, types) or Volatility.IMMUTABLE


def _built_in_name(call: Call, context: Context) -> str:
    """Until 14 EXTRACT was another name of date_part."""
    name = call.function.name
    return "date_part" if name == "extract" and context.version < 14 else name


def _part(expression: Expression, least: Volatility, context: Context) -> str | None:
    for call in expression.calls:
        if not never_called(call, context) and _volatility(call, context, 0) >= least:
            return f"{call.function}()"
    for operator in expression.operators:
        if _operator_is(operator, least, context):
            return operator
    for kind in expression.casts:
        if any(_cast_is(cast, least, context) for cast in casts_to(kind, context)):
            return f"the cast to {kind}"
    return None


def volatile_assignment(expression: Expression, kind: TypeName, context: Context) -> str | None:
    """The user's cast that turns the value into the type of its column, when it is volatile."""
    found = type_of(expression, context)
    wanted = stored_type(context.schema, kind)
    cast = None if found is None else user_cast(found, wanted, context, CastContext.ASSIGNMENT)
    if cast is None or not _cast_is(cast, Volatility.VOLATILE, context):
        return None
    return f"the cast from {found}"


def _operator_is(written: str, least: Volatility, context: Context) -> bool:
    """Whether an operator is so volatile. A built-in one of the same name may be meant, too: the worse counts."""
    built_in = operator_volatility(written, context.version)
    own = user_operator(written, context)
    functions = () if own is None else functions_of(own, context)
    if functions:
        if built_in is not None:
            context.builder.assume(f"the operator {written} is the one that CREATE OPERATOR made")
        return max(_volatility_of(function, context, 0) for function in functions) >= least
    if built_in is None:
        context.builder.assume(f"the operator {written} is volatile")
    return built_in is None


def _cast_is(cast: OtherObject, least: Volatility, context: Context) -> bool:
    return any(_volatility_of(function, context, 0) >= least for function in functions_of(cast, context))


def never_called(call: Call, context: Context) -> bool:
    """A strict function of NULL is NULL (clauses.c, `simplify_function`)."""
    if not call.null_argument:
        return False
    own = own_functions(call.function, call.arguments, context)
    if own:
        return all(function.strict for function in own)
    facts = callable_facts(call.function.name, context.version)
    return facts is not None and facts.strict and facts.kind == "function"


def _volatility(call: Call, context: Context, depth: int) -> Volatility:
    """The worst overload that the call may mean."""
    own = tuple(f for f in context.schema.functions_named(call.function) if _fits(f, call))
    if own:
        return max(_volatility_of(function, context, depth) for function in own)
    # An untyped string takes the type that the function wants.
    types = tuple(None if kind == "unknown" else kind for kind in call.argument_types)
    built_in = volatility(_built_in_name(call, context), context.version, types or None)
    if built_in is not None:
        return built_in
    context.builder.assume(f"the function {call.function}() is volatile")
    return Volatility.VOLATILE


def _fits(function: Function, call: Call) -> bool:
    return not function.arguments or len(function.arguments) >= call.arguments


def _volatility_of(function: Function, context: Context, depth: int) -> Volatility:
    """As declared, unless the planner puts the function's own expression in its place."""
    declared = Volatility[function.volatility.upper()]
    inlines = (
        function.language.lower() == "sql" and not function.strict and not function.never_inlined and depth < _MAX_DEPTH
    )
    if declared is not Volatility.VOLATILE or function.body is None or not inlines:
        return declared
    calls = _inlined(function.body)
    if calls is None:
        return declared
    return max((_volatility(call, context, depth + 1) for call in calls), default=Volatility.IMMUTABLE)


def _inlined(body: str) -> tuple[Call, ...] | None:
    """The calls of a body that the planner can put in place of the function: one SELECT of one expression."""
    text = body.strip().rstrip(";").strip()
    if text.lower().startswith("return "):
        text = f"SELECT {text[7:]}"
    parsed = parse_statement(text)
    if parsed.syntax_error is not None or len(parsed.clauses) != 1:
        return None
    operation = parsed.clauses[0].operation
    if not isinstance(operation, Select) or operation.query.reads or operation.query.has_limit:
        return None
    query = operation.query
    return None if query.conditions is not None or len(query.columns) > 1 else query.calls
