"""Functions of the program: their parameters bound, their bodies run."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.dispatch import evaluates, executes
from migsafe.sources.interpreter.errors import RaisedError
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.host import Site, spell
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.journal import either
from migsafe.sources.interpreter.result import Reason
from migsafe.sources.interpreter.scope import Scope
from migsafe.sources.interpreter.source import children
from migsafe.sources.interpreter.values import Cause, Guards, Rest, Unknown
from migsafe.sources.interpreter.values_defined import Builtin, Class, Function, Generator, Method, Partial, Wrapped

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@executes(ast.FunctionDef)
def define(machine: Machine, node: ast.FunctionDef, frame: Frame) -> Signal | None:
    return _define(machine, node, frame)


def _define(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Signal | None:
    function = _function(machine, node.name, node, frame)
    value: object = function
    for decorator in reversed(node.decorator_list):
        value = _decorate(machine, machine.evaluate(decorator, frame), decorator, value, frame)
    machine.bind(frame.scope.target(node.name).variables, node.name, value)
    return None


@executes(ast.AsyncFunctionDef)
def define_async(machine: Machine, node: ast.AsyncFunctionDef, frame: Frame) -> Signal | None:
    return _define(machine, node, frame)


@evaluates(ast.Lambda)
def make_lambda(machine: Machine, node: ast.Lambda, frame: Frame) -> object:
    return _function(machine, "<lambda>", node, frame)


def _function(
    machine: Machine, name: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame
) -> Function:
    parameters = node.args
    positional = [*parameters.posonlyargs, *parameters.args]
    defaults: dict[str, object] = {}
    for parameter, default in zip(
        positional[len(positional) - len(parameters.defaults) :], parameters.defaults, strict=True
    ):
        defaults[parameter.arg] = machine.evaluate(default, frame)
    for parameter, only in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if only is not None:
            defaults[parameter.arg] = machine.evaluate(only, frame)
    return Function(name, node, _closure(frame.scope), frame.module, defaults, generator=_yields(machine, node, frame))


def _closure(scope: Scope) -> Scope:
    """The scope that a function sees around it: a class body is not seen from its methods."""
    while scope.class_body and scope.outer is not None:
        scope = scope.outer
    return scope


def _yields(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, frame: Frame) -> bool:
    """Whether the body has a `yield` of its own."""
    if "yield" not in frame.module.source.text:
        return False
    known = machine.generators.get(node)
    if known is None:
        waiting: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
        known = False
        while waiting and not known:
            part = waiting.pop()
            known = isinstance(part, (ast.Yield, ast.YieldFrom))
            if not isinstance(part, _INNER):
                waiting += children(part)
        machine.generators[node] = known
    return known


def _decorate(machine: Machine, decorator: object, node: ast.expr, value: object, frame: Frame) -> object:
    if isinstance(decorator, (Unknown, Generator)):
        quiet = isinstance(decorator, Unknown) and decorator.cause in (Cause.ENVIRONMENT, Cause.VOLATILE)
        if isinstance(value, Function) and not quiet:
            value.decorators = (*value.decorators, spell(frame.module.source, node))
        return value
    from migsafe.sources.interpreter.calls import call

    return call(machine, decorator, Invocation(machine, (value,), {}, None, node, frame))


def call_function(machine: Machine, function: Function, invocation: Invocation) -> object:
    """Call a function of the program."""
    if machine.depth >= machine.limits.calls:
        machine.report(
            Reason.BUDGET_EXCEEDED, invocation.site, f"more than {machine.limits.calls} calls inside of each other"
        )
        return invocation.unknown(Cause.LIMIT)
    if function.decorators and not machine.importing:
        detail = f"the decorator {function.decorators[0]} of {function.name} is not known"
        machine.report(Reason.EXTERNAL_HELPER, invocation.site, detail)
    scope = Scope(function.outer)
    problem = _bind(function, invocation, scope)
    if problem:
        invocation.fail("TypeError", f"{function.name}() {problem}")
    if _goes_on_like_this(machine, function):
        return invocation.unknown(Cause.LOOP)
    if function.generator:
        return Generator(function, scope)
    return run_body(machine, function, scope, invocation)


def _goes_on_like_this(machine: Machine, function: Function) -> bool:
    """Whether it calls itself again and again under conditions that cannot be decided: its body was seen already, as
    a loop's body is that runs once for all of its rounds."""
    depths = machine.running.get(function.node, ())
    last = [*depths[-_ROUNDS:], machine.undecided]
    return len(last) > _ROUNDS and all(before < after for before, after in pairwise(last))


_ROUNDS = 3  # of a function that calls itself, before further ones say nothing new


def run_body(machine: Machine, function: Function, scope: Scope, invocation: Invocation) -> object:
    """Run a function whose parameters are bound; returns what it returns."""
    frame = Frame(scope, function.module, function)
    return in_frame(machine, frame, invocation)


def in_frame(machine: Machine, frame: Frame, invocation: Invocation) -> object:
    """Run the frame's function."""
    function = frame.function
    assert function is not None
    base, entry, statement, here = machine.guards, machine.entry, machine.statement, machine.here
    if entry is None:
        machine.entry = (invocation.frame.module.source, invocation.node)
    machine.depth += 1
    running = machine.running.setdefault(function.node, [])
    running.append(machine.undecided)
    try:
        if isinstance(function.node, ast.Lambda):
            return machine.evaluate(function.node.body, frame)
        signal = machine.block(function.node.body, frame)
        if signal is None:
            frame.returned.append((machine.guards, None))
    except RaisedError:
        if not frame.returned:
            raise
        machine.may_raise = True  # on the paths that did not return before
    finally:
        running.pop()
        machine.depth -= 1
        machine.guards, machine.entry, machine.statement, machine.here = base, entry, statement, here
    return _returned(machine, frame, base)


def _returned(machine: Machine, frame: Frame, base: Guards) -> object:
    if len(frame.returned) == 1:
        return frame.returned[0][1]
    if not frame.returned:
        return None
    options = [(tuple(g for g in guards if g not in base), value) for guards, value in frame.returned]
    return either(options, machine.limits.options)


def _bind(function: Function, invocation: Invocation, scope: Scope) -> str:
    """Bind the parameters; returns what is wrong with the arguments, in words."""
    parameters = function.node.args
    positional = [*parameters.posonlyargs, *parameters.args]
    kwargs = dict(invocation.kwargs)
    problem = ""
    names = [parameter.arg for parameter in positional]
    for name, value in zip(names, invocation.args, strict=False):
        scope.variables[name] = value
        if name in kwargs and not parameters.posonlyargs:
            problem = f"got multiple values for argument '{name}'"
            del kwargs[name]
    further = invocation.args[len(names) :]
    if parameters.vararg:
        rest = (*further, Rest(invocation.more)) if invocation.more else further
        scope.variables[parameters.vararg.arg] = tuple(rest)
    elif further:
        problem = "got too many arguments"
    for name in (*names[len(invocation.args) :], *(parameter.arg for parameter in parameters.kwonlyargs)):
        problem = _bind_named(function, invocation, scope, name, kwargs) or problem
    if parameters.kwarg:
        extra: dict[object, object] = dict(kwargs.items())
        if invocation.more:
            extra[Rest(invocation.more)] = invocation.more
        scope.variables[parameters.kwarg.arg] = extra
    elif kwargs:
        problem = f"got an unexpected keyword argument '{next(iter(kwargs))}'"
    return problem


def _bind_named(function: Function, invocation: Invocation, scope: Scope, name: str, kwargs: dict[str, object]) -> str:
    if name in kwargs:
        scope.variables[name] = kwargs.pop(name)
        return ""
    if name in function.defaults:
        scope.variables[name] = function.defaults[name]
        return ""
    scope.variables[name] = Unknown(Cause.PARAMETER, name)
    return "" if invocation.more else f"missing a required argument: '{name}'"


def call_from_outside(machine: Machine, value: object, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    """Call an entry: parameters without an argument are unknown."""
    module = machine.main
    assert module is not None
    node = value.node if isinstance(value, Function) else module.tree
    frame = Frame(module.scope, module)
    invocation = Invocation(machine, args, kwargs, Unknown(Cause.PARAMETER, "the caller"), node, frame)
    if not isinstance(value, Function):
        from migsafe.sources.interpreter.calls import call

        return call(machine, value, invocation)
    _report_decorators(machine, value, frame)
    scope = Scope(value.outer)
    problem = _bind(value, invocation, scope)
    if problem:
        machine.report(Reason.RAISES, Site(module.source, node, (module.source, node), (), loop=False), problem)
    inner = Frame(scope, value.module, value)
    return _run_entry(machine, inner, value)


def _report_decorators(machine: Machine, value: Function, frame: Frame) -> None:
    if value.decorators:
        detail = f"the decorator {value.decorators[0]} of {value.name} is not known"
        machine.report(Reason.EXTERNAL_HELPER, machine.site(frame, value.node), detail)


def _run_entry(machine: Machine, frame: Frame, value: Function) -> object:
    """Like `in_frame`, but calls in the entry are places of their own."""
    if isinstance(value.node, ast.Lambda):
        return machine.evaluate(value.node.body, frame)
    if value.generator:
        frame.on_yield = lambda _: None
    if machine.block(value.node.body, frame) is None:
        frame.returned.append((machine.guards, None))
    return _returned(machine, frame, ())


def call_with_unknowns(machine: Machine, value: Function | Method, invocation: Invocation) -> None:
    """Call a function that was handed to unknown code, with arguments that are not known."""
    function = value.function if isinstance(value, Method) else value
    args = (value.owner,) if isinstance(value, Method) else ()
    more = Unknown(Cause.PARAMETER, f"arguments of {function.name}")
    inner = Invocation(machine, args, {}, more, invocation.node, invocation.frame)
    call_function(machine, function, inner)


def instantiate(machine: Machine, defined: Class, invocation: Invocation) -> object:
    """Call a class of the program."""
    from migsafe.sources.interpreter import classes

    return classes.instantiate(machine, defined, invocation)


__all__ = [
    "Builtin",
    "Partial",
    "Wrapped",
    "call_function",
    "call_with_unknowns",
    "in_frame",
    "instantiate",
    "run_body",
]
