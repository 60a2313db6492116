"""Advancing the schema: what exists after a statement.

Replay never raises and never judges: a statement that the server would refuse is the effects' business. Where
history contradicts itself, what was certain before stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import groupby
from typing import Final

from migsafe.model import operations as ops
from migsafe.model.migration import Certainty, Clause, Statement
from migsafe.schema.generated_names import truncated
from migsafe.schema.origin import Origin
from migsafe.schema.passes import in_pass_order
from migsafe.schema.registry import handler_of
from migsafe.schema.schema import Schema
from migsafe.schema.sides import Sides

_FAMILIES: Final = (
    "alter_table",
    "columns",
    "constraints",
    "data",
    "indexes",
    "objects",
    "sequences",
    "session",
    "tables",
    "triggers",
    "types",
    "views",
)
for _family in _FAMILIES:
    import_module(f"migsafe.schema.replay_{_family}")


def apply(schema: Schema, operation: ops.Operation, origin: Origin) -> None:
    """Change the schema as one operation does."""
    if origin is not schema.origin and origin != schema.origin:
        schema.start_migration(origin)
    handler = handler_of(type(operation))
    if handler is not None:
        handler(schema, operation)


def advance(schema: Schema, statement: Statement, origin: Origin) -> None:
    """Change the schema as the statement does, its actions in the order in which the server runs them.

    A guarded statement is taken as executed: its caller gives an overlay and merges it (`advance_guarded`).
    """
    if statement.syntax_error is not None or (statement.certainty is Certainty.OPAQUE and not _is_about(statement)):
        schema.doubt_everything()
    if len(statement.clauses) > 1 and isinstance(statement.clauses[0].operation, ops.CreateSchema):
        _create_schema_with_elements(schema, statement.clauses, origin)
        return
    for clause in in_pass_order(statement.clauses):
        apply(schema, _as_it_happens(clause.operation, statement), origin)


def _is_about(statement: Statement) -> bool:
    """Whether it is known which tables a statement is about of which nothing else is known."""
    known = (operation.tables for operation in statement.operations if isinstance(operation, ops.Opaque))
    return any(tables is not None for tables in known)


def _as_it_happens(operation: ops.Operation, statement: Statement) -> ops.Operation:
    """An INSERT in a loop over data inserts any number of rows."""
    if statement.certainty is Certainty.DATA_LOOP and isinstance(operation, ops.Insert):
        return operation.replace(rows=None)
    return operation


def _create_schema_with_elements(schema: Schema, clauses: tuple[Clause, ...], origin: Origin) -> None:
    """CREATE SCHEMA name element …: the elements are created in the new schema (CreateSchemaCommand)."""
    first = clauses[0].operation
    assert isinstance(first, ops.CreateSchema)
    apply(schema, first, origin)
    path = schema.search_path
    schema.search_path = (truncated(first.schema), *path)
    for clause in clauses[1:]:
        apply(schema, clause.operation, origin)
    schema.search_path = path


def advance_migration(schema: Schema, statements: Sequence[Statement], origin: Origin) -> None:
    """Change the schema as a whole migration does."""
    schema.start_migration(origin)
    for statement, state in guarded(statements, schema):
        advance(state, statement, origin)


def guarded(statements: Sequence[Statement], schema: Schema) -> Iterator[tuple[Statement, Schema]]:
    """Each statement with the schema that it meets: one under conditions that of its side, where it may rely on the
    statements before; what the sides changed is uncertain afterwards."""
    for _, group in groupby(statements, key=_body):
        sides = Sides(schema)
        for statement in group:
            yield statement, sides.meet(statement.guards)
        sides.join()


def _body(statement: Statement) -> int | None:
    """The body that a statement under a condition is in: other bodies have other conditions."""
    return statement.parent if statement.guards else None


def advance_guarded(schema: Schema, statements: tuple[Statement, ...], origin: Origin) -> None:
    """Change the schema as a guarded block of statements may do: together they run, or none does."""
    branch = schema.overlay()
    for statement in statements:
        advance(branch, statement, origin)
    schema.merge_uncertain(branch)
