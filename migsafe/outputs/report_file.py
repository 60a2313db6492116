"""A JSON report read back: what `migsafe comment` gets, perhaps from a run that it must not trust.

Only what is shown is read, and each value is checked for its type; a text stays a text, whatever it contains.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from migsafe.model.record import KeywordRecord
from migsafe.outputs.json import SCHEMA_VERSION

Raw = object
_BLOCKED: Final = {"read": "reads", "write": "writes", "ddl": "schema changes"}


class UnreadableReportError(ValueError):
    """The text is no report of a version that is known. The message says what is wrong and where."""


class ShownTime(KeywordRecord):
    """Seconds."""

    low: float
    expected: float
    high: float


class ShownLock(KeywordRecord):
    """A row of the lock table. `work` in words of the report: rewrite, scan …"""

    path: str
    line: int
    operation: str
    relation: str
    mode: str
    blocks: tuple[str, ...]
    work: tuple[str, ...]
    seconds: ShownTime | None = None


class ShownFinding(KeywordRecord):
    code: str
    name: str
    severity: str
    path: str
    line: int
    relation: str | None
    message: str
    why: str
    remedy: str
    source: str  # of its migration: "sql", "alembic", "django"
    impact: str = ""  # how long who waits, in words


class ShownReport(KeywordRecord):
    """What a comment shows."""

    verdict: str
    version: str  # of migsafe
    target: str
    errors: int
    warnings: int
    infos: int
    in_focus: int
    statements: int
    unanalysed: int
    suppressed: int
    paths: tuple[str, ...]
    findings: tuple[ShownFinding, ...]
    locks: tuple[ShownLock, ...]
    notes: tuple[str, ...]
    captured_at: str | None = None  # of the sizes


def read(text: str) -> ShownReport:
    """Raises UnreadableReportError."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableReportError(f"it is no JSON: {error}") from None
    root = _object(document, "the report")
    if root.get("schema_version") != SCHEMA_VERSION:
        raise UnreadableReportError(f"its schema_version is not {SCHEMA_VERSION}")
    return _report(root)


def _report(root: Mapping[str, Raw]) -> ShownReport:
    summary, target = _object(root.get("summary"), "summary"), _object(root.get("target"), "target")
    statistics = target.get("statistics")
    sources = {_text(m, "path"): _text(m, "source") for m in _objects(root, "migrations")}
    return ShownReport(
        verdict=_verdict(summary),
        version=_text(_object(root.get("tool"), "tool"), "version"),
        target=f"{_text(target, 'dialect')} {_text(target, 'version')}",
        errors=_number(summary, "errors"),
        warnings=_number(summary, "warnings"),
        infos=_number(summary, "infos"),
        in_focus=_number(summary, "in_focus"),
        statements=_number(summary, "statements"),
        unanalysed=_number(summary, "unanalysed"),
        suppressed=_number(summary, "suppressed"),
        paths=tuple(dict.fromkeys(_text(m, "path") for m in _objects(root, "migrations") if m.get("in_focus") is True)),
        findings=tuple(_finding(f, sources) for f in _objects(root, "findings") if f.get("suppressed") is None),
        locks=tuple(lock for m in _objects(root, "migrations") for lock in _locks(m)),
        notes=tuple(str(note) for note in _list(root, "notes")),
        captured_at=_captured(statistics),
    )


def _verdict(summary: Mapping[str, Raw]) -> str:
    verdict = _text(summary, "verdict")
    if verdict not in ("pass", "warn", "block"):
        raise UnreadableReportError("its verdict is none of pass, warn, block")
    return verdict


def _captured(statistics: Raw) -> str | None:
    value = statistics.get("captured_at") if isinstance(statistics, dict) else None
    return value if isinstance(value, str) else None


def _finding(entry: Mapping[str, Raw], sources: Mapping[str, str]) -> ShownFinding:
    path, relation = _text(entry, "path"), entry.get("relation")
    impact = entry.get("impact")
    return ShownFinding(
        code=_text(entry, "code"),
        name=_text(entry, "name"),
        severity=_text(entry, "severity"),
        path=path,
        line=_number(entry, "line"),
        relation=relation if isinstance(relation, str) else None,
        message=_text(entry, "message"),
        why=_text(entry, "why"),
        remedy=_text(entry, "remedy"),
        source=sources.get(path, "sql"),
        impact=_impact(impact),
    )


def _impact(impact: Raw) -> str:
    value = impact.get("text") if isinstance(impact, dict) else None
    return value if isinstance(value, str) else ""


def _locks(migration: Mapping[str, Raw]) -> Iterator[ShownLock]:
    for statement in _objects(migration, "statements"):
        effects = statement.get("effects")
        if not isinstance(effects, dict):
            continue
        for lock in _objects(effects, "locks"):
            blocks = tuple(str(kind) for kind in _list(lock, "blocks"))
            if blocks:
                yield _lock(statement, effects, lock, blocks)


def _lock(
    statement: Mapping[str, Raw], effects: Mapping[str, Raw], lock: Mapping[str, Raw], blocks: tuple[str, ...]
) -> ShownLock:
    relation = _text(lock, "relation")
    return ShownLock(
        path=_text(statement, "path"),
        line=_number(statement, "line"),
        operation=", ".join(dict.fromkeys(str(word) for word in _list(statement, "operations"))),
        relation=relation,
        mode=_text(lock, "mode"),
        blocks=tuple(_BLOCKED.get(kind, kind) for kind in blocks),
        work=tuple(_work(effects, relation)),
        seconds=_time(effects.get("seconds")),
    )


def _work(effects: Mapping[str, Raw], relation: str) -> Iterator[str]:
    if relation in _list(effects, "rewrites"):
        yield "rewrite"
    if _list(effects, "index_builds"):
        yield "index build"
    if relation in _list(effects, "scans"):
        yield "full scan"
    if any(isinstance(d, dict) and d.get("relation") == relation for d in _list(effects, "data")):
        yield "row changes"


def _time(raw: Raw) -> ShownTime | None:
    if not isinstance(raw, dict):
        return None
    values = [raw.get(key) for key in ("low", "expected", "high")]
    if not all(isinstance(value, int | float) for value in values):
        return None
    low, expected, high = (float(str(value)) for value in values)
    return ShownTime(low=low, expected=expected, high=high)


def _object(raw: Raw, what: str) -> Mapping[str, Raw]:
    if not isinstance(raw, dict):
        raise UnreadableReportError(f"{what} is missing")
    return raw


def _objects(parent: Mapping[str, Raw], key: str) -> Iterator[Mapping[str, Raw]]:
    yield from (_object(item, f"an entry of {key}") for item in _list(parent, key))


def _list(parent: Mapping[str, Raw], key: str) -> list[Raw]:
    value = parent.get(key)
    if not isinstance(value, list):
        raise UnreadableReportError(f"{key} is no list")
    return value


def _text(parent: Mapping[str, Raw], key: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str):
        raise UnreadableReportError(f"{key} is no text")
    return value


def _number(parent: Mapping[str, Raw], key: str) -> int:
    value = parent.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableReportError(f"{key} is no number")
    return value
