"""`try` and `with`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migsafe.model.migration import Handler
from migsafe.sources.interpreter.branching import after_escapes, perhaps
from migsafe.sources.interpreter.dispatch import EXECUTORS, executes
from migsafe.sources.interpreter.errors import HIERARCHY, ErrorClass, ErrorValue, RaisedError
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.host import Call, HostObject, spell
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.result import Reason
from migsafe.sources.interpreter.values import Cause, Either, Unknown
from migsafe.sources.interpreter.values_defined import MISSING, Class, Function, Generator, Instance

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


@executes(ast.Try)
def try_(machine: Machine, node: ast.Try, frame: Frame) -> Signal | None:
    """The body runs; its handlers run for certain, perhaps, or not at all; `finally` always does."""
    try:
        signal = _guarded(machine, node, frame)
    except RaisedError:
        if machine.block(node.finalbody, frame) is not None:
            return Signal.RETURN
        raise
    final = machine.block(node.finalbody, frame)
    return final or signal


def _guarded(machine: Machine, node: ast.Try, frame: Frame) -> Signal | None:
    base, depth, mark = machine.guards, machine.depth, len(frame.escapes)
    could_raise, machine.may_raise = machine.may_raise, False
    machine.tries += bool(node.handlers)
    caught, machine.caught = machine.caught, (*machine.caught, *_caught_by(node, frame))
    try:
        signal = machine.block(node.body, frame)
        raised: RaisedError | None = None
    except RaisedError as error:
        machine.guards, machine.depth = after_escapes(base, frame.escapes[mark:]), depth
        signal, raised = None, error
    finally:
        machine.tries -= bool(node.handlers)
        machine.caught = caught
        may_raise, machine.may_raise = machine.may_raise, could_raise or machine.may_raise
    if raised is not None:
        if raised.written:
            machine.trace.dead.update(node.orelse)
        return _handle(machine, node, frame, raised)
    _handle_perhaps(machine, node, frame, may_raise)
    if signal is not None:
        machine.trace.dead.update(node.orelse)
        return signal
    return machine.block(node.orelse, frame)


def _caught_by(node: ast.Try, frame: Frame) -> Iterator[Handler]:
    """The exceptions for which there are handlers that do not raise again, as the program names them."""
    for handler in node.handlers:
        if any(isinstance(statement, ast.Raise) for statement in handler.body):
            continue
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        yield from (Handler("Exception" if kind is None else frame.module.source.words(kind)) for kind in kinds)


def _handle(machine: Machine, node: ast.Try, frame: Frame, raised: RaisedError) -> Signal | None:
    """The body certainly raises: the first handler that fits runs."""
    for number, handler in enumerate(node.handlers):
        wanted = None if handler.type is None else machine.evaluate(handler.type, frame)
        fits = True if handler.type is None else matches(raised.value, wanted)
        if fits is False:
            machine.trace.dead.update(handler.body)
        elif fits:
            for other in node.handlers[number + 1 :]:
                machine.trace.dead.update(other.body)
            return _run(machine, handler, frame, raised.value)
        else:
            _run_perhaps(machine, handler, frame)
    if any(
        matches(raised.value, None if h.type is None else machine.evaluate(h.type, frame)) is None
        for h in node.handlers
    ):
        return None
    raise raised


def _handle_perhaps(machine: Machine, node: ast.Try, frame: Frame, may_raise: bool) -> None:
    for handler in node.handlers:
        if may_raise:
            _run_perhaps(machine, handler, frame)
        else:
            machine.trace.dead.update(handler.body)


def _run_perhaps(machine: Machine, handler: ast.ExceptHandler, frame: Frame) -> None:
    words = "any error" if handler.type is None else frame.module.source.words(handler.type)
    unknown = Unknown(Cause.ERROR, words)
    before = machine.guards
    perhaps(machine, frame, f"{words} is raised", lambda: _run(machine, handler, frame, unknown))
    if not any(escape.guards[: len(before)] == before and len(escape.guards) > len(before) for escape in frame.escapes):
        machine.guards = before


def _run(machine: Machine, handler: ast.ExceptHandler, frame: Frame, value: object) -> Signal | None:
    if handler.name is not None:
        machine.bind(frame.scope.target(handler.name).variables, handler.name, value)
    machine.handled.append(value)
    try:
        return machine.block(handler.body, frame)
    finally:
        machine.handled.pop()


def matches(value: object, wanted: object) -> bool | None:
    """Whether a handler for `wanted` takes the exception, if that is known."""
    if isinstance(wanted, tuple):
        answers = [matches(value, part) for part in wanted]
        return True if True in answers else None if None in answers else False
    names = _names(value)
    if isinstance(wanted, ErrorClass):
        return None if names is None and wanted.name != "Exception" else names is None or wanted.name in names
    if isinstance(wanted, Class) and isinstance(value, Instance):
        return any(base is wanted for base in value.defined.lineage())
    return False if isinstance(wanted, Class) and isinstance(value, ErrorValue) else None


def _names(value: object) -> frozenset[str] | None:
    """The names of Python's exception classes that the exception belongs to."""
    if isinstance(value, ErrorValue):
        return HIERARCHY.get(value.kind.name, frozenset())
    if isinstance(value, Instance):
        bases = [base for base in value.defined.lineage() if isinstance(base, ErrorClass)]
        return frozenset().union(*(HIERARCHY.get(base.name, frozenset()) for base in bases)) if bases else None
    if isinstance(value, Class):
        return _names(Instance(value, {}))
    return None


@executes(ast.With)
def with_(machine: Machine, node: ast.With, frame: Frame) -> Signal | None:
    return _enter(machine, node, node.items, frame)


@executes(ast.AsyncWith)
def async_with(machine: Machine, node: ast.AsyncWith, frame: Frame) -> Signal | None:
    return _enter(machine, node, node.items, frame)


def _enter(machine: Machine, node: ast.With | ast.AsyncWith, items: list[ast.withitem], frame: Frame) -> Signal | None:
    if not items:
        return machine.block(node.body, frame)
    item = items[0]
    machine.statement = item.context_expr
    manager = machine.evaluate(item.context_expr, frame)
    if isinstance(manager, Generator):
        return _through_generator(machine, node, items, frame, manager)
    if isinstance(manager, Either):
        manager = next((option for _, option in manager.options if isinstance(option, HostObject)), manager)
    entered = _entered(machine, item, frame, manager)
    if item.optional_vars is not None:
        _bind(machine, frame, item.optional_vars, entered)
    caught = machine.caught
    if isinstance(manager, HostObject) and manager.kind.savepoint:
        machine.caught = restoring(caught)
    try:
        signal = _enter(machine, node, items[1:], frame)
    except RaisedError as error:
        machine.caught = caught
        _left(machine, item, frame, manager)
        if _suppresses(manager, error):
            return None
        raise
    machine.caught = caught
    _left(machine, item, frame, manager)
    return signal


def restoring(caught: tuple[Handler, ...]) -> tuple[Handler, ...]:
    """The handlers around a savepoint."""
    return tuple(handler._replace(restores=True) for handler in caught)


def _bind(machine: Machine, frame: Frame, target: ast.expr, value: object) -> None:
    from migsafe.sources.interpreter.assignment import bind

    bind(machine, frame, target, value)


def _entered(machine: Machine, item: ast.withitem, frame: Frame, manager: object) -> object:
    node = item.context_expr
    if isinstance(manager, HostObject) and manager.kind.enter is not None:
        machine.may_raise = True
        return manager.kind.enter(manager, _call(machine, node, frame, f"{manager.kind.name}.__enter__"))
    if isinstance(manager, Instance):
        method = manager.defined.find("__enter__")
        if isinstance(method, Function):
            return machine.invoke(method, (manager,), {}, node)
        inherited = machine.domain.class_attribute(manager.defined, "__enter__")
        return manager if inherited is None else inherited
    if isinstance(manager, Unknown):
        return Unknown(manager.cause, manager.text)
    if isinstance(manager, HostObject):
        machine.report(Reason.EXTERNAL_HELPER, machine.site(frame, node), f"with {manager.kind.name} is not known")
    return machine.unknown(Cause.UNSUPPORTED, frame, node)


def _left(machine: Machine, item: ast.withitem, frame: Frame, manager: object) -> None:
    node = item.context_expr
    if isinstance(manager, HostObject) and manager.kind.leave is not None:
        manager.kind.leave(manager, _call(machine, node, frame, f"{manager.kind.name}.__exit__"))
    elif isinstance(manager, Instance):
        method = manager.defined.find("__exit__")
        if method is not MISSING:
            machine.invoke(method, (manager, None, None, None), {}, node)


def _call(machine: Machine, node: ast.AST, frame: Frame, name: str) -> Call:
    return Call(name, (), {}, machine.site(frame, node), machine)


def _suppresses(manager: object, error: RaisedError) -> bool:
    from migsafe.sources.interpreter.stdlib_tools import Suppress

    return isinstance(manager, Suppress) and matches(error.value, manager.wanted) is not False


def _through_generator(
    machine: Machine, node: ast.With | ast.AsyncWith, items: list[ast.withitem], frame: Frame, manager: Generator
) -> Signal | None:
    """`@contextmanager`: the body runs at the moment of the generator's `yield`."""
    from migsafe.sources.interpreter.loops import for_each

    ended: list[Signal | None] = []

    def body(value: object) -> bool:
        if ended:
            return True
        ended.append(None)
        target = items[0].optional_vars
        if target is not None:
            _bind(machine, frame, target, value)
        ended[0] = _enter(machine, node, items[1:], frame)
        return False

    for_each(machine, frame, items[0].context_expr, manager, body)
    if not ended:
        words = spell(frame.module.source, items[0].context_expr)
        machine.report(Reason.RAISES, machine.site(frame, items[0].context_expr), f"{words} does not yield")
        return None
    return ended[0]


if hasattr(ast, "TryStar"):
    EXECUTORS[ast.TryStar] = EXECUTORS[ast.Try]

__all__ = ["Invocation", "matches"]
