"""Which function predicts which operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from migsafe.effects.postgresql.builder import Builder
from migsafe.effects.postgresql.settings import ServerSettings
from migsafe.model.operations import Operation
from migsafe.model.record import Record
from migsafe.schema.schema import Schema


def _nothing(_operations: tuple[Operation, ...], _context: Context) -> None:
    """What a context without an `execute` of its own does with the statements inside a function."""


class Context(Record):
    """What a handler may look at, and the builder that it writes to (`builder.clause` is its clause)."""

    schema: Schema  # as it is before the statement; reading it never changes it
    version: int  # major version of the target, 12 to 18
    settings: ServerSettings
    builder: Builder
    operations: tuple[Operation, ...] = ()  # of the whole statement: DROP TABLE a, b drops both or neither
    execute: Callable[[tuple[Operation, ...], Context], None] = _nothing  # predicts another statement's operations
    depth: int = 0  # of functions that call functions
    sent_by: str = ""  # the framework's operation that sends the statement, "AlterField"; empty for a person's


Handler = Callable[[Any, Context], None]  # of the operation type that it is registered for
Op = TypeVar("Op", bound=Operation)

_HANDLERS: dict[type[Operation], Handler] = {}


def effect_of(
    *types: type[Op],
) -> Callable[[Callable[[Op, Context], None]], Callable[[Op, Context], None]]:
    """Register the function that writes the effect of one clause of these operation types."""

    def register(handler: Callable[[Op, Context], None]) -> Callable[[Op, Context], None]:
        for operation_type in types:
            assert operation_type not in _HANDLERS, operation_type
            _HANDLERS[operation_type] = handler
        return handler

    return register


def handler_of(operation_type: type[Operation]) -> Handler | None:
    return _HANDLERS.get(operation_type)
