"""Exceptions of the analysed program, as values and while they are raised."""

from __future__ import annotations

import ast
import builtins

from migsafe.model.record import Record
from migsafe.sources.interpreter.source import Source

_REAL = {name: value for name, value in vars(builtins).items() if isinstance(value, type)}
HIERARCHY: dict[str, frozenset[str]] = {
    name: frozenset(base.__name__ for base in value.__mro__)
    for name, value in _REAL.items()
    if issubclass(value, BaseException)
}
"""Python's own exceptions by name, each with the names of itself and its bases."""


class ErrorClass(Record):
    """One of Python's exception classes. Compared by name."""

    name: str


class ErrorValue(Record):
    """An exception object of one of Python's classes."""

    kind: ErrorClass
    args: tuple[object, ...]


class RaisedError(Exception):
    """The program raises `value`: an ErrorValue, an Instance, or an unknown value.

    `written` when a `raise` or `assert` of the program does it; otherwise it is what evaluating an expression would
    raise, as far as the evaluator can tell. `place` is the node that does it, with its file.
    """

    def __init__(self, value: object, words: str, place: tuple[Source, ast.AST], *, written: bool) -> None:
        super().__init__(words)
        self.place = place
        self.value = value
        self.words = words
        self.written = written


class AbandonedError(Exception):
    """Nobody wants further values of a generator: its body ends here."""
