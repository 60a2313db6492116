"""Loops: over known values each round runs, over unknown ones one round stands for all."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.branching import after_escapes, perhaps, symbolic, under, words_of
from migsafe.sources.interpreter.containers import keys_of, ordered
from migsafe.sources.interpreter.dispatch import executes
from migsafe.sources.interpreter.errors import AbandonedError
from migsafe.sources.interpreter.frame import Escape, Frame, Signal
from migsafe.sources.interpreter.holes import has_hole
from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.likeness import many
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.truth import truth
from migsafe.sources.interpreter.values import Cause, Either, Guards, Maybe, Rest, Unknown
from migsafe.sources.interpreter.values_defined import Class, Function, Generator, Instance

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

Body = Callable[[object], bool]  # gets an item; True when no further one is wanted


def for_each(machine: Machine, frame: Frame, node: ast.AST, source: object, body: Body) -> bool:
    """Give each item to `body`; True when it stopped. Items that are not certain come under their guards.

    For an unknown number of items the body gets one unknown item, as part of a symbolic loop.
    """
    if isinstance(source, Either):
        for guards, option in iterable_of(source):
            under(machine, guards, lambda v=option: for_each(machine, frame, node, v, body))  # type: ignore[misc]  # lambda defaults
        return False
    if isinstance(source, Generator):
        return _run_generator(machine, frame, node, source, body)
    for item in iterate(machine, frame, node, source):
        machine.steps -= 1
        if machine.steps < 0:
            raise BudgetExceededError(f"more than {machine.limits.steps} steps")
        if _give(machine, frame, node, item, body):
            return True
    return False


def iterable_of(source: Either) -> tuple[tuple[Guards, object], ...]:
    """The options that can be iterated over: one that fails is not the one that occurs, unless all of them do."""
    return tuple(o for o in source.options if not isinstance(o[1], _NO_ITEMS)) or source.options


_NO_ITEMS = (type(None), int, float)


def _give(machine: Machine, frame: Frame, node: ast.AST, item: object, body: Body) -> bool:
    if isinstance(item, Maybe):
        held, guard = item.value, item.guards[-1] if item.guards else "it is there"
        under(machine, item.guards[:-1], lambda: _maybe(machine, frame, guard, held, body))
        return False
    if isinstance(item, Rest):
        assigned = _assigned(node)
        words = f"for each {item.unknown.text}" if isinstance(item.unknown, Unknown) else "for each row"
        symbolic(machine, frame, words, assigned, lambda: _no_signal(body(item.unknown)))
        return False
    return body(item)


def _maybe(machine: Machine, frame: Frame, guard: str, value: object, body: Body) -> None:
    perhaps(machine, frame, guard, lambda: _no_signal(body(value)))


def _no_signal(stopped: bool) -> Signal | None:
    del stopped  # an item that is perhaps not there stops nothing for certain
    return None


def _assigned(node: ast.AST) -> frozenset[str]:
    """The names that a loop's body binds."""
    body: list[ast.stmt] = getattr(node, "body", []) if isinstance(node, (ast.For, ast.While, ast.AsyncFor)) else []
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.add(part.id)
        if not isinstance(part, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(part)
    return frozenset(found)


def iterate(machine: Machine, frame: Frame, node: ast.AST, source: object) -> Iterator[object]:
    """The items of a value, also Maybe and Rest. A list may grow while it is iterated over, as in Python."""
    if isinstance(source, list):
        place = 0
        while place < len(source):
            yield source[place]
            place += 1
    elif isinstance(source, (tuple, range, bytes)):
        yield from source
    elif isinstance(source, str):
        yield from [Rest(machine.unknown(Cause.UNSUPPORTED, frame, node))] if has_hole(source) else source
    elif isinstance(source, dict):
        yield from keys_of(source)
    elif isinstance(source, (set, frozenset)):
        yield from ordered(source)
    else:
        yield from _items_of_object(machine, frame, node, source)


def _items_of_object(machine: Machine, frame: Frame, node: ast.AST, source: object) -> list[object]:
    from migsafe.sources.interpreter.classes import members_of

    if isinstance(source, Class) and source.members is not None:
        return members_of(source)
    if isinstance(source, Class) and any(isinstance(base, (Unknown, HostObject)) for base in source.lineage()):
        return [Rest(machine.unknown(Cause.UNSUPPORTED, frame, node))]
    if isinstance(source, HostObject):
        known = source.kind.items(source) if source.kind.items else None
        if known is not None:
            return list(known)
        element = source.kind.element(source) if source.kind.element else None
        return [_Many(element)] if element is not None else [Rest(machine.unknown(Cause.DATABASE, frame, node))]
    if isinstance(source, Instance):
        return _items_of_instance(machine, frame, node, source)
    if isinstance(source, Unknown):
        return [Rest(Unknown(source.cause, f"item of {source.text}"))]
    unknown = machine.fail(frame, node, "TypeError", f"'{type(source).__name__}' object is not iterable")
    return [Rest(unknown)]


class _Many(Rest):
    """Any number of items of a kind that the front end knows."""

    def __init__(self, element: object) -> None:
        super().__init__(element)  # type: ignore[arg-type]  # given to the loop's body as it is


def _items_of_instance(machine: Machine, frame: Frame, node: ast.AST, source: Instance) -> list[object]:
    if source.defined.annotations and isinstance(source.attributes, dict):
        values = [source.attributes[name] for name in source.defined.annotations if name in source.attributes]
        if values:
            return values  # a named tuple
    method = source.defined.find("__iter__")
    if isinstance(method, Function):
        return collect(machine, frame, node, machine.invoke(method, (source,), {}, node))
    return [Rest(machine.unknown(Cause.UNSUPPORTED, frame, node))]


def collect(machine: Machine, frame: Frame, node: ast.AST, source: object) -> list[object]:
    """All items as a list, with Maybe and Rest for what is not certain."""
    if isinstance(source, (list, tuple)):
        return list(source)
    if isinstance(source, Either):
        return _collect_options(machine, frame, node, source)
    if isinstance(source, Generator):
        return _collect_generator(machine, frame, node, source)
    if isinstance(source, range) and len(source) > machine.limits.items:
        raise BudgetExceededError(f"a list of more than {machine.limits.items} items")
    items = list(iterate(machine, frame, node, source))
    machine.charge(items)
    return items


def _collect_options(machine: Machine, frame: Frame, node: ast.AST, source: Either) -> list[object]:
    found: list[object] = []
    for guards, option in iterable_of(source):
        items = collect(machine, frame, node, option)
        found += [item if isinstance(item, Rest) or not guards else _under(guards, item) for item in items]
    return found


def _under(guards: Guards, item: object) -> object:
    return Maybe((*guards, *item.guards), item.value) if isinstance(item, Maybe) else Maybe(guards, item)


def _collect_generator(machine: Machine, frame: Frame, node: ast.AST, source: Generator) -> list[object]:
    found: list[object] = []
    base, loops = machine.guards, machine.loops

    def keep(value: object) -> bool:
        further = tuple(guard for guard in machine.guards if guard not in base)
        if machine.loops > loops:
            known = isinstance(value, (Unknown, HostObject))
            found.append(many(value) if known else Rest(Unknown(Cause.LOOP, "yielded values")))
        else:
            found.append(Maybe(further, value) if further else value)
        if len(found) > machine.limits.items:
            raise BudgetExceededError(f"a generator of more than {machine.limits.items} values")
        return False

    _run_generator(machine, frame, node, source, keep)
    return found


def _run_generator(machine: Machine, frame: Frame, node: ast.AST, source: Generator, body: Body) -> bool:
    """Run the generator's body; `body` gets each value at the moment when it is yielded."""
    from migsafe.sources.interpreter.functions import in_frame

    if source.spent:
        return False
    source.spent = True
    inner = Frame(source.scope, source.function.module, source.function)
    stopped = False
    outside = (machine.entry, machine.depth)

    def give(value: object) -> None:
        nonlocal stopped
        here = (machine.entry, machine.depth)
        machine.entry, machine.depth = outside
        stopped = body(value)
        machine.entry, machine.depth = here
        if stopped:
            raise AbandonedError

    inner.on_yield = give
    depth, guards = machine.depth, machine.guards
    try:
        in_frame(machine, inner, Invocation(machine, (), {}, None, node, frame))
    except AbandonedError:
        if not stopped:
            raise
        machine.depth, machine.guards = depth, guards
    return stopped


@executes(ast.For)
def for_loop(machine: Machine, node: ast.For, frame: Frame) -> Signal | None:
    return _for(machine, node, frame)


@executes(ast.AsyncFor)
def async_for_loop(machine: Machine, node: ast.AsyncFor, frame: Frame) -> Signal | None:
    return _for(machine, node, frame)


def _for(machine: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> Signal | None:
    from migsafe.sources.interpreter.assignment import bind

    source = machine.evaluate(node.iter, frame)
    loop = _Loop(machine, node, frame)
    length = len(source) if isinstance(source, (range, list, tuple, dict, set)) else 0
    if length > machine.limits.unrolled:
        source = Unknown(Cause.LOOP, frame.module.source.words(node.iter))

    def round_(item: object) -> bool:
        bind(machine, frame, node.target, item)
        return loop.round()

    for_each(machine, frame, node, source, round_)
    if loop.rounds == 0:
        machine.trace.dead.update(node.body)
    return loop.end()


class _Loop:
    """A loop under way: how its rounds ended."""

    def __init__(self, machine: Machine, node: ast.For | ast.AsyncFor | ast.While, frame: Frame) -> None:
        self.machine, self.node, self.frame = machine, node, frame
        self.base = machine.guards
        self.mark = len(frame.escapes)
        self.rounds = 0
        self.ended: Signal | None = None

    def round(self) -> bool:
        """Run the body once; True when the loop certainly ends with it."""
        self.rounds += 1
        machine, frame = self.machine, self.frame
        before = machine.guards
        mark = len(frame.escapes)
        signal = machine.block(self.node.body, frame)
        frame.escapes[mark:] = [e for e in frame.escapes[mark:] if e.signal is not Signal.CONTINUE]
        machine.guards = after_escapes(before, frame.escapes[mark:])
        if signal in (Signal.BREAK, Signal.RETURN) and machine.guards == self.base:
            self.ended = signal
            return True
        if signal in (Signal.BREAK, Signal.RETURN):
            return self._ends_under_guards(signal)
        return False

    def _ends_under_guards(self, signal: Signal) -> bool:
        """It ends on this path; whether the path is taken is not known."""
        self.frame.escapes.append(Escape(signal, self.machine.guards))
        self.ended = signal
        return True

    @property
    def may_have_ended(self) -> bool:
        return len(self.frame.escapes) > self.mark

    def end(self) -> Signal | None:
        """What follows the loop: `else`, and the conditions under which it was left by `return`."""
        machine, frame = self.machine, self.frame
        broke = [e for e in frame.escapes[self.mark :] if e.signal is Signal.BREAK]
        certain = self.ended if not frame.escapes[self.mark :] or self.ended is not Signal.RETURN else None
        frame.escapes[self.mark :] = [e for e in frame.escapes[self.mark :] if e.signal is Signal.RETURN]
        machine.guards = after_escapes(self.base, frame.escapes[self.mark :])
        if certain is Signal.RETURN:
            return certain
        if not self.node.orelse:
            return None
        if certain is Signal.BREAK and not broke:
            machine.trace.dead.update(self.node.orelse)
            return None
        if broke:
            guard = f"the loop in line {self.node.lineno} ends without break"
            return perhaps(machine, frame, guard, lambda: machine.block(self.node.orelse, frame))
        return machine.block(self.node.orelse, frame)


@executes(ast.While)
def while_loop(machine: Machine, node: ast.While, frame: Frame) -> Signal | None:
    loop = _Loop(machine, node, frame)
    words = words_of(frame.module.source, node.test)[0]
    while True:
        known = truth(machine, machine.evaluate(node.test, frame))
        if known is False:
            if loop.rounds == 0:
                machine.trace.dead.update(node.body)
            break
        if known is None or loop.may_have_ended or loop.rounds > machine.limits.unrolled:
            symbolic(machine, frame, words, _assigned(node), lambda: _round(loop))
            break
        if loop.round():
            break
    return loop.end()


def _round(loop: _Loop) -> Signal | None:
    loop.round()
    loop.ended = None
    return None
