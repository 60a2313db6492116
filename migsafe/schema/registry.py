"""Which function replays which operation. The families register themselves; `replay.py` looks them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from migsafe.model.operations import Operation
from migsafe.schema.schema import Schema

O = TypeVar("O", bound=Operation)  # noqa: E741 - the operation's own type
Handler = Callable[[Schema, O], None]

_HANDLERS: dict[type[Operation], Handler[Operation]] = {}


def replays(operation_type: type[O]) -> Callable[[Handler[O]], Handler[O]]:
    """Register the function that changes the schema as operations of this type do."""

    def register(handler: Handler[O]) -> Handler[O]:
        _HANDLERS[operation_type] = cast("Handler[Operation]", handler)
        return handler

    return register


def handler_of(operation_type: type[Operation]) -> Handler[Operation] | None:
    return _HANDLERS.get(operation_type)


def leave_the_schema_alone(schema: Schema, operation: Operation) -> None:
    """For operations that change nothing that the schema remembers."""


def without_effect(*operation_types: type[Operation]) -> None:
    """Register operations that change rows, settings or properties that the schema does not remember."""
    for operation_type in operation_types:
        _HANDLERS[operation_type] = leave_the_schema_alone
