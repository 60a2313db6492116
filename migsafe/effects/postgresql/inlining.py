"""SQL functions that the planner replaces by their own expression (clauses.c, `inline_function`)."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.model.expressions import Expression, Outermost
from migsafe.parsers.postgresql import parse_expression
from migsafe.schema.objects import Function
from migsafe.text.patterns import late

_PARAMETER = late(r"\$(\d+)")


def passed_on(expression: Expression, context: Context) -> tuple[Function, Expression] | None:
    """The function and the argument that it gives back as it is, for a call of such a function."""
    call = expression.outermost
    if call is None or call.function is None:
        return None
    known = tuple(f for f in context.schema.functions_named(call.function) if len(f.arguments) == len(call.arguments))
    if len(known) != 1 or not is_inlined(known[0]):
        return None
    body = body_expression(known[0])
    position = None if body is None else _parameter(body, call)
    return None if position is None else (known[0], call.arguments[position])


def is_inlined(function: Function) -> bool:
    """Whether the planner looks inside: SQL, one value, no settings and rights of its own."""
    returns_set = function.returns is not None and function.returns.setof
    return function.known and function.language.lower() == "sql" and not function.never_inlined and not returns_set


def body_expression(function: Function) -> Expression | None:
    """The body as an expression, if it is one SELECT of nothing else."""
    if function.body is None:
        return None
    text = function.body.strip().rstrip(";").strip()
    word, _, rest = text.partition(" ")
    return parse_expression(rest) if word.lower() in {"select", "return"} else None


def _parameter(body: Expression, call: Outermost) -> int | None:
    """The number, from 0, of the parameter that the body is; a name can only mean the only one."""
    found = _PARAMETER.fullmatch(body.sql.strip())
    if found is not None:
        position = int(found[1]) - 1
        return position if position < len(call.arguments) else None
    named = body.cast_of_column is not None and not body.casts and len(call.arguments) == 1
    return 0 if named else None
