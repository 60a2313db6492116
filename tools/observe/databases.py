"""Databases that hold the setup of a case: built once, copied for a statement that changes it for good."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg import sql

from tools.observe.observation import ObservationError
from tools.observe.servers import Server
from tools.observe.session import hold_snapshot, run_script

KEPT = 8
_numbers = itertools.count(1)
POLL_SECONDS = 10.0


class Databases:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._control = server.connect()
        self._built: dict[str, str] = {}
        self._snapshots: dict[str, psycopg.Connection] = {}

    def close(self) -> None:
        for session in (*self._snapshots.values(), self._control):
            session.close()

    def built(self, setup: str) -> str:
        """The name of a database in which the setup has run."""
        if setup not in self._built:
            if len(self._built) >= KEPT:
                self._drop(self._built.pop(next(iter(self._built))))
            name = self._create("template1")
            with self._server.connect(name) as session:
                run_script(session, setup)
            self._built[setup] = name
        return self._built[setup]

    def hold_snapshot(self, dbname: str) -> None:
        """Let a session with an old snapshot be in the database, as in a busy one."""
        if dbname not in self._snapshots:
            self._snapshots[dbname] = self._server.connect(dbname)
            hold_snapshot(self._snapshots[dbname])

    def release_snapshot(self, dbname: str) -> None:
        if dbname in self._snapshots:
            self._snapshots.pop(dbname).close()

    @contextmanager
    def copied(self, dbname: str) -> Iterator[str]:
        copy = self._create(dbname)
        try:
            yield copy
        finally:
            self._drop(copy)

    def _create(self, template: str) -> str:
        self._empty(template)
        name = f"case_{os.getpid()}_{next(_numbers)}"
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._control.execute(query.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _drop(self, dbname: str) -> None:
        self._empty(dbname)
        self._control.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(dbname)))

    def _empty(self, dbname: str) -> None:
        """A template must have no session, and a session ends a little later than its client."""
        self.release_snapshot(dbname)
        question = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = %s)"
        if not poll(self._control, question, [dbname]):
            raise ObservationError(f"the sessions of {dbname} do not end")


def poll(session: psycopg.Connection, question: LiteralString, arguments: Sequence[str | int]) -> bool:
    """Ask until the answer is yes, or for ten seconds."""
    deadline = time.monotonic() + POLL_SECONDS
    while time.monotonic() < deadline:
        row = session.execute(question, arguments).fetchone()
        if row and row[0]:
            return True
        time.sleep(0.002)
    return False
