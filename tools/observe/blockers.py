"""See every lock that a statement asks for, though it commits on the way and keeps nothing.

A session for each relation holds all modes, one savepoint above the other, the strongest on top. The statement
has to stop at its first lock on the relation, where pg_locks shows the wanted mode; then the session rolls back one
savepoint after the other until the statement goes on. What is left conflicts with stronger modes only, and shows
them in turn. Some statements wait for the end of every transaction that uses a table: a twin with the same locks
takes over then. One more session has an old snapshot and no lock at all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from tools.observe.catalog import Relation, Relations
from tools.observe.observation import ObservationError
from tools.observe.servers import Server
from tools.observe.session import Outcome, attempt, hold_snapshot, observed_session

# The statement runs for the second time, and what belongs to the whole server was made or dropped by the first.
SEEN_BEFORE = ("42P04", "42710", "42704", "3D000")  # duplicate_database, duplicate_, undefined_object, invalid_catalog
# Without SHARE: it conflicts with ROW EXCLUSIVE below it, so nothing could stay while a statement takes SHARE.
TABLE_MODES = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)


@dataclass(frozen=True)
class Asked:
    """The locks that a statement asked for, by the numbers of relations, and whether it waited for old snapshots."""

    locks: frozenset[tuple[int, str]]
    waits_for_snapshots: bool


def locks_asked_for(server: Server, dbname: str, known: Relations, statement: str) -> Asked:
    with (
        server.connect(dbname) as watcher,
        _blockers(server, dbname, known) as blockers,
        server.connect(dbname) as snapshot,
        observed_session(server, dbname, lock_timeout="0") as session,
        ThreadPoolExecutor(1) as runner,
    ):
        hold_snapshot(snapshot)
        running = runner.submit(attempt, session, statement)
        watch = _Watch(watcher, session.info.backend_pid, blockers, snapshot)
        watch.until_done(running)
        error = running.result().error
        if error and error.sqlstate not in SEEN_BEFORE:
            raise ObservationError(f"{error.message} in:\n{statement}")
        return Asked(frozenset(watch.asked), watch.waits_for_snapshots)


class Blocker:
    """A session with one savepoint below each lock."""

    def __init__(self, server: Server, dbname: str, steps: tuple[str, ...]) -> None:
        self._server = server
        self._dbname = dbname
        self._steps = steps
        self._level = 0
        self._session = server.connect(dbname)
        self._session.execute("BEGIN")

    @property
    def pid(self) -> int:
        return self._session.info.backend_pid

    def climb(self, limit: int | None = None) -> None:
        for step in self._steps[:limit]:
            self._session.execute(f"SAVEPOINT level{self._level}".encode())
            try:
                self._session.execute(step.encode())
            except psycopg.errors.LockNotAvailable:
                # A twin meets the locks of the one that it follows.
                self._session.execute(f"ROLLBACK TO level{self._level}".encode())
                return
            self._level += 1

    def step_down(self) -> None:
        if self._level == 0:
            raise ObservationError("a blocker without locks is in the way")
        self._level -= 1
        self._session.execute(f"ROLLBACK TO level{self._level}".encode())

    def twin(self) -> Blocker:
        other = Blocker(self._server, self._dbname, self._steps)
        other._session.execute("SET LOCAL lock_timeout = '10ms'")
        other.climb(self._level)
        return other

    def end(self) -> None:
        # Before closing: a session ends later than its client, and what it holds should be gone now.
        self._session.execute("ROLLBACK")
        self._session.close()


@dataclass
class _Watch:
    watcher: psycopg.Connection
    pid: int
    blockers: dict[int, Blocker]
    snapshot: psycopg.Connection
    asked: set[tuple[int, str]] = field(default_factory=set)
    waits_for_snapshots: bool = False

    def until_done(self, running: Future[Outcome]) -> None:
        while not running.done():
            if not self._let_on():
                time.sleep(0.0005)

    def _let_on(self) -> bool:
        """If the statement waits: note what it holds and wants, and make way for it.

        What it holds while it runs is not noted: whether that is seen is chance.
        """
        locks = self._locks()
        waiting_for = [locktype for locktype, *_, granted in locks if not granted]
        if not waiting_for:
            return False
        row = self.watcher.execute("SELECT pg_blocking_pids(%s)", [self.pid]).fetchone()
        if row is None or locks != self._locks():
            return True  # it went on between the questions, perhaps to wait for another session
        self.asked.update((oid, mode) for locktype, oid, _, mode, _ in locks if locktype == "relation")
        for pid in set(row[0]):
            self._make_way(pid, waiting_for[0])
        return True

    def _locks(self) -> list[tuple[str, int, str, str, bool]]:
        query = """SELECT locktype, relation::int8, virtualxid, mode, granted FROM pg_locks
                   WHERE pid = %s AND locktype IN ('relation', 'virtualxid') ORDER BY 1, 2, 3, 4"""
        return self.watcher.execute(query, [self.pid]).fetchall()

    def _make_way(self, pid: int, waiting_for: str) -> None:
        if pid == self.snapshot.info.backend_pid:
            self.waits_for_snapshots = True
            self.snapshot.rollback()
        elif pid in self.blockers and waiting_for == "relation":
            self.blockers[pid].step_down()
        elif pid in self.blockers:
            self._replace(pid)

    def _replace(self, pid: int) -> None:
        """The statement waits for the end of the transaction, whatever it still holds."""
        blocker = self.blockers.pop(pid)
        twin = blocker.twin()
        self.blockers[twin.pid] = twin
        blocker.end()


@contextmanager
def _blockers(server: Server, dbname: str, known: Relations) -> Iterator[dict[int, Blocker]]:
    blockers: dict[int, Blocker] = {}
    try:
        for relation in known.values():
            blocker = Blocker(server, dbname, _steps(relation))
            blockers[blocker.pid] = blocker
            blocker.climb()
        yield blockers
    finally:
        for blocker in blockers.values():
            blocker.end()


def _steps(relation: Relation) -> tuple[str, ...]:
    """From weak to strong; each takes its lock on this relation alone.

    LOCK TABLE knows tables only. On anything else COMMENT takes SHARE UPDATE EXCLUSIVE and OWNER TO takes
    ACCESS EXCLUSIVE, also when it changes nothing.
    """
    if relation.kind in ("table", "partitioned-table"):
        return tuple(f"LOCK TABLE ONLY {relation.name} IN {mode} MODE" for mode in TABLE_MODES)
    keyword = relation.kind.replace("-", " ")
    comment = f"COMMENT ON {keyword} {relation.name} IS NULL"
    if relation.relkind == "I":  # the index of a partitioned table has no owner to change
        return (comment,)
    return (comment, f"ALTER {keyword} {relation.name} OWNER TO CURRENT_USER")
