"""A JSON report read back: what `migsafe comment` gets, perhaps from a run that it must not trust.

Only what is shown is read, and each value is checked for its type; a text stays a text, whatever it contains.
Figures are in report_impact.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from migsafe.model.duration import Seconds
from migsafe.model.findings import Impact
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.record import KeywordRecord
from migsafe.outputs.json import SCHEMA_VERSION
from migsafe.outputs.report_impact import Raw, impact, seconds

_BLOCKED: Final = {"read": "reads", "write": "writes", "ddl": "schema changes"}
_MODES: Final = {mode.pg_name: mode.manual_name for mode in LockMode}
_WORK: Final = {
    "rewrite": "rewrite",
    "index-build": "index build",
    "scan": "full scan",
    "data": "row changes",
    "empty": "emptied",
}
_PARTS: Final = frozenset(str(kind) for kind in RelationKind if kind.is_part)
"""What belongs to a table: its lock is not told when nobody waits for it who does not wait for a table anyway."""
_DIALECTS: Final = {"postgresql": "PostgreSQL"}


class UnreadableReportError(ValueError):
    """The text is no report of a version that is known. The message says what is wrong and where."""


class ShownLock(KeywordRecord):
    """A lock that somebody else can wait for. `mode` as the manual writes it, `blocks` and `work` in words."""

    path: str
    line: int
    operation: str
    relation: str
    root: str | None  # of a partition: the table at the top
    mode: str
    blocks: tuple[str, ...]
    work: tuple[str, ...]
    seconds: Seconds | None = None  # of the statement


class ShownFinding(KeywordRecord):
    code: str
    name: str
    severity: str
    path: str
    line: int
    relation: str | None
    message: str
    why: str
    advice: str  # the safer form in a sentence
    remedy: str  # … and as text to copy
    source: str  # of its migration: "sql", "alembic", "django"
    statement: str = ""  # the SQL that it is about
    impact: Impact | None = None
    is_way_back: bool = False


class ShownSizes(KeywordRecord):
    """Where sizes come from, and the moment at which they were taken, ISO 8601."""

    sources: tuple[str, ...]
    captured_at: str | None


class ShownReport(KeywordRecord):
    """What a comment shows."""

    verdict: str
    version: str  # of migsafe
    target: str
    errors: int
    warnings: int
    infos: int
    migrations: int
    in_focus: int  # with ways back
    ways_back: int
    statements: int
    unanalysed: int
    suppressed: int  # without those of the baseline
    in_baseline: int
    findings: tuple[ShownFinding, ...]
    locks: tuple[ShownLock, ...]
    notes: tuple[str, ...]
    sizes: ShownSizes | None = None


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
    migrations = tuple(_objects(root, "migrations"))
    statements = {key: text for migration in migrations for key, text in _statements(migration)}
    sources = {_text(m, "path"): _text(m, "source") for m in migrations}
    dialect = _text(target, "dialect")
    accepted = _number(summary, "in_baseline") if "in_baseline" in summary else 0
    return ShownReport(
        verdict=_verdict(summary),
        version=_text(_object(root.get("tool"), "tool"), "version"),
        target=f"{_DIALECTS.get(dialect, dialect)} {_text(target, 'version')}",
        errors=_number(summary, "errors"),
        warnings=_number(summary, "warnings"),
        infos=_number(summary, "infos"),
        migrations=_number(summary, "migrations"),
        in_focus=_number(summary, "in_focus"),
        ways_back=sum(m.get("in_focus") is True and m.get("direction") == "down" for m in migrations),
        statements=_number(summary, "statements"),
        unanalysed=_number(summary, "unanalysed"),
        suppressed=_number(summary, "suppressed") - accepted,
        in_baseline=accepted,
        findings=tuple(
            _finding(f, sources, statements) for f in _objects(root, "findings") if f.get("suppressed") is None
        ),
        locks=tuple(lock for m in migrations for lock in _locks(m)),
        notes=tuple(str(note) for note in _list(root, "notes")),
        sizes=_sizes(target.get("statistics")),
    )


def _verdict(summary: Mapping[str, Raw]) -> str:
    verdict = _text(summary, "verdict")
    if verdict not in ("pass", "warn", "block"):
        raise UnreadableReportError("its verdict is none of pass, warn, block")
    return verdict


def _sizes(statistics: Raw) -> ShownSizes | None:
    if not isinstance(statistics, dict):
        return None
    captured, sources = statistics.get("captured_at"), statistics.get("sources")
    return ShownSizes(
        sources=tuple(str(source) for source in sources) if isinstance(sources, list) else (),
        captured_at=captured if isinstance(captured, str) else None,
    )


Place = tuple[object, object, object]
"""A migration's id and direction, and the number of a statement in it."""


def _statements(migration: Mapping[str, Raw]) -> Iterator[tuple[Place, str]]:
    for statement in _objects(migration, "statements"):
        key = (migration.get("id"), migration.get("direction"), _number(statement, "index"))
        yield key, _text(statement, "sql")


def _finding(entry: Mapping[str, Raw], sources: Mapping[str, str], statements: Mapping[Place, str]) -> ShownFinding:
    path, relation = _text(entry, "path"), entry.get("relation")
    place = (entry.get("migration"), entry.get("direction"), entry.get("statement"))
    known = all(isinstance(part, str | int) for part in place)
    return ShownFinding(
        code=_text(entry, "code"),
        name=_text(entry, "name"),
        severity=_text(entry, "severity"),
        path=path,
        line=_number(entry, "line"),
        relation=relation if isinstance(relation, str) else None,
        message=_text(entry, "message"),
        why=_text(entry, "why"),
        advice=_text(entry, "advice") if "advice" in entry else "",
        remedy=_text(entry, "remedy"),
        source=sources.get(path, "sql"),
        statement=statements.get(place, "") if known else "",
        impact=impact(entry.get("impact")),
        is_way_back=entry.get("direction") == "down",
    )


def _locks(migration: Mapping[str, Raw]) -> Iterator[ShownLock]:
    for statement in _objects(migration, "statements"):
        effects = statement.get("effects")
        if not isinstance(effects, dict):
            continue
        waited_for = [k for k in _objects(effects, "locks") if _list(k, "blocks") and k.get("private") is not True]
        told = [frozenset(map(str, _list(k, "blocks"))) for k in waited_for if k.get("kind") not in _PARTS]
        for lock in waited_for:
            if lock.get("kind") not in _PARTS or not any(t >= frozenset(map(str, _list(lock, "blocks"))) for t in told):
                yield _lock(statement, effects, lock, is_way_back=migration.get("direction") == "down")


def _lock(
    statement: Mapping[str, Raw], effects: Mapping[str, Raw], lock: Mapping[str, Raw], *, is_way_back: bool
) -> ShownLock:
    relation, root, mode = _text(lock, "relation"), lock.get("partition_of"), _text(lock, "mode")
    operations = ", ".join(dict.fromkeys(str(word) for word in _list(statement, "operations")))
    return ShownLock(
        path=_text(statement, "path"),
        line=_number(statement, "line"),
        operation=f"{operations} (way back)" if is_way_back else operations,
        relation=relation,
        root=root if isinstance(root, str) else None,
        mode=_MODES.get(mode, mode),
        blocks=tuple(_BLOCKED.get(str(kind), str(kind)) for kind in _list(lock, "blocks")),
        work=tuple(dict.fromkeys(_work(effects, relation))),
        seconds=seconds(effects.get("seconds")),
    )


def _work(effects: Mapping[str, Raw], relation: str) -> Iterator[str]:
    for work in _objects(effects, "work") if "work" in effects else ():
        if relation in (work.get("relation"), work.get("table")):
            kind = _text(work, "kind")
            yield _WORK.get(kind, kind)


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
