"""One call of a value: its arguments and its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.host import Site
from migsafe.sources.interpreter.values import Cause, Unknown

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


class Invocation:
    """The arguments of a call. `more` when further ones came from an unknown value; `frame` is the caller's."""

    __slots__ = ("args", "frame", "is_statement", "kwargs", "machine", "more", "node")

    def __init__(
        self,
        machine: Machine,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        more: Unknown | None,
        node: ast.AST,
        frame: Frame,
    ) -> None:
        self.machine = machine
        self.args = args
        self.kwargs = kwargs
        self.more = more
        self.node = node
        self.frame = frame
        self.is_statement = False  # whether the call is made only for its effect

    @property
    def site(self) -> Site:
        return self.machine.site(self.frame, self.node)

    def with_first(self, value: object) -> Invocation:
        """The same call with one argument before the others."""
        return self.with_arguments((value, *self.args), self.kwargs)

    def after(self, args: tuple[object, ...], kwargs: dict[str, object]) -> Invocation:
        """The same call with arguments that were given earlier."""
        return self.with_arguments((*args, *self.args), {**kwargs, **self.kwargs})

    def with_arguments(self, args: tuple[object, ...], kwargs: dict[str, object]) -> Invocation:
        made = Invocation(self.machine, args, kwargs, self.more, self.node, self.frame)
        made.is_statement = self.is_statement
        return made

    def fail(self, error: str, message: str) -> Unknown:
        return self.machine.fail(self.frame, self.node, error, message)

    def unknown(self, cause: Cause = Cause.CALL) -> Unknown:
        return self.machine.unknown(cause, self.frame, self.node)

    def argument(self, place: int, name: str, default: object = None) -> object:
        """An argument by place or name."""
        return self.args[place] if place < len(self.args) else self.kwargs.get(name, default)
