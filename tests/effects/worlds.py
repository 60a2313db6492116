"""Small worlds for the tests of effects: a schema from SQL, and the prediction for one statement on it."""

from __future__ import annotations

from migsafe.effects.postgresql import predict
from migsafe.model.effects import Effect, Refusal, WorkKind
from migsafe.model.migration import Statement
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema


def statement(sql: str) -> Statement:
    return Statement(index=0, sql=sql, span=Span(0, len(sql)), clauses=parse_statement(sql).clauses)


def world(*history: str, closed: bool = True) -> Schema:
    """What is left after the statements; `closed` when nothing else exists."""
    schema = Schema()
    schema.closed = closed
    for sql in history:
        advance(schema, statement(sql), Origin("history"))
    return schema


def outcome(sql: str, schema: Schema, version: int = 17) -> Effect | Refusal:
    return predict(statement(sql), schema, version)


def effect(sql: str, schema: Schema, version: int = 17) -> Effect:
    found = outcome(sql, schema, version)
    assert isinstance(found, Effect), found
    return found


def refusal(sql: str, schema: Schema, version: int = 17) -> str:
    """The SQLSTATE and the message."""
    found = outcome(sql, schema, version)
    assert isinstance(found, Refusal), found
    return f"{found.sqlstate} {found.message}"


def locks(sql: str, schema: Schema, version: int = 17) -> dict[str, str]:
    """Relation (without `public.`) to the manual's name of the mode."""
    return {
        str(lock.relation).removeprefix("public."): lock.mode.manual_name for lock in effect(sql, schema, version).locks
    }


def work(kind: WorkKind, sql: str, schema: Schema, version: int = 17) -> list[str]:
    found = effect(sql, schema, version).relations(kind)
    return sorted(str(relation).removeprefix("public.") for relation in found)
