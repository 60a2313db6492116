"""`f(…)`: the callee by its kind, the arguments, and what becomes of calls to unknown functions."""

from __future__ import annotations

import ast
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from migsafe.sources.interpreter import functions, stdlib
from migsafe.sources.interpreter.attributes import HostMethod, PlainMethod, attribute_of, has_plain_method
from migsafe.sources.interpreter.branching import each, extended, under
from migsafe.sources.interpreter.dispatch import evaluates
from migsafe.sources.interpreter.errors import AbandonedError, ErrorClass, ErrorValue, RaisedError
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.harmless import is_harmless
from migsafe.sources.interpreter.host import Call, HostFunction, HostObject, spell
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.journal import either
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.plain_calls import call_plain
from migsafe.sources.interpreter.result import Reason
from migsafe.sources.interpreter.values import CONTAINERS, PLAIN, Cause, Either, Guards, Rest, Unknown, items_of
from migsafe.sources.interpreter.values_defined import (
    MISSING,
    Builtin,
    Class,
    Function,
    Instance,
    Method,
    Partial,
    Wrapped,
)
from migsafe.text.conditions import excludes

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

_Options = tuple[tuple[Guards, object], ...]
_MOST_COMBINATIONS = 16  # of possible arguments of one call
_KEPT = frozenset((Cause.ENVIRONMENT, Cause.VOLATILE, Cause.DATABASE))  # what comes of such values is of that kind


@evaluates(ast.Call)
def evaluate_call(machine: Machine, node: ast.Call, frame: Frame) -> object:
    is_statement = machine.statement is node
    callee = _callee(machine, node.func, frame)
    args, more = _positional(machine, node, frame)
    kwargs, more = _keywords(machine, node, frame, more)
    invocation = Invocation(machine, args, kwargs, more, node, frame)
    invocation.is_statement = is_statement
    return call(machine, callee, invocation)


def _callee(machine: Machine, node: ast.expr, frame: Frame) -> object:
    if not isinstance(node, ast.Attribute):
        return machine.evaluate(node, frame)
    owner = machine.evaluate(node.value, frame)
    if type(owner) in PLAIN and has_plain_method(owner, node.attr):
        return PlainMethod(owner, node.attr)
    return attribute_of(machine, frame, node, owner, node.attr)


def _positional(machine: Machine, node: ast.Call, frame: Frame) -> tuple[tuple[object, ...], Unknown | None]:
    from migsafe.sources.interpreter.loops import collect

    if not any(isinstance(arg, ast.Starred) for arg in node.args):
        return tuple([machine.evaluate(arg, frame) for arg in node.args]), None
    args: list[object] = []
    more: Unknown | None = None
    for arg in node.args:
        if not isinstance(arg, ast.Starred):
            args.append(machine.evaluate(arg, frame))
            continue
        for item in collect(machine, frame, arg, machine.evaluate(arg.value, frame)):
            more = item.reason if isinstance(item, Rest) else more
            args += [] if isinstance(item, Rest) else [item]
    return tuple(args), more


def _keywords(
    machine: Machine, node: ast.Call, frame: Frame, more: Unknown | None
) -> tuple[dict[str, object], Unknown | None]:
    kwargs: dict[str, object] = {}
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
            continue
        known = value if isinstance(value, dict) else {}
        kwargs.update({key: item for key, item in known.items() if isinstance(key, str)})
        if not isinstance(value, dict) or any(isinstance(key, Rest) for key in known):
            more = value if isinstance(value, Unknown) else machine.unknown(Cause.UNSUPPORTED, frame, keyword.value)
    return kwargs, more


def call(machine: Machine, callee: object, invocation: Invocation) -> object:
    """Call a value."""
    if isinstance(callee, (HostFunction, HostMethod, HostObject)):
        return call_host(machine, callee, invocation)
    if isinstance(callee, Unknown):
        return call_unknown(machine, callee, invocation)
    if isinstance(callee, Either):
        return each(machine, callee, lambda v: call(machine, v, invocation))
    machine.trace.resolved.add(invocation.node)
    machine.trace.program.add(invocation.node)
    if isinstance(callee, PlainMethod):
        return call_plain(machine, callee.owner, callee.name, invocation)
    if isinstance(callee, Function):
        return functions.call_function(machine, callee, invocation)
    if isinstance(callee, Builtin):
        return callee.call(invocation)
    if isinstance(callee, Method):
        return functions.call_function(machine, callee.function, invocation.with_first(callee.owner))
    if isinstance(callee, Class):
        return functions.instantiate(machine, callee, invocation)
    if isinstance(callee, Partial):
        return call(machine, callee.function, invocation.after(callee.args, callee.kwargs))
    if isinstance(callee, ErrorClass):
        return ErrorValue(callee, invocation.args)
    return _call_object(machine, callee, invocation)


def _call_object(machine: Machine, callee: object, invocation: Invocation) -> object:
    if isinstance(callee, Wrapped):
        return call(machine, callee.function, invocation)
    own = callee.defined.find("__call__") if isinstance(callee, Instance) else MISSING
    if isinstance(own, Function):
        return functions.call_function(machine, own, invocation.with_first(callee))
    if type(callee) in PLAIN:
        return invocation.fail("TypeError", f"'{type(callee).__name__}' object is not callable")
    return call_unknown(machine, invocation.unknown(Cause.UNSUPPORTED), invocation)


def call_host(machine: Machine, callee: HostFunction | HostMethod | HostObject, invocation: Invocation) -> object:
    """Call what the front end gave: once for each combination of possible arguments."""
    machine.trace.resolved.add(invocation.node)
    machine.trace.host.add(invocation.node)
    machine.may_raise = True
    if not any(isinstance(value, Either) for value in (*invocation.args, *invocation.kwargs.values())):
        return _host(machine, callee, invocation, invocation.args, invocation.kwargs)
    names = list(invocation.kwargs)
    choices = [_options(value) for value in (*invocation.args, *invocation.kwargs.values())]
    count = 1
    for options in choices:
        count *= len(options)
    if count > _MOST_COMBINATIONS:
        choices = [_collapsed(options) for options in choices]
    results: list[tuple[Guards, object]] = []
    for guards, chosen in _together(choices):
        values = tuple(value for _, value in chosen)
        args, kwargs = values[: len(invocation.args)], dict(zip(names, values[len(invocation.args) :], strict=True))
        results.append((guards, under(machine, guards, partial(_host, machine, callee, invocation, args, kwargs))))
    return either(results, machine.limits.options)


def _together(choices: list[_Options]) -> list[tuple[Guards, _Options]]:
    """The combinations with their conditions, without those of two arguments on the two sides of one condition."""
    found = [(extended((), *(guard for inner, _ in chosen for guard in inner)), chosen) for chosen in product(*choices)]
    return [one for one in found if not excludes(one[0], one[0])] or found


def _options(value: object) -> _Options:
    return value.options if isinstance(value, Either) else (((), value),)


def _collapsed(options: _Options) -> _Options:
    return options if len(options) == 1 else (((), Unknown(Cause.BRANCH, "one of several values")),)


def _host(
    machine: Machine,
    callee: HostFunction | HostMethod | HostObject,
    invocation: Invocation,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> object:
    site = machine.site(invocation.frame, invocation.node)
    made = Call(_name(callee), args, kwargs, site, machine, invocation.more)
    try:
        if isinstance(callee, HostFunction):
            return callee.call(made)
        if isinstance(callee, HostMethod):
            return callee.owner.kind.methods[callee.name](callee.owner, made)
        if callee.kind.call is not None:
            return callee.kind.call(callee, made)
    except (RaisedError, AbandonedError, BudgetExceededError, RecursionError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # a mistake of a front end is a reported place, never a lost file
        machine.report(Reason.CRASHED, site, f"{type(error).__name__} while evaluating {_name(callee)}")
        return made.unknown()
    return call_unknown(machine, made.unknown(Cause.UNSUPPORTED), invocation)


def _name(callee: HostFunction | HostMethod | HostObject) -> str:
    if isinstance(callee, HostMethod):
        return f"{callee.owner.kind.name}.{callee.name}"
    return callee.name if isinstance(callee, HostFunction) else callee.kind.name


def call_unknown(machine: Machine, callee: Unknown, invocation: Invocation) -> object:
    """A call whose callee is not known: reported when it could change the database."""
    machine.may_raise = True
    site = invocation.site
    made = Call(callee.text, invocation.args, invocation.kwargs, site, machine, invocation.more)
    told = machine.domain.call_of_unknown(callee, made)
    if told is not None:
        machine.trace.resolved.add(invocation.node)
        return told
    machine.trace.unknown.add(invocation.node)
    values = (*invocation.args, *invocation.kwargs.values())
    if _is_sensitive(values) and not machine.importing:  # the top of another file makes names
        detail = f"{callee.text} gets what can change the database, and is not known"
        machine.report(Reason.BIND_ESCAPES, invocation.site, detail)
    elif is_harmless(callee):
        machine.trace.resolved.add(invocation.node)
    elif invocation.is_statement and not machine.importing:
        machine.report(Reason.EXTERNAL_HELPER, invocation.site, f"{callee.text} is not known")
    if not machine.importing:
        _run_callbacks(machine, callee, invocation, values)
    cause = callee.cause if callee.cause in _KEPT else Cause.CALL
    return Unknown(cause, spell(invocation.frame.module.source, invocation.node))


def _is_sensitive(values: tuple[object, ...]) -> bool:
    for value in values:
        found = [value, *items_of(value)] if type(value) in CONTAINERS else [value]
        if isinstance(value, Either):
            found = [option for _, option in value.options]
        for part in found:
            if isinstance(part, HostObject) and part.kind.sensitive:
                return True
            if isinstance(part, HostFunction) and part.sensitive:
                return True
            if isinstance(part, HostMethod) and part.owner.kind.sensitive:
                return True
    return False


def _run_callbacks(machine: Machine, callee: Unknown, invocation: Invocation, values: tuple[object, ...]) -> None:
    """An unknown function may call the functions that it gets."""
    from migsafe.sources.interpreter.branching import perhaps

    for value in values:
        if isinstance(value, (Function, Method)) and machine.depth < machine.limits.calls // 4:
            function = value.function if isinstance(value, Method) else value
            perhaps(
                machine,
                invocation.frame,
                f"{callee.text} calls {function.name}",
                lambda f=value: functions.call_with_unknowns(machine, f, invocation),  # type: ignore[misc]  # lambda defaults
            )


__all__ = ["Invocation", "call", "call_host", "call_unknown", "stdlib"]
