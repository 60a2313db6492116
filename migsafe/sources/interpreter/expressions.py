"""Expressions: displays, operators, conditions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.attributes import attribute_of
from migsafe.sources.interpreter.branching import choose, words_of
from migsafe.sources.interpreter.containers import room, set_of
from migsafe.sources.interpreter.dispatch import EVALUATORS, evaluates
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.loops import collect
from migsafe.sources.interpreter.operators import SYMBOLS, binary, compare, unary
from migsafe.sources.interpreter.subscripts import set_item
from migsafe.sources.interpreter.truth import truth
from migsafe.sources.interpreter.values import Cause, Rest, Unknown

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


@evaluates(ast.Attribute)
def attribute(machine: Machine, node: ast.Attribute, frame: Frame) -> object:
    return attribute_of(machine, frame, node, machine.evaluate(node.value, frame), node.attr)


@evaluates(ast.BinOp)
def binary_operation(machine: Machine, node: ast.BinOp, frame: Frame) -> object:
    """A chain `a + b + c …` is walked flat: generated files have some with hundreds of parts."""
    spine = [node]
    while isinstance(spine[-1].left, ast.BinOp):
        spine.append(spine[-1].left)
    value = machine.evaluate(spine[-1].left, frame)
    for part in reversed(spine):
        value = binary(machine, frame, part, SYMBOLS[type(part.op)], value, machine.evaluate(part.right, frame))
    return value


@evaluates(ast.UnaryOp)
def unary_operation(machine: Machine, node: ast.UnaryOp, frame: Frame) -> object:
    return unary(machine, frame, node, SYMBOLS[type(node.op)], machine.evaluate(node.operand, frame))


@evaluates(ast.BoolOp)
def boolean_operation(machine: Machine, node: ast.BoolOp, frame: Frame) -> object:
    return _boolean(machine, node, node.values, frame)


def _boolean(machine: Machine, node: ast.BoolOp, parts: list[ast.expr], frame: Frame) -> object:
    value = machine.evaluate(parts[0], frame)
    if len(parts) == 1:
        return value
    known = truth(machine, value)
    goes_on = isinstance(node.op, ast.And)
    if known is not None:
        if known is goes_on:
            return _boolean(machine, node, parts[1:], frame)
        machine.trace.dead.update(parts[1:])
        return value
    positive, negative = words_of(frame.module.source, parts[0])
    words = (positive, negative) if goes_on else (negative, positive)
    return choose(machine, words, lambda: _boolean(machine, node, parts[1:], frame), lambda: value)


@evaluates(ast.IfExp)
def conditional(machine: Machine, node: ast.IfExp, frame: Frame) -> object:
    known = truth(machine, machine.evaluate(node.test, frame))
    if known is not None:
        machine.trace.dead.add(node.orelse if known else node.body)
        return machine.evaluate(node.body if known else node.orelse, frame)
    words = words_of(frame.module.source, node.test)
    return choose(
        machine, words, lambda: machine.evaluate(node.body, frame), lambda: machine.evaluate(node.orelse, frame)
    )


@evaluates(ast.Compare)
def comparison(machine: Machine, node: ast.Compare, frame: Frame) -> object:
    left = machine.evaluate(node.left, frame)
    result: object = True
    uncertain: object = None
    for number, (symbol, part) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = machine.evaluate(part, frame)
        result = compare(machine, frame, node, SYMBOLS[type(symbol)], left, right)
        known = truth(machine, result)
        if known is False:
            machine.trace.dead.update(node.comparators[number + 1 :])
            return result
        if known is None and number < len(node.ops) - 1:
            uncertain = machine.unknown(Cause.UNSUPPORTED, frame, node)
        left = right
    return result if uncertain is None else uncertain


@evaluates(ast.List)
def list_display(machine: Machine, node: ast.List, frame: Frame) -> object:
    return _items(machine, node, frame)


@evaluates(ast.Tuple)
def tuple_display(machine: Machine, node: ast.Tuple, frame: Frame) -> object:
    return tuple(_items(machine, node, frame))


@evaluates(ast.Set)
def set_display(machine: Machine, node: ast.Set, frame: Frame) -> object:
    try:
        return set_of(Invocation(machine, (), {}, None, node, frame), _items(machine, node, frame))
    except TypeError as error:
        return machine.fail(frame, node, "TypeError", str(error))


def _items(machine: Machine, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> list[object]:
    items: list[object] = []
    for part in node.elts:
        if isinstance(part, ast.Starred):
            items += collect(machine, frame, part, machine.evaluate(part.value, frame))
        else:
            items.append(machine.evaluate(part, frame))
    room(machine, len(items))
    return items


@evaluates(ast.Dict)
def dict_display(machine: Machine, node: ast.Dict, frame: Frame) -> object:
    made: dict[object, object] = {}
    for key, part in zip(node.keys, node.values, strict=True):
        if key is not None:
            wanted = machine.evaluate(key, frame)
            set_item(machine, frame, node, made, wanted, machine.evaluate(part, frame))
            continue
        value = machine.evaluate(part, frame)
        if isinstance(value, dict):
            made.update(value)
        else:
            unknown = value if isinstance(value, Unknown) else machine.unknown(Cause.UNSUPPORTED, frame, part)
            made[Rest(unknown)] = unknown
    return made


@evaluates(ast.Yield)
def yield_value(machine: Machine, node: ast.Yield, frame: Frame) -> object:
    value = None if node.value is None else machine.evaluate(node.value, frame)
    return frame.on_yield(value) if frame.on_yield is not None else None


@evaluates(ast.YieldFrom)
def yield_from(machine: Machine, node: ast.YieldFrom, frame: Frame) -> object:
    from migsafe.sources.interpreter.loops import for_each

    handle = frame.on_yield

    def pass_on(value: object) -> bool:
        if handle is not None:
            handle(value)
        return False

    for_each(machine, frame, node, machine.evaluate(node.value, frame), pass_on)
    return None


@evaluates(ast.Await)
def await_value(machine: Machine, node: ast.Await, frame: Frame) -> object:
    return machine.evaluate(node.value, frame)


@evaluates(ast.Starred)
def starred(machine: Machine, node: ast.Starred, frame: Frame) -> object:
    return tuple(collect(machine, frame, node, machine.evaluate(node.value, frame)))


def unsupported(machine: Machine, node: ast.expr, frame: Frame) -> object:
    """Syntax of a newer Python than this evaluator knows."""
    return machine.unknown(Cause.UNSUPPORTED, frame, node)


def register_newer_syntax() -> None:
    """Every kind of expression of the running Python has an entry (`t"…"` in 3.14, what comes later)."""
    for kind in vars(ast).values():
        if isinstance(kind, type) and issubclass(kind, ast.expr) and kind is not ast.expr:
            EVALUATORS.setdefault(kind, unsupported)


register_newer_syntax()
__all__ = ["BudgetExceededError", "register_newer_syntax"]
