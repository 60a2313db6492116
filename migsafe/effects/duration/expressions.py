"""What it costs to evaluate an expression for one row, in seconds, from the facts that the text shows."""

from __future__ import annotations

from migsafe.effects.duration.moment import Moment
from migsafe.model.expressions import Call, Expression, TypeName
from migsafe.model.names import Name

_PATTERNS = frozenset({"~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*", "like", "ilike", "similar to"})
_PATTERN_CALLS = frozenset(
    {"regexp_replace", "regexp_match", "regexp_matches", "regexp_like", "like_escape", "similar_to_escape"}
)
_RANDOM_UUID = frozenset({"gen_random_uuid", "uuid_generate_v4", "uuidv4", "uuidv7"})
_DOCUMENTS = frozenset({"json", "jsonb", "xml", "tsvector"})
_AS_TEXT = frozenset({"text", "varchar", "bpchar", "name"})


def cost(expression: Expression, table: Name, at: Moment) -> float:
    """Seconds for one row. A sub-query is not in it."""
    constants = at.constants
    listed = sum((c.value or "").count(",") for c in expression.conjuncts if c.operator == "in")
    tests = max(len(expression.operators), len(expression.conjuncts)) + listed
    patterns = sum(operator.lower() in _PATTERNS for operator in expression.operators)
    seconds = (tests - patterns) * constants.operator + patterns * constants.pattern
    seconds += sum(_call(call, at) for call in expression.calls)
    seconds += sum(_cast(kind, expression, table, at) for kind in expression.casts)
    return seconds + sum(_detoast(column, table, at) for column in dict.fromkeys(expression.columns))


def _call(call: Call, at: Moment) -> float:
    name, constants = call.function.name, at.constants
    if name in _RANDOM_UUID:
        return constants.random_uuid
    if name == "nextval":
        return constants.next_value
    if name in _PATTERN_CALLS:
        return constants.pattern
    if at.schema.functions_named(call.function):
        return constants.user_call
    return constants.call


def _cast(kind: TypeName, expression: Expression, table: Name, at: Moment) -> float:
    """Between numbers a cast is an operator; to and from text the value is printed and read."""
    if expression.constant:
        return 0.0
    if kind.name in _DOCUMENTS:
        width = max((at.sizes.width(table, column) for column in expression.columns), default=0.0)
        return at.constants.convert + width * at.constants.parse_byte
    return at.constants.convert if kind.name in _AS_TEXT else at.constants.operator


def _detoast(column: str, table: Name, at: Moment) -> float:
    """A long value is stored out of line, and fetched to be looked at (the manual, 65.2 "TOAST")."""
    return at.sizes.toasted_width(table, column) * at.constants.detoast_byte


def conversion(old: TypeName | None, new: TypeName, width: float, at: Moment) -> float:
    """Seconds to convert one value between types without USING."""
    if old is None:
        return at.constants.convert
    if {old.name, new.name} & _DOCUMENTS:
        return at.constants.convert + width * at.constants.parse_byte
    numbers = {"int2", "int4", "int8", "float4", "float8", "bool", "date", "timestamp", "timestamptz"}
    if old.name in numbers and new.name in numbers:
        return at.constants.operator
    if old.name in _AS_TEXT and new.name in _AS_TEXT:
        return at.constants.call
    return at.constants.convert
