"""Compare a prediction with what a server was seen to do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from migsafe.effects.postgresql import predict
from migsafe.model.effects import Effect, Refusal, WorkKind
from migsafe.model.locks import LockMode
from migsafe.model.migration import Statement
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from migsafe.sources.sql.statements import Builder, Included
from migsafe.text.script import split
from migsafe.text.source import SourceText
from tools.observe.cases import Case
from tools.observe.observation import Observation

MODES = {mode.pg_name: mode for mode in LockMode}
IN_A_TRANSACTION = {"25001", "2D000"}  # windows say that, not effects


def statements(sql: str) -> tuple[Statement, ...]:
    source = SourceText.decode(sql.encode(), "case.sql")
    builder = Builder(source, Included(Path()))
    builder.script(split(source))
    return tuple(statement for statement in builder.statements if statement.parent is None)


@cache
def schema_after(setup: str) -> Schema:
    """The whole world that the setup made."""
    schema = Schema()
    schema.closed = True
    for statement in statements(setup):
        advance(schema, statement, Origin("setup"))
    schema.commit()
    return schema


def schema_before(case: Case) -> Schema:
    """What the statement of the case finds."""
    schema = schema_after(case.setup).overlay()
    for statement in statements(case.before):
        advance(schema, statement, Origin("case"))
    return schema


def assumptions(case: Case, version: int) -> tuple[str, ...]:
    """What a reader of the report is told that the prediction leans on."""
    (statement,) = statements(case.statement)
    predicted = predict(statement, schema_before(case), version)
    return () if isinstance(predicted, Refusal) else tuple(assumption.what for assumption in predicted.assumptions)


def disagreements(case: Case, version: int, observed: Observation) -> list[str]:
    (statement,) = statements(case.statement)
    if statement.syntax_error is not None:
        return [] if observed.error else [f"not parsed: {statement.syntax_error.message}"]
    predicted = predict(statement, schema_before(case), version)
    if isinstance(predicted, Refusal) or observed.error is not None:
        return list(_refusals(predicted, observed))
    return [*_locks(predicted, observed), *_work(predicted, observed), *_flags(predicted, observed)]


def _refusals(predicted: Effect | Refusal, observed: Observation) -> Iterator[str]:
    error = observed.error
    if isinstance(predicted, Effect):
        assert error is not None
        if predicted.transactional or error.sqlstate not in IN_A_TRANSACTION:
            yield f"not refused: {error.sqlstate} {error.message}"
    elif error is None:
        yield f"refused, but accepted by the server: {predicted.sqlstate} {predicted.message}"
    elif predicted.sqlstate != error.sqlstate:
        yield f"refused with {predicted.sqlstate} {predicted.message}, the server says {error.sqlstate} {error.message}"


def _locks(predicted: Effect, observed: Observation) -> Iterator[str]:
    """What earlier statements of the transaction hold is seen as well."""
    seen = {lock.relation: (lock.kind, MODES[lock.mode]) for lock in observed.locks}
    told = {str(lock.relation): (str(lock.kind), lock.mode) for lock in predicted.locks}
    for lock in observed.held:
        mode = max(MODES[lock.mode], told.get(lock.relation, ("", LockMode.ACCESS_SHARE))[1])
        told[lock.relation] = (seen.get(lock.relation, (lock.kind, mode))[0], mode)
    for relation in sorted(seen.keys() | told.keys()):
        if seen.get(relation) != told.get(relation):
            yield f"lock on {relation}: {told.get(relation)}, the server takes {seen.get(relation)}"


def _work(predicted: Effect, observed: Observation) -> Iterator[str]:
    parts = (
        (WorkKind.REWRITE, observed.rewrites),
        (WorkKind.INDEX_BUILD, observed.index_builds),
        (WorkKind.SCAN, observed.scans),
        (WorkKind.EMPTY, observed.empties),
    )
    for kind, seen in parts:
        told = {str(relation) for relation in predicted.relations(kind)}
        if told != set(seen):
            yield f"{kind}: {sorted(told)}, the server does {sorted(seen)}"
    changes = {(str(work.relation), work.change) for work in predicted.work if work.kind is WorkKind.DATA}
    if changes != {(change.relation, change.kind) for change in observed.data}:
        yield f"data: {sorted(changes)}, the server changes {observed.data}"


def _flags(predicted: Effect, observed: Observation) -> Iterator[str]:
    if predicted.transactional != observed.transactional:
        yield f"transactional: {predicted.transactional}"
    if predicted.waits_for_snapshots != observed.waits_for_snapshots:
        yield f"waits for snapshots: {predicted.waits_for_snapshots}"
