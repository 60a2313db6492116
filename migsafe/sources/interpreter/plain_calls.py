"""Calls of methods of plain values: each in a table of ours, none looked up on the value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migsafe.sources.interpreter import containers, stdlib, texts
from migsafe.sources.interpreter.branching import each
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.values import Either

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

_STORING = frozenset(("append", "insert", "extend", "add", "update", "setdefault", "get", "pop", "format", "join"))


def call_plain(machine: Machine, owner: object, name: str, invocation: Invocation) -> object:
    """`owner.name(…)`: once for each of several possible arguments, unless the method only keeps them."""
    if name not in _STORING:
        for number, value in enumerate(invocation.args):
            if isinstance(value, Either):
                before, after = invocation.args[:number], invocation.args[number + 1 :]
                return each(
                    machine,
                    value,
                    lambda v: call_plain(
                        machine,
                        owner,
                        name,
                        invocation.with_arguments((*before, v, *after), invocation.kwargs),
                    ),
                )
    table = texts.METHODS if isinstance(owner, str) else containers.METHODS.get(type(owner), {})
    method = table.get(name) or stdlib.METHODS.get(type(owner), {}).get(name)
    assert method is not None, "only named when the table has it"
    try:
        found = method(invocation, owner)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError, ArithmeticError) as error:
        return invocation.fail(type(error).__name__, str(error)[:200])
    machine.charge(found)
    return found


def call_plain_method(
    machine: Machine, frame: Frame, node: ast.AST, owner: object, name: str, args: tuple[object, ...]
) -> object:
    """The same for a call that the program makes in other words (`+=`)."""
    return call_plain(machine, owner, name, Invocation(machine, args, {}, None, node, frame))
