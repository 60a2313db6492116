"""Transactions that the text itself controls, and the settings that decide how names resolve."""

from __future__ import annotations

from migsafe.model import operations as ops
from migsafe.schema.registry import replays
from migsafe.schema.resolve import parse_search_path
from migsafe.schema.schema import Schema


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


@replays(ops.SetParameter)
def set_parameter(schema: Schema, operation: ops.SetParameter) -> None:
    if operation.name in {"timezone", "all"}:
        schema.time_zone = operation.value
    if operation.name not in {"search_path", "all"}:
        return
    path = parse_search_path(None if operation.name == "all" else operation.value)
    schema.search_path = path
    if not operation.local:
        schema.session_path = path
