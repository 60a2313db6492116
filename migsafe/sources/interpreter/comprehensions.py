"""Comprehensions and generator expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.branching import perhaps, words_of
from migsafe.sources.interpreter.containers import room, set_of
from migsafe.sources.interpreter.dispatch import evaluates
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.likeness import many
from migsafe.sources.interpreter.loops import for_each
from migsafe.sources.interpreter.scope import Scope
from migsafe.sources.interpreter.subscripts import set_item
from migsafe.sources.interpreter.truth import truth
from migsafe.sources.interpreter.values import Cause, Maybe, Rest, Unknown

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


@evaluates(ast.ListComp)
def list_comprehension(machine: Machine, node: ast.ListComp, frame: Frame) -> object:
    return _collect(machine, node.generators, frame, lambda inner: machine.evaluate(node.elt, inner))


@evaluates(ast.GeneratorExp)
def generator_expression(machine: Machine, node: ast.GeneratorExp, frame: Frame) -> object:
    """Evaluated at once: in what is read here nobody tells the difference."""
    return _collect(machine, node.generators, frame, lambda inner: machine.evaluate(node.elt, inner))


@evaluates(ast.SetComp)
def set_comprehension(machine: Machine, node: ast.SetComp, frame: Frame) -> object:
    found = _collect(machine, node.generators, frame, lambda inner: machine.evaluate(node.elt, inner))
    try:
        return set_of(Invocation(machine, (), {}, None, node, frame), found)
    except TypeError as error:
        return machine.fail(frame, node, "TypeError", str(error))


@evaluates(ast.DictComp)
def dict_comprehension(machine: Machine, node: ast.DictComp, frame: Frame) -> object:
    def pair(inner: Frame) -> object:
        key = machine.evaluate(node.key, inner)
        return (key, machine.evaluate(node.value, inner))

    made: dict[object, object] = {}
    for item in _collect(machine, node.generators, frame, pair):
        if isinstance(item, Rest):
            held: object = item.unknown
            key, value_of_any = held if isinstance(held, tuple) else (held, held)
            made[Rest(key if isinstance(key, Unknown) else Unknown(Cause.LOOP, "a key"))] = value_of_any
            continue
        guards, found = (item.guards, item.value) if isinstance(item, Maybe) else ((), item)
        assert isinstance(found, tuple)
        value = Maybe(guards, found[1]) if guards else found[1]
        set_item(machine, frame, node, made, found[0], value)
    return made


def _collect(
    machine: Machine, generators: list[ast.comprehension], frame: Frame, element: Callable[[Frame], object]
) -> list[object]:
    inner = frame.within(Scope(frame.scope, comprehension=True))
    found: list[object] = []
    base, loops = machine.guards, machine.loops

    def keep() -> None:
        value = element(inner)
        further = tuple(guard for guard in machine.guards if guard not in base)
        if machine.loops > loops:
            known = isinstance(value, (Unknown, HostObject, tuple))
            found.append(many(value) if known else Rest(Unknown(Cause.LOOP, "items of a comprehension")))
        else:
            found.append(Maybe(further, value) if further else value)
        room(machine, len(found))

    _nest(machine, generators, inner, keep)
    return found


def _nest(machine: Machine, generators: list[ast.comprehension], frame: Frame, work: Callable[[], None]) -> None:
    from migsafe.sources.interpreter.assignment import bind

    if not generators:
        work()
        return
    first = generators[0]

    def round_(item: object) -> bool:
        bind(machine, frame, first.target, item)
        _filter(machine, first.ifs, frame, lambda: _nest(machine, generators[1:], frame, work))
        return False

    for_each(machine, frame, first, machine.evaluate(first.iter, frame), round_)


def _filter(machine: Machine, tests: list[ast.expr], frame: Frame, work: Callable[[], None]) -> None:
    if not tests:
        work()
        return
    known = truth(machine, machine.evaluate(tests[0], frame))
    if known:
        _filter(machine, tests[1:], frame, work)
    elif known is None:
        guard = words_of(frame.module.source, tests[0])[0]
        perhaps(machine, frame, guard, lambda: _filter(machine, tests[1:], frame, work))
