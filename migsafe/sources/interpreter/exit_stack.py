"""`contextlib.ExitStack`: contexts that are entered one by one and left together."""

from __future__ import annotations

from migsafe.sources.interpreter.host import Call, HostKind, HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.values import Cause, Unknown
from migsafe.sources.interpreter.values_defined import Function, Instance


def exit_stack(invocation: Invocation) -> object:  # noqa: ARG001  # as all functions of the library
    entered: list[object] = []
    return HostObject(STACK, entered)


def _entered(owner: HostObject) -> list[object]:
    assert isinstance(owner.payload, list)
    return owner.payload


def _enter(owner: HostObject, call: Call) -> object:
    """`stack.enter_context(context)`."""
    context = call.args[0] if call.args else call.kwargs.get("cm")
    _entered(owner).append(context)
    if isinstance(context, HostObject) and context.kind.enter is not None:
        return context.kind.enter(context, call)
    if isinstance(context, Instance):
        method = context.defined.find("__enter__")
        return call.invoke(method, (context,)) if isinstance(method, Function) else context
    return Unknown(context.cause, context.text) if isinstance(context, Unknown) else call.unknown(Cause.UNSUPPORTED)


def _leave(owner: HostObject, call: Call) -> None:
    entered = _entered(owner)
    while entered:
        context = entered.pop()
        if isinstance(context, HostObject) and context.kind.leave is not None:
            context.kind.leave(context, call)
        elif isinstance(context, Instance):
            method = context.defined.find("__exit__")
            if isinstance(method, Function):
                call.invoke(method, (context, None, None, None))


def _itself(owner: HostObject, _call: Call) -> object:
    return owner


def _at_the_end(_owner: HostObject, call: Call) -> object:
    """`stack.callback(function, …)`: run where it is given, which is as good as at the end."""
    return call.invoke(call.args[0], call.args[1:], call.kwargs) if call.args else None


STACK = HostKind(
    name="a stack of contexts",
    methods={
        "enter_context": _enter,
        "push": _enter,
        "callback": _at_the_end,
        "pop_all": _itself,
        "__enter__": _itself,
        "__exit__": _leave,
        "close": _leave,
    },
    enter=_itself,
    leave=_leave,
)
"""Payload: a list of the contexts that were entered."""
