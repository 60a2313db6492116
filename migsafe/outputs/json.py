"""The JSON report: a contract, versioned by `schema_version` and described by docs/report.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias, Union

from migsafe.model.duration import Bytes, Seconds
from migsafe.model.effects import Effect, Refusal, StatementRef, Window, Work, WorkKind
from migsafe.model.findings import Impact, LockWait, Severity
from migsafe.model.locks import Lock
from migsafe.model.migration import Certainty, WrittenAs
from migsafe.model.names import Name
from migsafe.model.report import FindingReport, Location, MigrationReport, Report, StatementReport, StatisticsReport

SCHEMA_VERSION = 1
_EXPANDED = 4  # the report, its lists, migrations, and their statements

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
Object: TypeAlias = dict[str, Json]


def render(report: Report) -> str:
    """The whole report as indented JSON, ending in a newline; the same report gives the same bytes.

    Characters beyond ASCII are escaped: names can hold ones that deceive a terminal, or that no encoding has.
    """
    return "".join((*_written(_report(report), _EXPANDED, "\n"), "\n"))


def _written(value: Json, levels: int, line_end: str) -> Iterator[str]:
    """The outer levels on lines of their own, what is deeper on one line, which `json` writes ten times as fast."""
    if not levels or not value or not isinstance(value, dict | list):
        yield json.dumps(value)
        return
    inner = line_end + "  "
    pairs = ((f"{json.dumps(key)}: ", item) for key, item in value.items()) if isinstance(value, dict) else None
    mark = inner
    yield "{" if pairs else "["
    for head, item in pairs or (("", item) for item in value):
        yield mark + head
        yield from _written(item, levels - 1, inner)
        mark = "," + inner
    yield line_end + ("}" if pairs else "]")


def _report(report: Report) -> Object:
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "migsafe", "version": report.tool_version},
        "target": {
            "dialect": report.target.dialect,
            "version": report.target.version,
            "statistics": _statistics(report.target.statistics),
        },
        "summary": _summary(report),
        "transactions": [
            {"id": t.id, "migrations": list(t.migrations), "kind": str(t.kind)} for t in report.transactions
        ],
        "migrations": [_migration(m) for m in report.migrations],
        "windows": [_window(w, report) for w in report.windows],
        "findings": [_finding(f, report) for f in report.findings],
        "notes": list(report.notes),
    }


def _summary(report: Report) -> Object:
    return {
        "verdict": report.verdict,
        "errors": report.count(Severity.ERROR),
        "warnings": report.count(Severity.WARNING),
        "infos": report.count(Severity.INFO),
        "migrations": len(report.migrations),
        "in_focus": len(report.in_focus),
        "statements": len(report.statements),
        "unanalysed": report.unanalysed,
        "suppressed": report.suppressed,
        "in_baseline": report.in_baseline,
    }


def _migration(entry: MigrationReport) -> Object:
    migration = entry.migration
    return {
        "id": migration.id,
        "source": migration.source,
        "convention": migration.convention,
        "path": migration.path,
        "direction": str(migration.direction),
        "in_focus": entry.in_focus,
        "statements": [_statement(s) for s in entry.statements],
    }


def _statement(entry: StatementReport) -> Object:
    statement = entry.statement
    certainty = Certainty.OPAQUE if entry.outcome is None else statement.certainty
    return {
        "index": statement.index,
        "parent": statement.parent,
        "sql": entry.sql,
        "rendered": statement.rendered,
        "written_as": _written_as(statement.written_as),
        **_location(entry.location),
        "transaction": entry.transaction,
        "certainty": str(certainty),
        "guard": statement.guard,
        "operations": [operation.label for operation in statement.operations],
        "effects": _effect(entry.outcome, entry) if isinstance(entry.outcome, Effect) else None,
        "error": _error(entry),
    }


def _written_as(written: WrittenAs | None) -> Object | None:
    """The framework's operation behind a statement; its source text is in the file."""
    if written is None:
        return None
    return {"operation": written.operation, "model": written.model, "field": written.field}


def _location(location: Location) -> Object:
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
        "offset": location.offset,
        "end_offset": location.end_offset,
    }


def _error(entry: StatementReport) -> Object | None:
    if isinstance(entry.outcome, Refusal):
        return {"message": entry.outcome.message, "sqlstate": entry.outcome.sqlstate}
    if entry.statement.syntax_error is not None:
        return {"message": entry.statement.syntax_error.message, "sqlstate": entry.statement.syntax_error.sqlstate}
    return None


def _effect(effect: Effect, entry: StatementReport) -> Object:
    roots = dict(entry.partitions)
    return {
        "locks": [_lock(lock, roots, private=lock.relation in entry.private) for lock in effect.locks],
        "rewrites": _names(effect, WorkKind.REWRITE),
        "index_builds": _names(effect, WorkKind.INDEX_BUILD),
        "scans": _names(effect, WorkKind.SCAN),
        "empties": _names(effect, WorkKind.EMPTY),
        "data": _data(effect.work),
        "work": [_work(work) for work in effect.work],
        "transactional": effect.transactional,
        "waits_for_snapshots": effect.waits_for_snapshots,
        "seconds": _seconds(effect.seconds),
        "seconds_grown": _seconds(effect.grown),
        "reason": effect.reason,
        "source": effect.source,
        "assumptions": [{"what": a.what, "settled_by": str(a.settled_by)} for a in effect.assumptions],
    }


def _seconds(seconds: Seconds | None) -> Object | None:
    return _range(seconds)


def _range(amount: Seconds | Bytes | None) -> Object | None:
    """Three significant digits, which is more than an estimate is worth, and no noise of sums."""
    if amount is None:
        return None
    return {"low": _digits(amount.low), "expected": _digits(amount.expected), "high": _digits(amount.high)}


def _digits(value: float | None) -> float | None:
    return None if value is None else max(0.0, float(f"{value:.3g}"))


def _statistics(statistics: StatisticsReport | None) -> Object | None:
    if statistics is None:
        return None
    return {
        "captured_at": statistics.captured_at,
        "sources": list(statistics.sources),
        "databases": list(statistics.databases),
        "tables": statistics.tables,
        "growth": statistics.growth,
        "max_blocking": statistics.max_blocking,
        "calibration": statistics.calibration,
        "unseen": list(statistics.unseen),
    }


def _impact(impact: Impact | None) -> Object | None:
    if impact is None:
        return None
    return {
        "relation": str(impact.table),
        "blocks": [str(kind) for kind in impact.blocks],
        "seconds": _seconds(impact.seconds),
        "seconds_grown": _seconds(impact.grown),
        "growth": impact.growth,
        "budget": impact.budget,
        "straddles_budget": impact.straddles,
        "unknown": [str(name) for name in impact.unknown],
        "rows": _digits(impact.rows),
        "holds_up_to_rows": _digits(impact.holds_up_to_rows),
        "holds_for": str(impact.holds_for) if impact.holds_up_to_rows is not None else None,
        "queries_per_second": _digits(impact.queries_per_second),
        "queries_blocked": _digits(impact.queries_blocked),
        "pool_size": impact.pool_size,
        "pool_exhausted_after": _digits(impact.pool_exhausted_after),
        "lock_wait": _lock_wait(impact.lock_wait),
        "disk_bytes": _range(impact.disk),
        "log_bytes": _range(impact.log),
        "replica_lag": _seconds(impact.lag),
    }


def _lock_wait(wait: LockWait | None) -> Object | None:
    if wait is None:
        return None
    return {
        "seconds": _seconds(wait.seconds),
        "longest_transaction": _digits(wait.longest),
        "lock_timeout": _digits(wait.limit) if not isinstance(wait.limit, bool) else wait.limit,
    }


def _lock(lock: Lock, roots: Mapping[Name, Name], *, private: bool) -> Object:
    """`private`: just created, so that nobody else can be waiting; `partition_of`: the table at the top."""
    root = roots.get(lock.relation)
    return {
        "relation": str(lock.relation),
        "kind": str(lock.kind),
        "mode": lock.mode.pg_name,
        "blocks": [str(kind) for kind in lock.mode.blocks],
        "private": private,
        "partition_of": None if root is None else str(root),
    }


def _work(work: Work) -> Object:
    return {
        "kind": str(work.kind),
        "relation": str(work.relation),
        "table": str(work.table),
        "seconds": _seconds(work.seconds),
        "seconds_grown": _seconds(work.grown),
    }


def _names(effect: Effect, kind: WorkKind) -> list[Json]:
    return [str(name) for name in effect.relations(kind)]


def _data(work: tuple[Work, ...]) -> list[Json]:
    changes = dict.fromkeys((w.relation, w.change) for w in work if w.kind is WorkKind.DATA)
    return [{"relation": str(relation), "kind": change} for relation, change in changes]


def _window(window: Window, report: Report) -> Object:
    return {
        "transaction": window.transaction,
        "relation": str(window.relation),
        "mode": window.mode.pg_name,
        "blocks": [str(kind) for kind in window.blocks],
        "from": _ref(window.start, report),
        "to": _ref(window.end, report),
        "work": [str(kind) for kind in window.work_kinds],
        "seconds": _seconds(window.seconds),
        "seconds_grown": _seconds(window.grown),
    }


def _ref(ref: StatementRef, report: Report) -> Object:
    return {"migration": _migration_id(ref, report), "statement": ref.statement}


def _migration_id(ref: StatementRef, report: Report) -> str:
    return report.migration(ref).migration.id


def _finding(entry: FindingReport, report: Report) -> Object:
    finding = entry.finding
    place = _location(entry.location)
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        **{key: place[key] for key in ("path", "line", "column", "end_line", "end_column")},
        "migration": _migration_id(finding.ref, report) if finding.ref is not None else None,
        "direction": str(report.migration(finding.ref).migration.direction) if finding.ref is not None else None,
        "statement": finding.ref.statement if finding.ref is not None else None,
        "relation": str(finding.relation) if finding.relation is not None else None,
        "message": finding.message,
        "why": finding.why,
        "advice": finding.remedy.advice if finding.remedy is not None else "",
        "remedy": entry.remedy,
        "related": [
            {"path": r.location.path, "line": r.location.line, "column": r.location.column, "message": r.message}
            for r in entry.related
        ],
        "url": entry.url,
        "fingerprint": entry.fingerprint,
        "impact": _impact(finding.impact),
        "suppressed": _suppressed(entry),
    }


def _suppressed(entry: FindingReport) -> Object | None:
    if entry.finding.suppressed is not None:
        return {"reason": entry.finding.suppressed}
    return {"reason": "baseline"} if entry.in_baseline else None
