"""Operators on values: Python's own on plain values of bounded size, the front end's on its objects."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migsafe.sources.interpreter.branching import each
from migsafe.sources.interpreter.errors import ErrorValue
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.likeness import many, stands_for_all
from migsafe.sources.interpreter.truth import contains, equal, fits, is_certain, truth
from migsafe.sources.interpreter.values import CONTAINERS, PLAIN, SCALARS, Cause, Either, Maybe, Rest, Unknown, items_of
from migsafe.sources.interpreter.values_defined import Builtin, Class, Instance

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.MatMult: "@",
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

_BINARY: dict[str, Callable[[Any, Any], object]] = {  # applied to plain values only
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "@": operator.matmul,
}
_ORDER: dict[str, Callable[[Any, Any], object]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_UNARY: dict[str, Callable[[Any], object]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
_ERRORS = (TypeError, ValueError, ArithmeticError, OverflowError)


def binary(machine: Machine, frame: Frame, node: ast.AST, symbol: str, left: object, right: object) -> object:
    """`left symbol right`."""
    if isinstance(left, Either):
        return each(machine, left, lambda v: binary(machine, frame, node, symbol, v, right))
    if isinstance(right, Either):
        return each(machine, right, lambda v: binary(machine, frame, node, symbol, left, v))
    if isinstance(left, str) and symbol == "%":
        from migsafe.sources.interpreter.formatting import percent

        return percent(machine, frame, node, left, right)
    if isinstance(left, HostObject) or isinstance(right, HostObject):
        return _host(machine, frame, node, symbol, left, right)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return _with_unknown(machine, frame, node, symbol, left, right)
    if symbol in _OF_SETS and type(left) in _AS_SETS and type(right) in _AS_SETS:
        return _of_sets(machine, frame, node, symbol, (left, right))
    if type(left) in PLAIN and type(right) in PLAIN:
        return _plain(machine, frame, node, symbol, left, right)
    if symbol == "|" and isinstance(left, (Builtin, Class)):
        return machine.unknown(Cause.UNSUPPORTED, frame, node)  # a union of types, only ever an annotation
    return machine.unknown(Cause.UNSUPPORTED, frame, node)


_OF_SETS = frozenset("-&|^")
_AS_SETS = frozenset((set, frozenset, list))  # views of dicts are imitated by lists


def _of_sets(
    machine: Machine, frame: Frame, node: ast.AST, symbol: str, operands: tuple[Any, Any]
) -> object:  # plain values of any type
    """Of items that are not known, nobody can say whether they are in both."""
    if any(isinstance(item, (Rest, Maybe)) for items in operands for item in items):
        alike = stands_for_all(item for items in operands for item in items)
        return {Rest(machine.unknown(Cause.BRANCH, frame, node)) if alike is None else many(alike)}
    if too_large(machine, symbol, *operands):
        return machine.unknown(Cause.LIMIT, frame, node)
    try:
        return _BINARY[symbol](*map(set, operands))
    except TypeError:
        return machine.unknown(Cause.UNSUPPORTED, frame, node)


def _with_unknown(machine: Machine, frame: Frame, node: ast.AST, symbol: str, left: object, right: object) -> object:
    if symbol == "+" and isinstance(left, str) and isinstance(right, Unknown):
        return bounded_text(machine, frame, node, left + machine.hole(right))
    if symbol == "+" and isinstance(right, str) and isinstance(left, Unknown):
        return bounded_text(machine, frame, node, machine.hole(left) + right)
    return _joined_with_rest(left, right) if symbol == "+" else machine.unknown(_cause(left, right), frame, node)


def _joined_with_rest(left: object, right: object) -> object:
    """A list of which some items are known, or an unknown value."""
    for known, unknown, order in ((left, right, 1), (right, left, -1)):
        if isinstance(unknown, Unknown) and isinstance(known, (list, tuple)):
            parts = [*known, Rest(unknown)] if order == 1 else [Rest(unknown), *known]
            return tuple(parts) if isinstance(known, tuple) else parts
    return left if isinstance(left, Unknown) else right


def _cause(left: object, right: object) -> Cause:
    unknown = left if isinstance(left, Unknown) else right
    return unknown.cause if isinstance(unknown, Unknown) else Cause.UNSUPPORTED


def _host(machine: Machine, frame: Frame, node: ast.AST, symbol: str, left: object, right: object) -> object:
    for value in (left, right):
        if isinstance(value, HostObject) and value.kind.operator is not None:
            found = value.kind.operator(symbol, left, right)
            if found is not None:
                return found
    return machine.unknown(Cause.UNSUPPORTED, frame, node)


def _plain(
    machine: Machine, frame: Frame, node: ast.AST, symbol: str, left: Any, right: Any
) -> object:  # plain values of any type
    if too_large(machine, symbol, left, right):
        return machine.unknown(Cause.LIMIT, frame, node)
    try:
        result = _BINARY[symbol](left, right)
    except _ERRORS as error:
        return machine.fail(frame, node, type(error).__name__, str(error)[:200])
    if type(result) is int and result.bit_length() > machine.limits.bits:
        return machine.unknown(Cause.LIMIT, frame, node)
    machine.charge(result)
    return result if type(result) in PLAIN else machine.unknown(Cause.UNSUPPORTED, frame, node)


def too_large(machine: Machine, symbol: str, left: object, right: object) -> bool:
    """Whether the result would exceed a limit: known before it is worked out."""
    limits = machine.limits
    if symbol == "**":
        return _power_bits(left, right) > limits.bits
    if symbol == "<<":
        return not (isinstance(right, int) and isinstance(left, int) and left.bit_length() + right <= limits.bits)
    if symbol == "*":
        return _repeated(left, right) > 0 and not _repeats_within(machine, left, right)
    if symbol == "+":
        return _length(left) + _length(right) > (limits.text if isinstance(left, (str, bytes)) else limits.items)
    if symbol in ("-", "&", "|", "^") and type(left) in CONTAINERS:
        return _length(left) + _length(right) > limits.keys or not all(map(_is_scalar, items_of(right)))
    return False


def _is_scalar(value: object) -> bool:
    return type(value) in SCALARS or type(value) not in PLAIN


def _power_bits(base: object, exponent: object) -> int:
    """About how many bits a power of integers has; other types do not grow."""
    if isinstance(base, int) and isinstance(exponent, int):
        return max(base.bit_length(), 1) * exponent if abs(base) > 1 and exponent > 0 else 0
    return 0


def _repeated(left: object, right: object) -> int:
    return max(_length(left), _length(right))


def _repeats_within(machine: Machine, left: object, right: object) -> bool:
    sequence, times = (left, right) if _length(left) else (right, left)
    if not isinstance(times, int):
        return True  # Python raises
    room = machine.limits.text if isinstance(sequence, (str, bytes)) else machine.limits.items
    return _length(sequence) * times <= room


def _length(value: object) -> int:
    return len(value) if isinstance(value, (str, bytes, tuple, list, set, frozenset, dict)) else 0


def bounded_text(machine: Machine, frame: Frame, node: ast.AST, text: str) -> object:
    """The text, unless it is too long."""
    machine.charge(text)
    return text if len(text) <= machine.limits.text else machine.unknown(Cause.LIMIT, frame, node)


def unary(machine: Machine, frame: Frame, node: ast.AST, symbol: str, value: object) -> object:
    """`symbol value`."""
    if isinstance(value, Either):
        return each(machine, value, lambda v: unary(machine, frame, node, symbol, v))
    if symbol == "not":
        return _negated(machine, frame, node, value)
    if isinstance(value, HostObject):
        found = value.kind.operator(symbol, value, None) if value.kind.operator else None
        return machine.unknown(Cause.UNSUPPORTED, frame, node) if found is None else found
    if type(value) not in SCALARS:
        return machine.unknown(value.cause if isinstance(value, Unknown) else Cause.UNSUPPORTED, frame, node)
    try:
        return _UNARY[symbol](value)
    except _ERRORS as error:
        return machine.fail(frame, node, type(error).__name__, str(error)[:200])


def _negated(machine: Machine, frame: Frame, node: ast.AST, value: object) -> object:
    if isinstance(value, HostObject) and value.kind.operator and value.kind.truth is None:
        found = value.kind.operator("not", value, None)
        if found is not None:
            return found
    known = truth(machine, value)
    return machine.unknown(_cause(value, value), frame, node) if known is None else not known


def compare(machine: Machine, frame: Frame, node: ast.AST, symbol: str, left: object, right: object) -> object:
    """`left symbol right`, one comparison: True, False, an unknown value or what the front end makes of it."""
    if isinstance(left, Either):
        return each(machine, left, lambda v: compare(machine, frame, node, symbol, v, right))
    if isinstance(right, Either):
        return each(machine, right, lambda v: compare(machine, frame, node, symbol, left, v))
    if symbol in ("is", "is not"):
        return _identity(machine, frame, node, symbol, left, right)
    if symbol in ("in", "not in"):
        return _membership(machine, frame, node, symbol, (left, right))
    if isinstance(left, HostObject) or isinstance(right, HostObject):
        return _host(machine, frame, node, symbol, left, right)
    answer = equal(machine, left, right) if symbol in ("==", "!=") else None
    if answer is not None:
        return answer == (symbol == "==")
    return _ordered(machine, frame, node, symbol, left, right)


def _identity(machine: Machine, frame: Frame, node: ast.AST, symbol: str, left: object, right: object) -> object:
    """Identity is known for None, booleans and what the program defines; not for numbers and texts."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return machine.unknown(_cause(left, right), frame, node)
    same = left is right
    if not same and (_may_be_anything(left) or _may_be_anything(right)):
        return machine.unknown(Cause.DATABASE, frame, node)
    vague = type(left) is type(right) and type(left) in SCALARS and not isinstance(left, (bool, type(None)))
    if vague and not same and equal(machine, left, right) is not False:
        return machine.unknown(Cause.UNSUPPORTED, frame, node)
    return same == (symbol == "is")


def _may_be_anything(value: object) -> bool:
    """Whether only the database knows what it is: the value of a column may be None."""
    return isinstance(value, HostObject) and value.kind.any_value


def _membership(machine: Machine, frame: Frame, node: ast.AST, symbol: str, operands: tuple[object, object]) -> object:
    item, container = operands
    if isinstance(container, HostObject):
        found = container.kind.operator("in", item, container) if container.kind.operator else None
        items = container.kind.items(container) if found is None and container.kind.items else None
        if isinstance(found, bool):
            return found == (symbol == "in")
        if found is not None or items is None:
            return machine.unknown(Cause.DATABASE, frame, node) if found is None else found
        container = list(items)
    if isinstance(container, Instance) or not fits(machine, item):
        return machine.unknown(Cause.UNSUPPORTED, frame, node)
    try:
        answer = contains(machine, container, item)
    except TypeError as error:
        return machine.fail(frame, node, "TypeError", str(error))
    if answer is None:
        return machine.unknown(_cause(item, container), frame, node)
    return answer == (symbol == "in")


def _ordered(
    machine: Machine, frame: Frame, node: ast.AST, symbol: str, left: Any, right: Any
) -> object:  # plain values of any type
    certain = is_certain(left) and is_certain(right)
    if symbol not in _ORDER or not certain or not (fits(machine, left) and fits(machine, right)):
        return machine.unknown(_cause(left, right), frame, node)
    try:
        return bool(_ORDER[symbol](left, right))
    except _ERRORS as error:
        return machine.fail(frame, node, type(error).__name__, str(error)[:200])


__all__ = ["SYMBOLS", "ErrorValue", "binary", "bounded_text", "compare", "too_large", "unary"]
