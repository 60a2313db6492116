"""What PostgreSQL 12 to 18 does when it runs a statement.

`predict` is pure: it reads the shadow schema as it is before the statement. One file holds one family of
statements; ALTER TABLE is an engine of its own because its actions share locks, scans and passes.
"""

from __future__ import annotations

from migsafe.effects.postgresql.alter_table import alter_table
from migsafe.effects.postgresql.builder import Builder, Refused
from migsafe.effects.postgresql.dispatch import Context, handler_of
from migsafe.effects.postgresql.families import load_families
from migsafe.effects.postgresql.settings import DEFAULT_SETTINGS, ServerSettings
from migsafe.model.effects import Effect, Refusal
from migsafe.model.migration import Statement
from migsafe.model.operations import CreateSchema, Operation, TableAction
from migsafe.schema.origin import Origin
from migsafe.schema.replay import apply
from migsafe.schema.schema import Schema

OLDEST, NEWEST = 12, 18


def predict(
    statement: Statement, schema: Schema, version: int, settings: ServerSettings = DEFAULT_SETTINGS
) -> Effect | Refusal:
    """The effect of one statement on a server of this major version, or why the server refuses it.

    Raises LookupError for an operation that no family handles.
    """
    load_families()
    sender = statement.written_as.operation if statement.written_as is not None else ""
    context = Context(schema, version, settings, Builder(schema), statement.operations, _execute, sent_by=sender)
    try:
        _execute(statement.operations, context)
    except Refused as refused:
        return refused.refusal
    return context.builder.finish()


def _execute(operations: tuple[Operation, ...], context: Context) -> None:
    """Predict the clauses of one statement."""
    actions = tuple(op for op in operations if isinstance(op, TableAction))
    if actions and len(actions) == len(operations) and handler_of(type(actions[0])) is None:
        alter_table(actions, context)
        return
    for clause, operation in enumerate(operations):
        handler = handler_of(type(operation))
        if handler is None:
            raise LookupError(f"no effect is known for {type(operation).__name__}")
        if context.depth == 0:  # what a called function does belongs to the clause that calls it
            context.builder.clause = clause
        handler(operation, _inside_new_schema(operations, clause, context))


def _inside_new_schema(operations: tuple[Operation, ...], clause: int, context: Context) -> Context:
    """The elements of CREATE SCHEMA see the new schema first, and each the elements before it (schemacmds.c)."""
    first = operations[0]
    if clause == 0 or not isinstance(first, CreateSchema):
        return context
    layer = context.schema.overlay()
    origin = layer.origin or Origin("")
    apply(layer, first, origin)
    layer.search_path = (first.schema, *layer.search_path)
    for earlier in operations[1:clause]:
        apply(layer, earlier, origin)
    return context.replace(schema=layer)


__all__ = ["DEFAULT_SETTINGS", "NEWEST", "OLDEST", "ServerSettings", "predict"]
