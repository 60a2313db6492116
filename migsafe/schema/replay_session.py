"""Transactions that the text itself controls, and the settings that decide how names resolve."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.model.names import Name
from migsafe.schema.objects import OtherObject
from migsafe.schema.registry import replays
from migsafe.schema.resolve import parse_search_path
from migsafe.schema.schema import Schema, other_key


@replays(ops.Begin)
def begin(schema: Schema, operation: ops.Begin) -> None:  # noqa: ARG001 - a handler's signature
    schema.begin()


@replays(ops.Commit)
def commit(schema: Schema, operation: ops.Commit) -> None:
    schema.commit()
    if operation.chain:
        schema.begin()


@replays(ops.Rollback)
def rollback(schema: Schema, operation: ops.Rollback) -> None:
    schema.rollback()
    if operation.chain:
        schema.begin()


@replays(ops.Savepoint)
def savepoint(schema: Schema, operation: ops.Savepoint) -> None:
    schema.savepoint(operation.name)


@replays(ops.ReleaseSavepoint)
def release(schema: Schema, operation: ops.ReleaseSavepoint) -> None:
    schema.release_savepoint(operation.name)


@replays(ops.RollbackToSavepoint)
def rollback_to(schema: Schema, operation: ops.RollbackToSavepoint) -> None:
    schema.rollback_to_savepoint(operation.name)


@replays(ops.ServerCommand)
def server_command(schema: Schema, operation: ops.ServerCommand) -> None:
    """Cursors, prepared statements and subscriptions."""
    name = operation.name
    if operation.command == "prepare" and name is not None:
        schema.prepared |= {name}
    elif operation.command in ("deallocate", "discard"):
        schema.prepared -= schema.prepared if name is None else {name}
    elif operation.command == "declare cursor" and name is not None:
        _set_cursors(schema, closed=None, opened=((name, tuple(map(schema.resolve, operation.reads))),))
    elif operation.command == "close":
        open_cursors = tuple(cursor for cursor, _ in schema.uncommitted.cursors)
        _set_cursors(schema, closed=open_cursors if name is None else (name,))
    elif operation.command == "create subscription" and name is not None:
        subscription = OtherObject(kind="subscription", name=Name(None, name))
        schema.others[other_key("subscription", subscription.name)] = subscription


def _set_cursors(
    schema: Schema, *, closed: tuple[str, ...] | None, opened: tuple[tuple[str, tuple[Name, ...]], ...] = ()
) -> None:
    kept = tuple(cursor for cursor in schema.uncommitted.cursors if cursor[0] not in (closed or ()))
    schema.uncommitted = schema.uncommitted.replace(cursors=(*kept, *opened))


@replays(ops.SetParameter)
def set_parameter(schema: Schema, operation: ops.SetParameter) -> None:
    if operation.name in {"timezone", "all"}:
        schema.time_zone = operation.value
    if operation.name not in {"search_path", "all"}:
        return
    path = parse_search_path(None if operation.name == "all" else operation.value)
    schema.search_path = path
    schema.path_set_by = schema.origin
    if not operation.local:
        schema.session_path = path
