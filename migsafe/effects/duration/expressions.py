"""What it costs to evaluate an expression for one row, in seconds, from the facts that the text shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migsafe.effects.duration.moment import Moment
from migsafe.model.expressions import Call, Expression, TypeName
from migsafe.model.names import Name

_REGULAR = frozenset({"~", "~*", "!~", "!~*", "~~*", "!~~*", "ilike", "similar to"})
_LIKE = frozenset({"~~", "!~~", "like"})
_STATES = 0.25  # of `pattern` for each state of the automaton besides the first, which every row builds anew
_LONG_OPERANDS = 2.0  # comparing numerics or texts against comparing integers
_REGULAR_CONSTANT = re.compile(r"~\*?\s*E?'((?:[^']|'')*)'")
_ATOM = re.compile(r"(\[\^?\]?[^\]]*\]|\\\\?.|[^\^$()|*+?{}])(?:\{(\d+)(?:,(\d*))?\})?")
_PATTERN_CALLS = frozenset(
    {"regexp_replace", "regexp_match", "regexp_matches", "regexp_like", "like_escape", "similar_to_escape"}
)
_RANDOM_UUID = frozenset({"gen_random_uuid", "uuid_generate_v4", "uuidv4", "uuidv7"})
_DOCUMENTS = frozenset({"json", "jsonb", "xml", "tsvector"})
_LONGEST_PATTERN = 1000
_SHORT_TEXT = 48.0  # bytes
_MOST_REPEATED = 255  # regex.h, DUPMAX
_NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "bool", "date", "timestamp", "timestamptz", "oid"})
_AS_TEXT = frozenset({"text", "varchar", "bpchar", "name"})


def cost(expression: Expression, table: Name, at: Moment) -> float:
    """Seconds for one row. A sub-query is not in it."""
    seconds = _operators(expression, table, at) + position(expression.columns, table, at)
    seconds += sum(_call(call, table, at) for call in expression.calls)
    seconds += sum(_cast(kind, expression, table, at) for kind in expression.casts)
    return seconds + sum(_detoast(column, table, at) for column in dict.fromkeys(expression.columns))


def _operators(expression: Expression, table: Name, at: Moment) -> float:
    constants = at.constants
    listed = sum((c.value or "").count(",") for c in expression.conjuncts if c.operator == "in")
    tests = max(len(expression.operators), len(expression.conjuncts))
    regular = sum(operator.lower() in _REGULAR for operator in expression.operators)
    like = sum(operator.lower() in _LIKE for operator in expression.operators)
    plain = (tests - regular - like) * constants.operator * _operands(expression, table, at)
    plain += listed / 2 * constants.operator  # a list is searched until the value is found
    texts = like * constants.call + regular * constants.pattern * _automaton(expression.sql)
    return plain + texts * _length(expression.columns, table, at)


def _operands(expression: Expression, table: Name, at: Moment) -> float:
    columns = (at.relation(table).column(name) for name in expression.columns)
    types = {column.type.name for column in columns if column is not None and column.type is not None}
    return 1.0 if types <= _NUMBERS else _LONG_OPERANDS


def _automaton(sql: str) -> float:
    """How much more a regular expression costs than one of a single state. The automaton is built while it runs and
    thrown away after each row (regexec.c), and `{32}` is 32 states."""
    states = 0
    for constant in _REGULAR_CONSTANT.findall(sql):
        for atom, least, most in _ATOM.findall(constant[:_LONGEST_PATTERN]):
            states += min(int(most or least or 1), _MOST_REPEATED) if atom else 0
    return 1 + _STATES * max(states - 1, 0)


def position(columns: Iterable[str], table: Name, at: Moment) -> float:
    """Seconds to get to the last of these columns: all before it are taken apart as well."""
    names = [column.name for column in at.relation(table).columns]
    last = max((names.index(name) for name in columns if name in names), default=0)
    return at.constants.read_column * max(last - 1, 0)


def _call(call: Call, table: Name, at: Moment) -> float:
    name, constants = call.function.name, at.constants
    if name in _RANDOM_UUID:
        return constants.random_uuid
    if name == "nextval":
        return constants.next_value
    if name in _PATTERN_CALLS:
        return constants.pattern
    if at.schema.functions_named(call.function):
        return constants.user_call
    return constants.call * _length([column for column in call.columns if column is not None], table, at)


def _length(columns: Iterable[str], table: Name, at: Moment) -> float:
    """Functions of texts take time by their length; the constants are for short ones."""
    widest = max((at.sizes.width(table, column) for column in columns), default=0.0)
    return max(widest / _SHORT_TEXT, 1.0)


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
    if old.name in _NUMBERS and new.name in _NUMBERS:
        return at.constants.operator
    if old.name in _AS_TEXT and new.name in _AS_TEXT:
        return at.constants.call
    return at.constants.convert
