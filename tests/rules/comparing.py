"""Runs the migration of a fixture on a real server, and compares what it did with what was predicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from migsafe.model.effects import Effect, Refusal, WorkKind
from migsafe.model.locks import LockMode
from migsafe.model.migration import Certainty
from migsafe.model.operations import Begin, Commit, Rollback
from migsafe.model.report import Report, StatementReport
from tools.observe.observation import Observation, ObservedLock, strongest
from tools.observe.observe import Observatory

_SYNTAX_ERROR = "42601"
# What the grammar refuses with a message of its own: "UNIQUE constraints cannot be marked NOT VALID" (gram.y).
_REFUSED_BY_GRAMMAR = (_SYNTAX_ERROR, "0A000")
NOT_IN_A_TRANSACTION = "25001"
_CONTROL = (Begin, Commit, Rollback)


@dataclass(frozen=True)
class Run:
    """A statement with what has happened before it: committed, and earlier in its own transaction."""

    entry: StatementReport
    committed: str
    before: str


def runs(schema: str, report: Report) -> Iterator[Run]:
    """The statements as the migration runs them; nothing comes after one that fails in a transaction."""
    committed, opened, current = [schema], list[str](), None
    for entry in report.statements:
        if entry.statement.parent is not None:
            assert not is_certainly_refused(entry), f"predicted to fail inside of a block: {entry.statement.sql}"
            continue
        if entry.transaction is None or entry.transaction != current:
            committed, opened, current = committed + opened, [], entry.transaction
        if any(isinstance(operation, _CONTROL) for operation in entry.statement.operations):
            continue
        yield Run(entry, _script(committed), _script(opened))
        if not _fails(entry):
            opened.append(entry.statement.sql)
        elif entry.transaction is not None:
            return


def is_certainly_refused(entry: StatementReport) -> bool:
    return isinstance(entry.outcome, Refusal) and entry.statement.certainty is Certainty.EXACT


def _script(statements: list[str]) -> str:
    return "\n".join(sql.rstrip().removesuffix(";") + ";" for sql in statements if sql.strip())


def _fails(entry: StatementReport) -> bool:
    return expected_refusal(entry) is not None


def expected_refusal(entry: StatementReport) -> str | None:
    """The SQLSTATE that the prediction tells, if it tells one."""
    if isinstance(entry.outcome, Refusal):
        return entry.outcome.sqlstate
    if entry.statement.syntax_error is not None:
        return _SYNTAX_ERROR
    if isinstance(entry.outcome, Effect) and not entry.outcome.transactional and entry.transaction is not None:
        return NOT_IN_A_TRANSACTION
    return None


def differences(run: Run, place: Observatory) -> list[str]:
    """What the server did otherwise than predicted, in words; empty when everything is as predicted."""
    refusal = expected_refusal(run.entry)
    if refusal == NOT_IN_A_TRANSACTION:
        # A statement before it in the transaction keeps the observatory from trying it outside of one.
        observed = place.observe(run.committed, run.entry.statement.sql, before=run.before or "SELECT 1")
    else:
        observed = place.observe(run.committed, run.entry.statement.sql, before=run.before)
    if refusal is not None:
        found = observed.error.sqlstate if observed.error else "no error"
        allowed = _REFUSED_BY_GRAMMAR if refusal == _SYNTAX_ERROR else (refusal,)
        return [] if found in allowed else [f"refused: predicted {refusal}, observed {found}"]
    if observed.error is not None:
        return [f"refused: predicted nothing, observed {observed.error.sqlstate} {observed.error.message}"]
    if run.entry.outcome is None:
        return []  # not analysed: there is a finding that says so, and no prediction to compare
    assert isinstance(run.entry.outcome, Effect)
    return list(_differing(run.entry.outcome, observed))


def _differing(effect: Effect, observed: Observation) -> Iterator[str]:
    predicted: dict[str, object] = {
        "locks": _with_held(effect, observed),
        "rewrites": _names(effect, WorkKind.REWRITE),
        "index builds": _names(effect, WorkKind.INDEX_BUILD),
        "scans": _names(effect, WorkKind.SCAN),
        "empties": _names(effect, WorkKind.EMPTY),
        "data": sorted({(str(w.relation), w.change) for w in effect.work if w.kind is WorkKind.DATA}),
        "transactional": effect.transactional,
        "waits for snapshots": effect.waits_for_snapshots,
    }
    seen: dict[str, object] = {
        "locks": {lock.relation: lock.mode for lock in observed.locks},
        "rewrites": sorted(observed.rewrites),
        "index builds": sorted(observed.index_builds),
        "scans": sorted(observed.scans),
        "empties": sorted(observed.empties),
        "data": sorted((change.relation, change.kind) for change in observed.data),
        "transactional": observed.transactional,
        "waits for snapshots": observed.waits_for_snapshots,
    }
    for aspect, value in predicted.items():
        if value != seen[aspect]:
            yield f"{aspect}: predicted {value}, observed {seen[aspect]}"


def _with_held(effect: Effect, observed: Observation) -> dict[str, str]:
    """The predicted locks together with those that the transaction had already."""
    locks: dict[str, str] = {_relation(lock): lock.mode for lock in observed.held}
    for lock in effect.locks:
        name, mode = str(lock.relation), LockMode(lock.mode).pg_name
        locks[name] = strongest([mode, locks.get(name, mode)])
    return locks


def _relation(lock: ObservedLock) -> str:
    return lock.relation


def _names(effect: Effect, kind: WorkKind) -> list[str]:
    return sorted(str(name) for name in effect.relations(kind))
