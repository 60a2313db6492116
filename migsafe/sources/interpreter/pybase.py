"""How Python's built-in functions are registered."""

from __future__ import annotations

from collections.abc import Callable

from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.truth import fits, is_certain
from migsafe.sources.interpreter.values_defined import Builtin

_ERRORS = (TypeError, ValueError, ArithmeticError, IndexError, KeyError, AttributeError)
BUILTINS: dict[str, object] = {}


def builtin(name: str) -> Callable[[Callable[[Invocation], object]], Callable[[Invocation], object]]:
    """Register a function under Python's name. What it raises of Python's errors is what the program would get."""

    def register(function: Callable[[Invocation], object]) -> Callable[[Invocation], object]:
        BUILTINS[name] = Builtin(name, guarded(function))
        return function

    return register


def guarded(function: Callable[[Invocation], object]) -> Callable[[Invocation], object]:
    """Errors of Python become errors of the program."""

    def run(invocation: Invocation) -> object:
        try:
            return function(invocation)
        except _ERRORS as error:
            if isinstance(error, IndexError) and invocation.kwargs:
                return invocation.unknown()  # an argument that is given by its name
            return invocation.fail(type(error).__name__, str(error)[:200])

    return run


def known(invocation: Invocation, *values: object) -> bool:
    """Whether the values can be handed to a function of Python."""
    return all(is_certain(value) and fits(invocation.machine, value) for value in values)
