"""Names: read, bound, unpacked and deleted."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from migsafe.sources.interpreter import imports, pyfunctions
from migsafe.sources.interpreter.attributes import attribute_of, set_attribute
from migsafe.sources.interpreter.dispatch import evaluates, executes
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.holes import has_hole
from migsafe.sources.interpreter.journal import either
from migsafe.sources.interpreter.loops import iterable_of
from migsafe.sources.interpreter.operators import SYMBOLS, binary
from migsafe.sources.interpreter.scope import Scope
from migsafe.sources.interpreter.subscripts import delete_item, item_of, set_item
from migsafe.sources.interpreter.values import Cause, Either, Maybe, Rest, Unknown

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


@evaluates(ast.Name)
def name(machine: Machine, node: ast.Name, frame: Frame) -> object:
    return look_up(machine, frame, node, node.id)


def look_up(machine: Machine, frame: Frame, node: ast.AST, wanted: str) -> object:
    owner = frame.scope.owner(wanted)
    if owner is not None:
        found = owner.variables[wanted]
        return found.value if isinstance(found, Maybe) else found
    starred = imports.from_stars(machine, frame.module, wanted)
    if starred is not None:
        return starred
    known = pyfunctions.BUILTINS.get(wanted)
    if known is not None:
        return known
    if wanted in _DUNDERS:
        return frame.module.name if wanted == "__name__" else Unknown(Cause.ENVIRONMENT, wanted)
    if machine.tries:
        return machine.fail(frame, node, "NameError", f"name '{wanted}' is not defined")
    return Unknown(Cause.NAME, wanted)


_DUNDERS = frozenset(("__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__", "__builtins__"))


@executes(ast.Assign)
def assign(machine: Machine, node: ast.Assign, frame: Frame) -> Signal | None:
    value = machine.evaluate(node.value, frame)
    for target in node.targets:
        bind(machine, frame, target, value)
    return None


@executes(ast.AnnAssign)
def annotated(machine: Machine, node: ast.AnnAssign, frame: Frame) -> Signal | None:
    if node.value is not None:
        bind(machine, frame, node.target, machine.evaluate(node.value, frame))
    return None


@evaluates(ast.NamedExpr)
def walrus(machine: Machine, node: ast.NamedExpr, frame: Frame) -> object:
    value = machine.evaluate(node.value, frame)
    scope = frame.scope
    while scope.comprehension and scope.outer is not None:
        scope = scope.outer
    machine.bind(scope.target(node.target.id).variables, node.target.id, value)
    return value


@executes(ast.AugAssign)
def augmented(machine: Machine, node: ast.AugAssign, frame: Frame) -> Signal | None:
    symbol = SYMBOLS[type(node.op)]
    target = node.target
    if isinstance(target, ast.Name):
        before = look_up(machine, frame, target, target.id)
        value = _in_place(machine, frame, node, symbol, before)
        bind(machine, frame, target, value)
    elif isinstance(target, ast.Attribute):
        owner = machine.evaluate(target.value, frame)
        before = attribute_of(machine, frame, target, owner, target.attr)
        set_attribute(machine, frame, target, owner, target.attr, _in_place(machine, frame, node, symbol, before))
    elif isinstance(target, ast.Subscript):
        owner, key = machine.evaluate(target.value, frame), machine.evaluate(target.slice, frame)
        before = item_of(machine, frame, target, owner, key)
        set_item(machine, frame, target, owner, key, _in_place(machine, frame, node, symbol, before))
    return None


def _in_place(machine: Machine, frame: Frame, node: ast.AugAssign, symbol: str, before: object) -> object:
    """Lists, sets and dicts are changed themselves; everything else gets a new value."""
    from migsafe.sources.interpreter.plain_calls import call_plain_method

    value = machine.evaluate(node.value, frame)
    if isinstance(before, list) and symbol == "+":
        call_plain_method(machine, frame, node, before, "extend", (value,))
        return before
    if isinstance(before, (set, dict)) and symbol == "|":
        call_plain_method(machine, frame, node, before, "update", (value,))
        return before
    return binary(machine, frame, node, symbol, before, value)


def bind(machine: Machine, frame: Frame, target: ast.expr, value: object) -> None:
    """Bind a target of any form."""
    if isinstance(target, ast.Name):
        machine.bind(frame.scope.target(target.id).variables, target.id, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(machine, frame, target, value)
    elif isinstance(target, ast.Attribute):
        set_attribute(machine, frame, target, machine.evaluate(target.value, frame), target.attr, value)
    elif isinstance(target, ast.Subscript):
        owner = machine.evaluate(target.value, frame)
        set_item(machine, frame, target, owner, machine.evaluate(target.slice, frame), value)
    elif isinstance(target, ast.Starred):
        bind(machine, frame, target.value, value)


def _unpack(machine: Machine, frame: Frame, target: ast.Tuple | ast.List, value: object) -> None:
    from migsafe.sources.interpreter.loops import collect

    wanted = target.elts
    items = _together(machine, value, len(wanted)) or collect(machine, frame, target, value)
    loose = next((item for item in items if isinstance(item, (Rest, Maybe))), None)
    if loose is not None:
        unknown = loose.reason if isinstance(loose, Rest) else Unknown(Cause.BRANCH, "item")
        items = _padded(items, len(wanted), unknown)
    star = next((n for n, part in enumerate(wanted) if isinstance(part, ast.Starred)), None)
    if star is not None and len(items) >= len(wanted) - 1:
        behind = len(items) - (len(wanted) - star - 1)
        items = [*items[:star], list(items[star:behind]), *items[behind:]]
    if len(items) != len(wanted):
        holed = any(isinstance(item, str) and has_hole(item) for item in items)  # the hole may hold separators
        message = f"{len(items)} values for {len(wanted)} names"
        unknown = Unknown(Cause.UNSUPPORTED, "item") if holed else machine.fail(frame, target, "ValueError", message)
        items = [unknown] * len(wanted)
    for part, item in zip(wanted, items, strict=True):
        bind(machine, frame, part, item)


def _together(machine: Machine, value: object, length: int) -> list[object]:
    """The items of one of several rows of this length, each one of several; empty for what is not that."""
    options = iterable_of(value) if isinstance(value, Either) else ()
    rows = [option for _, option in options if isinstance(option, (tuple, list)) and len(option) == length]
    if not rows or len(rows) < len(options) or any(isinstance(i, (Rest, Maybe)) for row in rows for i in row):
        return []
    conditions = [guards for guards, _ in options]
    columns = [list(zip(conditions, column, strict=True)) for column in zip(*rows, strict=True)]
    return [either(column, machine.limits.options) for column in columns]


def _padded(items: Sequence[object], length: int, unknown: Unknown) -> list[object]:
    """Known items up to the first that is not, then unknown ones."""
    known: list[object] = []
    for item in items:
        if isinstance(item, (Rest, Maybe)):
            break
        known.append(item)
    return [*known[:length], *([unknown] * max(0, length - len(known)))]


@executes(ast.Delete)
def delete(machine: Machine, node: ast.Delete, frame: Frame) -> Signal | None:
    for target in node.targets:
        _delete(machine, frame, target)
    return None


def _delete(machine: Machine, frame: Frame, target: ast.expr) -> None:
    from migsafe.sources.interpreter.values_defined import Instance

    if isinstance(target, ast.Name):
        machine.unbind(frame.scope.target(target.id).variables, target.id)
    elif isinstance(target, ast.Subscript):
        owner = machine.evaluate(target.value, frame)
        delete_item(machine, frame, target, owner, machine.evaluate(target.slice, frame))
    elif isinstance(target, ast.Attribute):
        found = machine.evaluate(target.value, frame)
        if isinstance(found, Instance):
            machine.unbind(found.attributes, target.attr)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            _delete(machine, frame, part)


@executes(ast.Global)
def declare_global(machine: Machine, node: ast.Global, frame: Frame) -> Signal | None:  # noqa: ARG001  # the registry's signature
    for wanted in node.names:
        frame.scope.redirected[wanted] = frame.module.scope
    return None


@executes(ast.Nonlocal)
def declare_nonlocal(machine: Machine, node: ast.Nonlocal, frame: Frame) -> Signal | None:  # noqa: ARG001  # the registry's signature
    for wanted in node.names:
        outer: Scope | None = frame.scope.outer
        owner = outer.owner(wanted) if outer is not None else None
        if owner is not None:
            frame.scope.redirected[wanted] = owner
    return None
