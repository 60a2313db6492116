"""The type of an expression where it is certain, and what may not be called in it.

Source: parse_expr.c, `transformExprRecurse`; parse_func.c, `ParseFuncOrColumn`, `check_srf_call_placement`;
parse_agg.c, `check_agglevels_and_constraints`. No overload is resolved: where functions of a name differ, nothing
is said.
"""

from __future__ import annotations

from enum import Enum

from migsafe.effects.postgresql.column_types import shown_type
from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.facts import callable_facts
from migsafe.effects.postgresql.type_conversion import Conversion, conversion
from migsafe.model.expressions import Call, Expression, TypeName
from migsafe.model.names import Name
from migsafe.schema.columns import stored_type
from migsafe.schema.objects import Function

_SPECIAL = {
    "current_date": "date",
    "current_time": "timetz",
    "current_timestamp": "timestamptz",
    "localtime": "time",
    "localtimestamp": "timestamp",
    "current_user": "name",
    "session_user": "name",
    "current_role": "name",
    "user": "name",
}


class Place(Enum):
    """Where an expression stands, in the words of the server's messages."""

    DEFAULT = "DEFAULT expressions"
    TRANSFORM = "transform expressions"
    CHECK = "check constraints"
    GENERATION = "column generation expressions"
    INDEX = "index expressions"
    PREDICATE = "index predicates"


def refuse_calls(expression: Expression, place: Place, context: Context) -> None:
    """Refuse aggregates, window functions and functions that return sets."""
    for call in expression.calls:
        _refuse_call(call, place, context)


def _refuse_call(call: Call, place: Place, context: Context) -> None:
    own = own_functions(call.function, call.arguments, context)
    facts = None if own else callable_facts(call.function.name, context.version, extensions=False)
    if facts is not None and facts.kind == "aggregate":
        message = f"aggregate functions are not allowed in {place.value}"
        context.builder.refuse(message, "42803", "parse_agg.c, check_agglevels_and_constraints")
    if facts is not None and facts.kind == "window":
        message = f"window functions are not allowed in {place.value}"
        context.builder.refuse(message, "42P20", "parse_agg.c, transformWindowFuncCall")
    returns_set = all(f.returns is not None and f.returns.setof for f in own) if own else facts and facts.returns_set
    if returns_set:
        message = f"set-returning functions are not allowed in {place.value}"
        context.builder.refuse(message, "0A000", "parse_func.c, check_srf_call_placement")


def own_functions(name: Name, arguments: int, context: Context) -> tuple[Function, ...]:
    """The functions of history that a call may mean; defaults of parameters may fill up the arguments."""
    known = context.schema.functions_named(name)
    return tuple(f for f in known if not f.arguments or len(f.arguments) >= arguments)


def refuse_wrong_default(column: str, default: Expression, kind: TypeName, context: Context) -> None:
    """heap.c, cookDefault: the default must convert to the column's type by assignment."""
    found = type_of(default, context)
    wanted = stored_type(context.schema, kind)
    if found is None or conversion((found, wanted), context, explicit=False) is not Conversion.IMPOSSIBLE:
        return
    shown = shown_type(found)
    message = f'column "{column}" is of type {shown_type(kind)} but default expression is of type {shown}'
    context.builder.refuse(message, "42804", "heap.c, cookDefault")


def type_of(expression: Expression, context: Context) -> TypeName | None:
    """The type of an expression without columns; None where the text, the catalogs and history do not settle it."""
    if expression.constant and not expression.casts:
        return _literal_type(expression.sql)
    if len(expression.special) == 1 and expression.sql.partition("(")[0].strip().lower() == expression.special[0]:
        name = _SPECIAL.get(expression.special[0])
        return None if name is None else TypeName(name)
    outermost = expression.outermost
    if outermost is None:
        return None
    if outermost.type is not None:
        return stored_type(context.schema, outermost.type)
    assert outermost.function is not None
    return _result_type(outermost.function, len(outermost.arguments), context)


def _literal_type(sql: str) -> TypeName | None:
    """scan.l and parse_node.c, `make_const`: an untyped string or NULL takes the type that is wanted."""
    if sql.lower() in {"true", "false"}:
        return TypeName("bool")
    digits = sql.lstrip("-")
    if digits.isdecimal():
        value = int(digits)
        return TypeName("int4" if value < 1 << 31 else "int8" if value < 1 << 63 else "numeric")
    return TypeName("numeric") if digits[:1].isdecimal() and digits.replace(".", "", 1).isdecimal() else None


def _result_type(function: Name, arguments: int, context: Context) -> TypeName | None:
    own = context.schema.functions_named(function)
    if own:
        results = {f.returns for f in own_functions(function, arguments, context)}
        only = results.pop() if len(results) == 1 else None
        return None if only is None or only.setof or only.name.startswith("any") else only
    if function.schema not in (None, "pg_catalog") or context.schema.extensions:
        return None
    facts = callable_facts(function.name, context.version, extensions=False)
    if facts is None or facts.result is None or facts.returns_set:
        return None
    element = facts.result.removesuffix("[]")
    return TypeName(element, dimensions=1 if element != facts.result else 0)
