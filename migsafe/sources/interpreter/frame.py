"""A function call under way, and the ways in which a block of statements can end."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from migsafe.sources.interpreter.scope import Scope
from migsafe.sources.interpreter.values import Guards
from migsafe.sources.interpreter.values_defined import Function, Module


class Signal(Enum):
    """How a block ends when it does not run to its end."""

    RETURN = 1
    BREAK = 2
    CONTINUE = 3
    RAISE = 4


class Escape(NamedTuple):
    """A path that left a block early, under conditions that could not be decided."""

    signal: Signal
    guards: Guards


class Frame:
    """One call of a function, or a module's top level.

    `returned` collects the values of all `return` statements met with their conditions, `escapes` the early ends
    under conditions. `on_yield` gets what a generator yields and gives what the `yield` expression is.
    """

    __slots__ = ("escapes", "function", "module", "on_yield", "returned", "scope")

    def __init__(self, scope: Scope, module: Module, function: Function | None = None) -> None:
        self.scope = scope
        self.module = module
        self.function = function
        self.escapes: list[Escape] = []
        self.returned: list[tuple[Guards, object]] = []
        self.on_yield: Callable[[object], object] | None = None

    def within(self, scope: Scope) -> Frame:
        """The same call with another scope: a comprehension, a class body."""
        inner = Frame(scope, self.module, self.function)
        inner.on_yield = self.on_yield
        return inner
