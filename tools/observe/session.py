"""The session that a statement is observed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from pglast import split
from pglast.parser import ParseError
from psycopg.errors import Diagnostic

from tools.observe.observation import ObservationError, Refusal
from tools.observe.servers import Server

SETTINGS = {
    # DEBUG1 names the tables that ALTER TABLE verifies and the indexes that are built.
    "client_min_messages": "debug1",
    # A plan with an index scan would hide that a validation reads a table; small tables change plans easily.
    "enable_indexscan": "off",
    "enable_indexonlyscan": "off",
    "enable_bitmapscan": "off",
    # Counters of parallel workers are not those of this session.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    # Only an old snapshot can be in the way of a statement in a transaction.
    "lock_timeout": "1s",
    "statement_timeout": "20s",
}


@dataclass(frozen=True)
class Outcome:
    tag: str
    messages: tuple[str, ...]
    error: Refusal | None = None


@contextmanager
def observed_session(server: Server, dbname: str, **others: str) -> Iterator[psycopg.Connection]:
    options = " ".join(f"-c {name}={value}" for name, value in {**SETTINGS, **others}.items())
    with server.connect(dbname, options) as session:
        yield session


def hold_snapshot(session: psycopg.Connection) -> None:
    """For whom waits until all see the same: a snapshot that stays, and no lock on any relation."""
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    session.execute("SELECT 1")


def attempt(session: psycopg.Connection, statement: str) -> Outcome:
    messages: list[str] = []

    def remember(diagnostic: Diagnostic) -> None:
        messages.append(diagnostic.message_primary or "")

    session.add_notice_handler(remember)
    try:
        tag = session.execute(statement.encode()).statusmessage or ""
    except psycopg.Error as refused:
        message = refused.diag.message_primary or str(refused)
        return Outcome("", tuple(messages), Refusal(refused.sqlstate or "", message))
    finally:
        session.remove_notice_handler(remember)
    return Outcome(tag, tuple(messages))


def run_script(session: psycopg.Connection, script: str) -> None:
    """One statement after the other: sent together they would share a transaction."""
    for statement in _statements(script):
        try:
            session.execute(statement.encode())
        except psycopg.Error as failure:
            raise ObservationError(f"{failure} in:\n{statement}") from failure


def _statements(script: str) -> tuple[str, ...]:
    try:
        return split(script)
    except ParseError:
        # The grammar of another version; without the grammar, bodies in BEGIN ATOMIC ... END fall apart.
        return split(script, with_parser=False)
