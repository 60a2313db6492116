"""The page docs/locks.md: what servers were seen to do with an operation, and why.

Locks and work come from the recorded observations (fixtures/truth/recorded), the reason and its source from the
prediction for the same statement. `fixtures/locks/page.toml` lists the rows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from migsafe.effects.postgresql import predict
from migsafe.model.effects import Effect, Refusal
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.operations import Operation
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from migsafe.sources.sql.statements import Builder, Included
from migsafe.text.script import split
from migsafe.text.source import SourceText
from tools.observe.cases import FOLDER, Case, read_file
from tools.observe.observation import Observation, ObservedLock
from tools.observe.recording import RECORDED, Recording, recordings

ROOT = Path(__file__).parent.parent
LIST = ROOT / "fixtures/locks/page.toml"
MODES = {mode.pg_name: mode for mode in LockMode}
NOTHING = "-"

_INTRODUCTION = """\
# What each operation locks

What PostgreSQL 12 to 18 really do: each row is a statement that was run on a server of each of these major versions,
and its locks, rewrites, scans and index builds as they were seen there. Versions that do the same share a row.

- *lock*: on the table that the statement is about (of an index: on its table); *blocks*: what waits meanwhile, reads
  (`SELECT`), writes (`INSERT`, `UPDATE`, `DELETE`) or schema changes and maintenance (any `ALTER TABLE`, `VACUUM`,
  `ANALYZE`). The lock is kept to the end of the transaction, and whoever asks for a conflicting one while it is
  waited for waits, too.
- *other locks*: on other relations; on the table's own indexes only if they are stronger than on the table.
- *work*: what takes longer the larger the table is. A rewrite copies every row, and reads the table for that.
- *in a transaction*: whether the statement may run in a transaction block.
- *why*: the reason that migsafe gives for the costliest part, and the section of the manual or the server's source
  file that says so; then why other relations are locked.

How it was made: `python -m tools.observe` runs the statements of `fixtures/truth` on the servers and records what they
do; `fixtures/locks/page.toml` chooses the rows; `python -m tools.docs` writes this page. For any other statement and
schema `migsafe locks "SQL"` says the same; tests hold its predictions to all of the recordings.
"""
_HEAD = "| operation | versions | lock | blocks | other locks | work | in a transaction | why |"


class Cells(NamedTuple):
    """A row without its first two columns."""

    lock: str
    blocks: str
    others: str
    work: str
    transactional: str
    why: str


class Row(NamedTuple):
    """What these versions do with one operation; `case` is the statement's place in fixtures/truth."""

    case: str
    operation: str
    versions: tuple[int, ...]
    cells: Cells


def page() -> str:
    """The page as Markdown."""
    topics = list(chosen())
    contents = "\n".join(f"- [{topic}](#{_anchor(topic)})" for topic in topics)
    return "\n".join([_INTRODUCTION, contents, *(_section(topic) for topic in topics)])


@cache
def chosen() -> Mapping[str, Mapping[str, str]]:
    """The topics in their order; each has cases with the operation in words."""
    return tomllib.loads(LIST.read_text(encoding="utf-8"))


def rows(topic: str) -> Iterator[Row]:
    """The rows of a topic. Raises KeyError for a case that nobody recorded."""
    for case, words in chosen()[topic].items():
        yield from _rows_of(case, words)


def _section(topic: str) -> str:
    lines = [f"\n## {topic}\n", _HEAD, "|---" * _HEAD.count(" | ") + "|---|"]
    for row in rows(topic):
        cells = (row.operation, _ranges(row.versions), *row.cells)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _rows_of(place: str, words: str) -> Iterator[Row]:
    recording = _recorded()[place]
    case = recording.case
    operation = f"{words}<br>{_as_code(case)}"
    groups: dict[Cells, list[int]] = {}
    for version, observed in sorted(recording.observations.items()):
        groups.setdefault(_cells(case, version, observed), []).append(version)
    for cells, versions in groups.items():
        yield Row(place, operation, tuple(versions), cells)


@cache
def _recorded() -> Mapping[str, Recording]:
    topics = sorted({case.split("/")[0] for cases in chosen().values() for case in cases})
    cases = [case for topic in topics for case in read_file(ROOT / FOLDER / f"{topic}.sql")]
    return {f"{found.case.topic}/{found.case.name}": found for found in recordings(cases, ROOT / RECORDED)}


def _as_code(case: Case) -> str:
    statement = _code(case.statement)
    return f"{statement}, after {_code(case.before)} in the same transaction" if case.before else statement


def _code(sql: str) -> str:
    return f"`{' '.join(sql.split()).removesuffix(';')}`"


def _cells(case: Case, version: int, observed: Observation) -> Cells:
    (statement,) = _statements(case.statement)
    schema = _schema_before(case)
    why = _why(_predicted(statement, schema, version))
    if observed.error is not None:
        said = f"The server says: {observed.error.message} (SQLSTATE {observed.error.sqlstate})."
        return Cells("refused", NOTHING, NOTHING, NOTHING, NOTHING, f"{said}<br>{why}")
    table = _main_table(statement.operations, schema) or _only_table(observed.locks)
    main = next((MODES[lock.mode] for lock in observed.locks if lock.relation == str(table)), None)
    return Cells(
        main.manual_name if main else "none",
        (main and _blocks(main)) or NOTHING,
        _others(observed.locks, table, schema),
        "; ".join(_work(observed)) or NOTHING,
        _transaction(observed),
        why,
    )


def _why(predicted: Effect | Refusal | None) -> str:
    """The main reason with its source, then why other relations are locked against others' work."""
    if predicted is None:
        return NOTHING
    if isinstance(predicted, Refusal):
        return f"*{predicted.source}*" if predicted.source else NOTHING
    main = f"{predicted.reason}<br>*{predicted.source}*" if predicted.source else predicted.reason
    return "<br>".join([main, *_reasons_of_others(predicted)]) or NOTHING


def _reasons_of_others(effect: Effect) -> Iterator[str]:
    """Relations that are locked for the same reason are named together."""
    work = {item.relation for item in effect.work} | {item.table for item in effect.work}
    strongest = max(effect.locks, key=lambda lock: lock.mode, default=None)
    relations: dict[str, list[str]] = {}
    for lock in effect.locks:
        known = lock.relation in work or lock is strongest or lock.kind is RelationKind.INDEX
        if lock.mode.blocks and lock.reason != effect.reason and not known:
            relations.setdefault(lock.reason, []).append(_short(str(lock.relation)))
    for reason, names in relations.items():
        yield f"{', '.join(names)}: {reason}"


def _predicted(statement: Statement, schema: Schema, version: int) -> Effect | Refusal | None:
    """None for a statement that the parser of the newest version does not read."""
    return None if statement.syntax_error is not None else predict(statement, schema, version)


def _main_table(operations: tuple[Operation, ...], schema: Schema) -> Name | None:
    """The relation that the statement is about; for an index its table."""
    for attribute in ("table", "view", "sequence", "index", "target", "name"):
        found = next((getattr(op, attribute) for op in operations if hasattr(op, attribute)), None)
        if isinstance(found, Name):
            name = schema.resolve(found)
            index = schema.index(name)
            return index.table if index is not None else name
    return None


def _only_table(locks: Iterable[ObservedLock]) -> Name | None:
    """The one table of a statement that does not begin with it: a query, a GRANT."""
    tables = [lock.relation for lock in locks if lock.kind != "index"]
    return Name(*tables[0].split(".", 1)) if len(tables) == 1 else None


def _others(locks: Iterable[ObservedLock], table: Name | None, schema: Schema) -> str:
    """`SHARE ROW EXCLUSIVE on teams (blocks writes, schema changes)`, the strongest first."""
    held = {lock.relation: MODES[lock.mode] for lock in locks}
    by_mode: dict[LockMode, list[str]] = {}
    for lock in locks:
        mode = MODES[lock.mode]
        if lock.relation != str(table) and not _follows(lock, mode, held, schema):
            by_mode.setdefault(mode, []).append(f"{_kind(lock)}{_short(lock.relation)}")
    return (
        "; ".join(
            f"{mode.manual_name} on {', '.join(names)}" + (f" (blocks {_blocks(mode)})" if mode.blocks else "")
            for mode, names in sorted(by_mode.items(), reverse=True)
        )
        or NOTHING
    )


def _follows(lock: ObservedLock, mode: LockMode, held: Mapping[str, LockMode], schema: Schema) -> bool:
    """An index that is locked no stronger than its table: whoever uses the index waits for the table first."""
    if lock.kind != "index":
        return False
    index = schema.index(Name(*lock.relation.split(".", 1)))
    return index is not None and held.get(str(index.table), LockMode.ACCESS_SHARE) >= mode


def _kind(lock: ObservedLock) -> str:
    return f"{lock.kind} " if lock.kind in ("index", "sequence") else ""


def _short(relation: str) -> str:
    return f"`{relation.removeprefix('public.')}`"


def _blocks(mode: LockMode) -> str:
    words = {"read": "reads", "write": "writes", "ddl": "schema changes"}
    return ", ".join(words[str(kind)] for kind in mode.blocks)


def _work(observed: Observation) -> Iterator[str]:
    read_only = [table for table in observed.scans if table not in observed.rewrites]
    parts = (
        ("rewrite of", observed.rewrites),
        ("index build of", observed.index_builds),
        ("full scan of", read_only),
        ("new empty file for", observed.empties),
    )
    for words, relations in parts:
        if relations:
            yield f"{words} {', '.join(map(_short, relations))}"
    for change in observed.data:
        yield f"{change.kind} of rows in {_short(change.relation)}"


def _transaction(observed: Observation) -> str:
    return ("yes" if observed.transactional else "no") + (", waits for old snapshots" * observed.waits_for_snapshots)


def _statements(sql: str) -> tuple[Statement, ...]:
    builder = Builder(source := SourceText.decode(sql.encode(), "case.sql"), Included(Path()))
    builder.script(split(source))
    return tuple(statement for statement in builder.statements if statement.parent is None)


def _schema_before(case: Case) -> Schema:
    schema = _schema_after(case.setup).overlay()
    for statement in _statements(case.before):
        advance(schema, statement, Origin("case"))
    return schema


@cache
def _schema_after(setup: str) -> Schema:
    schema = Schema()
    schema.closed = True
    for statement in _statements(setup):
        advance(schema, statement, Origin("setup"))
    return schema


def _ranges(versions: tuple[int, ...]) -> str:
    """`12-14, 16`."""
    runs: list[list[int]] = []
    for version in versions:
        if runs and version == runs[-1][-1] + 1:
            runs[-1].append(version)
        else:
            runs.append([version])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _anchor(title: str) -> str:
    """The anchor that Markdown renderers give a heading."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")
