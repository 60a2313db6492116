"""Observe a statement that cannot run in a transaction block.

It runs twice, each time in a copy of the database: once alone, which shows what it does, and once against sessions
that stand in its way, which shows what it asks for. ACCESS EXCLUSIVE locks are read from the write-ahead log of the
first run: an index that is dropped concurrently is out of reach for every other session when it gets its last lock,
and VACUUM takes the lock to cut off an empty tail only if nobody is in the way.
"""

from __future__ import annotations

from dataclasses import replace

import psycopg

from tools.observe.blockers import locks_asked_for
from tools.observe.catalog import TOTAL_COUNTERS, XACT_COUNTERS, Difference, named_locks, relations
from tools.observe.databases import Databases, poll
from tools.observe.describe import describe
from tools.observe.observation import Observation, ObservationError
from tools.observe.servers import Server
from tools.observe.session import Outcome, attempt, observed_session
from tools.observe.wal import access_exclusive_locks, flushed_position, insert_position


def observe_outside(server: Server, databases: Databases, dbname: str, statement: str) -> Observation:
    with databases.copied(dbname) as copy, server.connect(copy) as session:
        # The counters of a copy start at zero, and those of this session's transaction are zero, too.
        known = relations(session, XACT_COUNTERS)
        start = insert_position(session)
        outcome = _run_alone(server, copy, session, statement)
        if outcome.error is not None:
            return Observation(error=outcome.error, transactional=False)
        exclusive = _exclusive_locks(server, session, start)
        observation = describe(Difference(known, relations(session, TOTAL_COUNTERS)), outcome, session)
    with databases.copied(dbname) as copy:
        asked = locks_asked_for(server, copy, known, statement)
    return replace(
        observation,
        locks=named_locks(asked.locks | exclusive, known),
        transactional=False,
        waits_for_snapshots=asked.waits_for_snapshots,
    )


def _run_alone(server: Server, dbname: str, watcher: psycopg.Connection, statement: str) -> Outcome:
    with observed_session(server, dbname) as session:
        pid = session.info.backend_pid
        outcome = attempt(session, statement)
        # A mark: one more scan, of a table that nothing else scans, which the counters will show last.
        session.execute("SELECT FROM pg_largeobject")
    _wait_for_counters(watcher, pid)
    return outcome


def _exclusive_locks(server: Server, session: psycopg.Connection, start: int) -> frozenset[tuple[int, str]]:
    row = session.execute("SELECT oid::int8 FROM pg_database WHERE datname = current_database()").fetchone()
    logged = access_exclusive_locks(server, start, flushed_position(session))
    return frozenset((lock.relation, "AccessExclusiveLock") for lock in logged if row == (lock.database,))


def _wait_for_counters(session: psycopg.Connection, pid: int) -> None:
    """A session hands in its counters when it ends. Up to PostgreSQL 14 a collector shows them half a
    second late to whom asks too early, hence the first question."""
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
    marked = "SELECT pg_stat_get_numscans('pg_largeobject'::regclass) > 0"
    if not (poll(session, gone, [pid]) and poll(session, marked, [])):
        raise ObservationError("the counters of the statement do not arrive")
