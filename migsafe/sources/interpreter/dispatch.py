"""Which function evaluates or executes which kind of syntax node."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from migsafe.sources.interpreter.frame import Frame, Signal
    from migsafe.sources.interpreter.machine import Machine

    Evaluator = Callable[[Machine, ast.expr, Frame], object]
    Executor = Callable[[Machine, ast.stmt, Frame], Signal | None]

E = TypeVar("E", bound=ast.expr)
S = TypeVar("S", bound=ast.stmt)

EVALUATORS: dict[type[ast.expr], Evaluator] = {}
EXECUTORS: dict[type[ast.stmt], Executor] = {}


def evaluates(
    kind: type[E],
) -> Callable[[Callable[[Machine, E, Frame], object]], Callable[[Machine, E, Frame], object]]:
    """Register the function for a kind of expression."""

    def register(function: Callable[[Machine, E, Frame], object]) -> Callable[[Machine, E, Frame], object]:
        EVALUATORS[kind] = cast("Evaluator", function)
        return function

    return register


def executes(
    kind: type[S],
) -> Callable[[Callable[[Machine, S, Frame], Signal | None]], Callable[[Machine, S, Frame], Signal | None]]:
    """Register the function for a kind of statement."""

    def register(
        function: Callable[[Machine, S, Frame], Signal | None],
    ) -> Callable[[Machine, S, Frame], Signal | None]:
        EXECUTORS[kind] = cast("Executor", function)
        return function

    return register
