"""Replay a project's migrations on a real server and compare what happens with what migsafe predicts.

    python -m tools.observe.replay FOLDER --version 16 [PATH …]

Each statement runs in the order of its migration; refusals in both directions, locks, rewrites and index builds are
compared. Ways back run right after their ways up and are rolled back. Tables stay as empty as the migrations leave
them, so scans are not compared, and what statements about rows do beyond their own tables is listed apart.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from migsafe.check import Judged, Pipeline
from migsafe.config import Settings
from migsafe.effects.windows import Executed
from migsafe.model.effects import Effect, Refusal, WorkKind
from migsafe.model.migration import Certainty, History, Migration
from migsafe.model.names import Name
from migsafe.model.operations import (
    Begin,
    CallProcedure,
    Commit,
    Copy,
    Delete,
    DoBlock,
    Insert,
    Merge,
    Operation,
    Rollback,
    RollbackToSavepoint,
    Savepoint,
    Select,
    Update,
)
from migsafe.rules.target import Target
from migsafe.sources.collect import Request, collect
from tools.observe.catalog import XACT_COUNTERS, Difference, Relations, held_locks, named_locks, relations
from tools.observe.observation import LOCK_MODES
from tools.observe.servers import Server, embedded_server, scratch_server

CONTROL: tuple[type[Operation], ...] = (Begin, Commit, Rollback, Savepoint, RollbackToSavepoint)
ABOUT_ROWS: tuple[type[Operation], ...] = (Insert, Update, Delete, Merge, Select, Copy, CallProcedure, DoBlock)
# Objects that are missing or there already, and what the server does not do: text and schema can tell these.
FORESEEABLE = frozenset(
    {"0A000", "2BP01", "42601", "42611", "42701", "42703", "42704", "42710", "42723", "42804", "42809", "42830",
     "42846", "42883", "42939", "42P01", "42P06", "42P07", "42P16", "42P17", "55000", "55P04"}
)  # fmt: skip
MISSING = frozenset({"42P01", "42703", "42704", "42883", "3F000"})
MISSING_EXTENSION = frozenset({"0A000", "58P01"})
_QUOTED = re.compile(r'"([^"]+)"')
_WORD = re.compile(r"[a-z_][a-z0-9_$]*")


@dataclass(frozen=True)
class Disagreement:
    """`kind` groups them: false-refusal, missed-refusal, lock, rewrite, index-build, and the groups apart."""

    kind: str
    path: str
    offset: int
    said: str
    sql: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.path}@{self.offset}: {self.said}\n    {' '.join(self.sql.split())[:160]}"


@dataclass
class Tally:
    """What was counted and found in one project."""

    counts: Counter[str] = field(default_factory=Counter)
    found: list[Disagreement] = field(default_factory=list)

    def add(self, kind: str, executed: Executed, said: str) -> None:
        statement = executed.statement
        self.counts[kind] += 1
        path = statement.path or executed.migration.path
        self.found.append(Disagreement(kind, path, statement.span.start, said, statement.sql))


class Replay:
    """One history on one database."""

    def __init__(self, session: psycopg.Connection, tally: Tally, lost: Iterable[str] = ()) -> None:
        self._session = session
        self._tally = tally
        self._lost = set(lost)  # names in statements that the server refused, rightly predicted or not
        self._named: set[str] = set()  # names in earlier statements
        self._extension_missing = False

    def aside(self) -> Replay:
        """For a way back, whose refusals are forgotten with it."""
        other = Replay(self._session, self._tally, self._lost)
        other._extension_missing = self._extension_missing
        other._named = set(self._named)
        return other

    def run(self, executed: Sequence[Executed]) -> None:
        for one in executed:
            if one.statement.parent is None and not _has(one, CONTROL):
                self._statement(one)
                self._named |= _names(one)

    def _statement(self, executed: Executed) -> None:
        self._tally.counts["statements"] += 1
        outcome = executed.outcome
        if outcome is None:
            self._tally.counts["not analysed"] += 1
        if isinstance(outcome, Effect) and not outcome.transactional:
            self._outside(executed)
            return
        pid = self._session.info.backend_pid
        known = relations(self._session, XACT_COUNTERS)
        held = held_locks(self._session, pid)
        error = self._attempt(executed)
        if error is not None:
            self._refused(executed, error)
            return
        if isinstance(outcome, Refusal):
            kind = "refusal after a refused statement" if self._mentions_lost(outcome.message) else "false refusal"
            self._tally.add(kind, executed, outcome.message)
            return
        if outcome is None:
            self._tally.add("not analysed", executed, "the server runs it")
            return
        after = [lock for lock in held_locks(self._session, pid) if lock not in held]
        locks = {_bare(name.relation): LOCK_MODES.index(name.mode) for name in named_locks(after, known)}
        before = {_bare(name.relation): LOCK_MODES.index(name.mode) for name in named_locks(held, known)}
        self._compare_locks(executed, outcome, locks, before, known)
        self._compare_work(executed, outcome, Difference(known, relations(self._session, XACT_COUNTERS)))

    def _attempt(self, executed: Executed) -> psycopg.Error | None:
        try:
            with self._session.transaction():
                self._session.execute(executed.statement.sql.encode())
        except psycopg.Error as error:
            return error
        return None

    def _outside(self, executed: Executed) -> None:
        """What cannot run in a transaction runs for its result alone."""
        self._tally.counts["outside a transaction"] += 1
        text = re.sub(r"\bconcurrently\b", "", executed.statement.sql, flags=re.IGNORECASE)
        executed = executed.replace(statement=executed.statement.replace(sql=text))
        error = self._attempt(executed)
        if error is not None and error.sqlstate != "25001":
            self._refused(executed, error)

    def _refused(self, executed: Executed, error: psycopg.Error) -> None:
        message = error.diag.message_primary or str(error)
        foreseen = isinstance(executed.outcome, Refusal)
        consequence = self._mentions_lost(message)
        self._lost |= _names(executed)
        if "extension" in message and error.sqlstate in MISSING_EXTENSION:
            self._extension_missing = True
        if foreseen:
            self._tally.counts["refused by both"] += 1
        elif executed.outcome is None and executed.statement.syntax_error is not None:
            self._tally.counts["syntax error for both"] += 1
        elif consequence or (self._extension_missing and error.sqlstate in {"0A000", "58P01", "42704", "42883"}):
            self._tally.counts["refused after something that is missing on this server"] += 1
        elif executed.statement.certainty is Certainty.HOLES:
            self._tally.counts["with placeholders"] += 1
        elif self._never_made(error, message):
            self._tally.add("misses what the history never made", executed, f"{error.sqlstate} {message}")
        elif error.sqlstate in FORESEEABLE:
            self._tally.add("missed refusal", executed, f"{error.sqlstate} {message}")
        else:
            self._tally.add("refused for its rows or surroundings", executed, f"{error.sqlstate} {message}")

    def _mentions_lost(self, message: str) -> bool:
        return bool(self._lost & _mentioned(message))

    def _never_made(self, error: psycopg.Error, message: str) -> bool:
        """Something is missing that no statement of the history names: the tool's own table, or another history's."""
        if error.sqlstate not in MISSING:
            return False
        return not self._named & _mentioned(message)

    def _compare_locks(
        self,
        executed: Executed,
        effect: Effect,
        observed: dict[str, int],
        before: dict[str, int],
        known: Relations,
    ) -> None:
        there = {_bare(relation.name) for relation in known.values()}
        predicted = {_shown(lock.relation): lock.mode - 1 for lock in effect.locks}
        missing = [(n, m) for n, m in observed.items() if m > before.get(n, -1) and predicted.get(n, -1) < m]
        too_much = [
            (n, m) for n, m in predicted.items() if n in there and max(observed.get(n, -1), before.get(n, -1)) < m
        ]
        said = [f"{name} {LOCK_MODES[mode]} not predicted" for name, mode in missing]
        said += [f"{name} {LOCK_MODES[mode]} not taken" for name, mode in too_much]
        if said and self._lost & {part for name, _ in (*missing, *too_much) for part in name.split(".")}:
            self._tally.counts["lock after a refused statement"] += 1
        elif said:
            self._tally.add(_group("lock", executed, bool(missing)), executed, "; ".join(said[:4]))
        else:
            self._tally.counts["locks agree"] += 1

    def _compare_work(self, executed: Executed, effect: Effect, difference: Difference) -> None:
        observed = set(map(_bare, difference.names(difference.rewritten())))
        predicted = {_shown(name) for name in effect.relations(WorkKind.REWRITE)}
        there = {_bare(relation.name) for relation in difference.before.values()}
        emptied = {_shown(name) for name in effect.relations(WorkKind.EMPTY)}
        self._compare_sets("rewrite", executed, observed - emptied, predicted & there)
        built = set(map(_bare, difference.names(difference.built_indexes())))
        expected = {_shown(work.relation) for work in effect.work if work.kind is WorkKind.INDEX_BUILD}
        emptied_tables = emptied | {_shown(name) for name in effect.relations(WorkKind.REWRITE)}
        rebuilt = {
            _bare(index.name)
            for index in difference.after.values()
            if index.table in difference.after and _bare(difference.after[index.table].name) in emptied_tables
        }
        self._compare_sets("index build", executed, built - rebuilt, expected - rebuilt)

    def _compare_sets(self, kind: str, executed: Executed, observed: set[str], predicted: set[str]) -> None:
        said = [f"{name}: {kind} not predicted" for name in sorted(observed - predicted)]
        said += [f"{name}: {kind} not done" for name in sorted(predicted - observed)]
        if said and not self._lost & {part for name in observed ^ predicted for part in name.split(".")}:
            self._tally.add(_group(kind, executed, bool(observed - predicted)), executed, "; ".join(said[:4]))


def _mentioned(message: str) -> set[str]:
    quoted = {part for name in _QUOTED.findall(message) for part in (name, *name.split("."))}
    return quoted or set(_WORD.findall(message.lower())) - _COMMON


_COMMON = frozenset(
    {
        "a", "already", "and", "as", "at", "be", "because", "boolean", "by", "can", "cannot", "character", "column",
        "constraint", "depend", "depends", "does", "domain", "exist", "exists", "extension", "for", "from", "function",
        "has", "id", "in", "index", "integer", "is", "it", "key", "name", "no", "not", "objects", "of", "on", "or",
        "other", "primary", "relation", "schema", "sequence", "set", "table", "text", "the", "this", "to", "trigger",
        "type", "varying", "with",
    }
)  # fmt: skip


def _group(kind: str, executed: Executed, unforeseen: bool) -> str:
    if executed.statement.certainty is not Certainty.EXACT or _has(executed, (DoBlock, CallProcedure)):
        return f"{kind} of a guarded statement" + (", not predicted" if unforeseen else "")
    if _has(executed, ABOUT_ROWS):
        return f"{kind} of a statement about rows" + (", not predicted" if unforeseen else "")
    return kind


def _has(executed: Executed, kinds: tuple[type[Operation], ...]) -> bool:
    return any(isinstance(operation, kinds) for operation in executed.statement.operations)


def _names(executed: Executed) -> set[str]:
    """Every identifier in the statement: what it would have made is among them."""
    text = executed.statement.sql
    return ({*_QUOTED.findall(text), *_WORD.findall(text.lower())} - _COMMON) - {"public"}


def _shown(name: Name) -> str:
    return f"{name.schema}.{name.name}"


def _bare(identifier: str) -> str:
    """Without the quotes of quote_ident, which also puts them around reserved words."""
    return re.sub(r'"((?:[^"]|"")*)"', lambda found: found[1].replace('""', '"'), identifier)


def replay(judged: Judged, history: History, server: Server, dbname: str, tally: Tally) -> None:
    by_migration: dict[str, list[Executed]] = {}
    for executed in judged.run:
        by_migration.setdefault(executed.migration.key, []).append(executed)
    with server.connect("postgres") as control:
        control.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(dbname)))
    with server.connect(dbname, "-c lock_timeout=5s") as session:
        course = Replay(session, tally)
        for up, down in _pairs(history):
            session.execute("BEGIN")
            course.run(by_migration.get(up.key, ()))
            session.execute("COMMIT")
            if down is not None and down.key in by_migration:
                session.execute("BEGIN")
                course.aside().run(by_migration[down.key])
                session.execute("ROLLBACK")


def _pairs(history: History) -> Iterator[tuple[Migration, Migration | None]]:
    downs = history.downs or (None,) * len(history.migrations)
    yield from zip(history.migrations, downs, strict=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--version", type=int, default=18)
    parser.add_argument("--show", type=int, default=20, help="disagreements of each kind to print")
    chosen = parser.parse_intermixed_args(arguments)
    os.chdir(chosen.folder)
    tally = Tally()
    request = Request(root=Path.cwd(), paths=tuple(chosen.paths))
    collected = collect(request, Settings(target_version=(chosen.version,)))
    pipeline = Pipeline((), Target(version=chosen.version), (chosen.version,))
    starting = embedded_server() if chosen.version == 18 else scratch_server(chosen.version)
    with starting as server:
        for number, (history, base) in enumerate(zip(collected.histories, collected.bases, strict=True)):
            replay(pipeline.check(history, base), history, server, f"replay_{number}", tally)
    report(tally, chosen.show)
    return 0


def report(tally: Tally, show: int) -> None:
    shown: Counter[str] = Counter()
    for one in tally.found:
        shown[one.kind] += 1
        if shown[one.kind] <= show:
            print(one)
    for kind, count in sorted(tally.counts.items()):
        print(f"{count:7} {kind}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
