"""Observe what a server does with one statement.

In a transaction, where the server allows it: what it holds at the end is read and everything is rolled back.
For other statements see `outside`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from tools.observe.catalog import XACT_COUNTERS, Difference, held_locks, named_locks, relations
from tools.observe.databases import Databases
from tools.observe.describe import describe
from tools.observe.observation import Observation, ObservationError
from tools.observe.outside import observe_outside
from tools.observe.servers import Server
from tools.observe.session import attempt, observed_session, run_script

# "... cannot run inside a transaction block", and a procedure or DO block that commits.
NEEDS_NO_TRANSACTION = ("25001", "2D000")
# Of SET TRANSACTION: even the queries that look at the catalogs come too early.
NEEDS_TO_BE_FIRST = "must be called before any query"
LOCK_TIMED_OUT = "55P03"


class Observatory:
    """Observes on one server and keeps the databases with the last few setups."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._databases = Databases(server)

    def close(self) -> None:
        self._databases.close()

    def observe(self, setup: str, statement: str, before: str = "") -> Observation:
        dbname = self._databases.built(setup)
        self._databases.hold_snapshot(dbname)
        observation = self._in_transaction(dbname, statement, before)
        if observation.error is not None and NEEDS_TO_BE_FIRST in observation.error.message and not before:
            return self._as_the_first(dbname, statement)
        refusal = "" if observation.error is None else observation.error.sqlstate
        if refusal in NEEDS_NO_TRANSACTION and not before:
            return observe_outside(self._server, self._databases, dbname, statement)
        if refusal == LOCK_TIMED_OUT:
            # Nobody else is in the database but the holder of the snapshot.
            self._databases.release_snapshot(dbname)
            return replace(self._in_transaction(dbname, statement, before), waits_for_snapshots=True)
        return observation

    def _as_the_first(self, dbname: str, statement: str) -> Observation:
        """A statement that only changes settings of its transaction: nothing but its locks can be seen."""
        with observed_session(self._server, dbname) as session:
            session.execute("BEGIN")
            outcome = attempt(session, statement)
            locks = held_locks(session, session.info.backend_pid)
            known = relations(session, XACT_COUNTERS)
            session.execute("ROLLBACK")
        return Observation(error=outcome.error, locks=named_locks(locks, known))

    def _in_transaction(self, dbname: str, statement: str, before: str) -> Observation:
        with observed_session(self._server, dbname) as session:
            session.execute("BEGIN")
            run_script(session, before)
            observation = _observe_in_session(session, statement)
            session.execute("ROLLBACK")
        return observation


def _observe_in_session(session: psycopg.Connection, statement: str) -> Observation:
    pid = session.info.backend_pid
    held = held_locks(session, pid)
    known = relations(session, XACT_COUNTERS)
    outcome = attempt(session, statement)
    if outcome.error is not None:
        return Observation(error=outcome.error)
    if session.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
        raise ObservationError(f"this statement ends the transaction: {statement}")
    locks = held_locks(session, pid)
    difference = Difference(known, relations(session, XACT_COUNTERS))
    return replace(
        describe(difference, outcome, session),
        locks=named_locks(locks, known),
        held=named_locks(held, known),
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
