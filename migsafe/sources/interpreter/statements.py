"""Statements that decide what runs next, and those that do nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.branching import branch, words_of
from migsafe.sources.interpreter.dispatch import EXECUTORS, executes
from migsafe.sources.interpreter.errors import ErrorClass, ErrorValue, RaisedError
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.host import spell
from migsafe.sources.interpreter.journal import either
from migsafe.sources.interpreter.result import Reason
from migsafe.sources.interpreter.scope import Scope
from migsafe.sources.interpreter.truth import truth
from migsafe.sources.interpreter.values import Either, Guards
from migsafe.sources.interpreter.values_defined import MISSING

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


@executes(ast.Expr)
def expression(machine: Machine, node: ast.Expr, frame: Frame) -> Signal | None:
    value = node.value
    machine.statement = value.value if isinstance(value, ast.Await) else value
    machine.evaluate(value, frame)
    return None


@executes(ast.Pass)
def nothing(machine: Machine, node: ast.Pass, frame: Frame) -> Signal | None:  # noqa: ARG001  # the registry's signature
    return None


@executes(ast.Return)
def return_(machine: Machine, node: ast.Return, frame: Frame) -> Signal | None:
    value = None if node.value is None else machine.evaluate(node.value, frame)
    frame.returned.append((machine.guards, value))
    return Signal.RETURN


@executes(ast.Break)
def break_(machine: Machine, node: ast.Break, frame: Frame) -> Signal | None:  # noqa: ARG001  # likewise
    return Signal.BREAK


@executes(ast.Continue)
def continue_(machine: Machine, node: ast.Continue, frame: Frame) -> Signal | None:  # noqa: ARG001  # likewise
    return Signal.CONTINUE


@executes(ast.If)
def if_(machine: Machine, node: ast.If, frame: Frame) -> Signal | None:
    known = truth(machine, machine.evaluate(node.test, frame))
    if known is not None:
        machine.trace.dead.update(node.orelse if known else node.body)
        return machine.block(node.body if known else node.orelse, frame)
    words = words_of(frame.module.source, node.test)
    narrowed = _narrowed(machine, node.test, frame)
    return branch(
        machine,
        frame,
        words,
        lambda: _side(machine, node.body, frame, {name: holds for name, holds, _ in narrowed}),
        lambda: _side(machine, node.orelse, frame, {name: fails for name, _, fails in narrowed}),
    )


Narrowed = tuple[str, object, object]  # a name, its value where the condition holds, and where it does not


def _side(machine: Machine, statements: list[ast.stmt], frame: Frame, narrowed: dict[str, object]) -> Signal | None:
    """Run one side, in which some names have fewer possible values than before."""
    before: list[tuple[Scope, str, object]] = []
    for name, value in narrowed.items():
        owner = frame.scope.owner(name)
        if owner is not None:
            before.append((owner, name, owner.variables[name]))
            machine.bind(owner.variables, name, value)
    try:
        return machine.block(statements, frame)
    finally:
        for owner, name, value in before:
            if owner.variables.get(name, MISSING) is narrowed[name]:
                owner.variables[name] = value


def _narrowed(machine: Machine, test: ast.expr, frame: Frame) -> list[Narrowed]:
    """For names in a condition with several possible values: those with which it can hold, and can not hold.

    Only for conditions without calls, which can be evaluated again without any effect.
    """
    names: set[str] = set()
    waiting: list[ast.AST] = [test]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (ast.Call, ast.NamedExpr, ast.Await, ast.Yield)):
            return []
        if isinstance(part, ast.Name):
            names.add(part.id)
        waiting += ast.iter_child_nodes(part)
    found = [_split(machine, test, frame, name) for name in sorted(names)]
    return [narrowed for narrowed in found if narrowed is not None]


def _value(frame: Frame, name: str) -> object:
    owner = frame.scope.owner(name)
    return MISSING if owner is None else owner.variables[name]


def _split(machine: Machine, test: ast.expr, frame: Frame, name: str) -> Narrowed | None:
    value = _value(frame, name)
    owner = frame.scope.owner(name)
    if not isinstance(value, Either) or owner is None:
        return None
    holds: list[tuple[Guards, object]] = []
    fails: list[tuple[Guards, object]] = []
    try:
        for guards, option in value.options:
            owner.variables[name] = option
            known = truth(machine, machine.evaluate(test, frame))
            for wanted, side in ((True, holds), (False, fails)):
                if known in (wanted, None):
                    side.append((guards, option))
    finally:
        owner.variables[name] = value
    if not holds or not fails:
        return None
    return name, either(holds, machine.limits.options), either(fails, machine.limits.options)


@executes(ast.Assert)
def assert_(machine: Machine, node: ast.Assert, frame: Frame) -> Signal | None:
    """What cannot be decided is taken to hold: otherwise the migration fails, and nothing of it stays."""
    if truth(machine, machine.evaluate(node.test, frame)) is False:
        words = spell(frame.module.source, node)
        failed = ErrorValue(ErrorClass("AssertionError"), ())
        raise RaisedError(failed, words, (frame.module.source, node), written=True)
    return None


@executes(ast.Raise)
def raise_(machine: Machine, node: ast.Raise, frame: Frame) -> Signal | None:
    if node.exc is None:
        value: object = machine.handled[-1] if machine.handled else None
    else:
        value = machine.evaluate(node.exc, frame)
    if isinstance(value, ErrorClass):
        value = ErrorValue(value, ())
    words = frame.module.source.words(node.exc) if node.exc is not None else "raise"
    raise RaisedError(value, words, (frame.module.source, node), written=True)


def unsupported(machine: Machine, node: ast.stmt, frame: Frame) -> Signal | None:
    """Syntax of a newer Python than this evaluator knows: said, and passed over."""
    detail = f"{type(node).__name__} is not evaluated"
    machine.report(Reason.SYNTAX_UNSUPPORTED, machine.site(frame, node), detail)
    return None


def ignored(machine: Machine, node: ast.stmt, frame: Frame) -> Signal | None:  # noqa: ARG001  # the registry's signature
    """`type X = …`: has no effect on what is evaluated."""
    return None


def register_newer_syntax() -> None:
    """Every kind of statement of the running Python has an entry."""
    for name, kind in vars(ast).items():
        if isinstance(kind, type) and issubclass(kind, ast.stmt) and kind is not ast.stmt:
            EXECUTORS.setdefault(kind, ignored if name == "TypeAlias" else unsupported)
