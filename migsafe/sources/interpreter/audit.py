"""Proof that no call of interest was passed over in silence."""

from __future__ import annotations

import ast
from collections.abc import Callable

from migsafe.sources.interpreter.result import Result, Unresolved


def audit(result: Result, wanted: Callable[[ast.Call], bool]) -> tuple[Unresolved, ...]:
    """The calls of interest that the entry could reach but that neither were evaluated, nor are dead, nor reported.

    `wanted` is asked for every call in the code that the entry could reach, also through other functions.
    """
    raise NotImplementedError
