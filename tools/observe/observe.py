"""Observe what a server does with one statement.

In a transaction, where the server allows it: what it holds at the end is read and everything is rolled back.
Otherwise in a copy of the database, against sessions that stand in its way (see `blockers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from tools.observe.blockers import run_against_blockers
from tools.observe.catalog import (
    TOTAL_COUNTERS,
    XACT_COUNTERS,
    Difference,
    held_locks,
    named_locks,
    relations,
)
from tools.observe.databases import Databases, poll
from tools.observe.observation import Observation, ObservationError, ObservedLock
from tools.observe.servers import Server
from tools.observe.session import Outcome, attempt, observed_session, run_script

# "... cannot run inside a transaction block", and a procedure or DO block that commits.
NEEDS_NO_TRANSACTION = ("25001", "2D000")
QUERY_TAGS = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "CALL", "DO", "EXPLAIN")
READ_MESSAGE = re.compile(
    r'(?:verifying|rewriting) table "(?P<table>.+)"'
    r'|building index ".+" on table "(?P<indexed>.+?)"(?: |$)'
    r'|validating foreign key constraint "(?P<key>.+)"'
)


class Observatory:
    """Observes on one server and keeps the databases with the last few setups."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._databases = Databases(server)

    def close(self) -> None:
        self._databases.close()

    def observe(self, setup: str, statement: str, before: str = "") -> Observation:
        dbname = self._databases.built(setup)
        observation = self._in_transaction(dbname, statement, before)
        refused = observation.error
        if before or refused is None or refused.sqlstate not in NEEDS_NO_TRANSACTION:
            return observation
        return self._outside_transaction(dbname, statement)

    def _in_transaction(self, dbname: str, statement: str, before: str) -> Observation:
        with observed_session(self._server, dbname) as session:
            pid = session.info.backend_pid
            session.execute("BEGIN")
            run_script(session, before)
            held = held_locks(session, pid)
            known = relations(session, XACT_COUNTERS)
            outcome = attempt(session, statement)
            if outcome.error is not None:
                session.execute("ROLLBACK")
                return Observation(error=outcome.error)
            if session.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
                raise ObservationError(f"this statement ends the transaction: {statement}")
            locks = held_locks(session, pid)
            difference = Difference(known, relations(session, XACT_COUNTERS))
            observation = _describe(
                difference, outcome, session, named_locks(locks, known), named_locks(held, known)
            )
            session.execute("ROLLBACK")
        return observation

    def _outside_transaction(self, dbname: str, statement: str) -> Observation:
        with self._databases.copied(dbname) as copy, self._server.connect(copy) as session:
            # The counters of a copy start at zero, and those of this session's transaction are zero, too.
            known = relations(session, XACT_COUNTERS)
            contested = run_against_blockers(self._server, copy, known, statement)
            if contested.outcome.error is not None:
                return Observation(error=contested.outcome.error, transactional=False)
            _wait_for_counters(session, contested.pid)
            difference = Difference(known, relations(session, TOTAL_COUNTERS))
            locks = named_locks(contested.asked, known)
            observation = _describe(difference, contested.outcome, session, locks)
        return replace(
            observation,
            transactional=False,
            waits_for_snapshots=contested.waits_for_snapshots,
        )


@contextmanager
def observatory(server: Server) -> Iterator[Observatory]:
    place = Observatory(server)
    try:
        yield place
    finally:
        place.close()


def observe(server: Server, setup: str, statement: str, before: str = "") -> Observation:
    """One observation; an `observatory` is faster for many."""
    with observatory(server) as place:
        return place.observe(setup, statement, before)


def _describe(
    difference: Difference,
    outcome: Outcome,
    session: psycopg.Connection,
    locks: tuple[ObservedLock, ...],
    held: tuple[ObservedLock, ...] = (),
) -> Observation:
    emptied = difference.emptied(truncates=outcome.tag == "TRUNCATE TABLE")
    rewritten = difference.rewritten() - emptied
    builds = {index for index in difference.built_indexes() if difference.after[index].table not in emptied}
    # REFRESH does not read what it replaces; the counters mean the new rows and the indexes over them.
    replaced = rewritten if outcome.tag == "REFRESH MATERIALIZED VIEW" else set()
    # A move to another tablespace reads the file block by block, and no counter says so.
    copied = rewritten - replaced
    scanned = (difference.scanned() | copied) - emptied - replaced
    if outcome.tag.startswith(QUERY_TAGS) and not difference.created_a_table():
        scanned &= _read_by_ddl(difference, outcome, session) | copied
    return Observation(
        locks=locks,
        held=held,
        rewrites=difference.names(rewritten),
        index_builds=difference.names(builds),
        scans=difference.names(scanned),
        empties=difference.names(emptied),
        data=difference.data(replaced),
    )


def _wait_for_counters(session: psycopg.Connection, pid: int) -> None:
    """A session hands in its counters when it ends. Up to PostgreSQL 14 a collector shows them half a
    second late to whom asks too early, hence the first question."""
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
    marked = "SELECT pg_stat_get_numscans('pg_largeobject'::regclass) > 0"
    if not (poll(session, gone, [pid]) and poll(session, marked, [])):
        raise ObservationError("the counters of the statement do not arrive")


def _read_by_ddl(difference: Difference, outcome: Outcome, session: psycopg.Connection) -> set[int]:
    """Tables that DDL inside of a query or block says it reads; the counters hold the reads of queries, too."""
    matches = [match for match in map(READ_MESSAGE.match, outcome.messages) if match]
    tables = {match["table"] or match["indexed"] for match in matches} - {None}
    keys = [match["key"] for match in matches if match["key"]]
    query = """
        WITH RECURSIVE side (oid) AS (
            SELECT unnest(ARRAY[conrelid, confrelid]) FROM pg_constraint WHERE conname = ANY (%s)
            UNION SELECT inhrelid FROM pg_inherits JOIN side ON inhparent = side.oid)
        SELECT oid::int8 FROM side UNION SELECT oid::int8 FROM pg_class WHERE relname = ANY (%s)"""
    named = {row[0] for row in session.execute(query, [keys, list(tables)])}
    return named & difference.after.keys()
