"""Whether an expression can be evaluated once for all rows.

Source: clauses.c, `contain_volatile_functions`, after `eval_const_expressions` has inlined SQL functions
(`inline_function`). Stable functions such as `now()` are as good as constants here.
"""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.facts import Volatility, operator_volatility, volatility
from migsafe.model.expressions import Call, Expression
from migsafe.model.operations import Select
from migsafe.parsers.postgresql import parse_statement
from migsafe.schema.objects import Function

_MAX_DEPTH = 16  # of functions that call each other


def volatile_part(expression: Expression, context: Context) -> str | None:
    """The function that makes the expression volatile, such as `random()`, or None when nothing does."""
    culprit = _volatile_call(expression.calls, context, 0)
    if culprit is not None:
        return culprit
    for operator in expression.operators:
        if operator_volatility(operator, context.version) is None:
            context.builder.assume(f"the operator {operator} is volatile")
            return operator
    return None


def _volatile_call(calls: tuple[Call, ...], context: Context, depth: int) -> str | None:
    return next((f"{call.function}()" for call in calls if _is_volatile(call, context, depth)), None)


def _is_volatile(call: Call, context: Context, depth: int) -> bool:
    own = tuple(f for f in context.schema.functions_named(call.function) if _fits(f, call))
    if own:
        return any(_is_volatile_function(function, context, depth) for function in own)
    built_in = volatility(call.function.name, context.version, call.argument_types or None)
    if built_in is not None:
        return built_in is Volatility.VOLATILE
    context.builder.assume(f"the function {call.function}() is volatile")
    return True


def _fits(function: Function, call: Call) -> bool:
    return not function.arguments or len(function.arguments) >= call.arguments


def _is_volatile_function(function: Function, context: Context, depth: int) -> bool:
    if function.volatility != "volatile":
        return False
    if function.language.lower() != "sql" or function.body is None or function.strict or depth > _MAX_DEPTH:
        return True
    inlined = _inlined(function.body)
    return inlined is None or _volatile_call(inlined, context, depth + 1) is not None


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
