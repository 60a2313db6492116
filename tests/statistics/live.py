"""Snapshots of scratch databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from migsafe.statistics.live import capture
from migsafe.statistics.snapshot import Snapshot
from tools.observe.servers import Server


@contextmanager
def database(server: Server, name: str, script: str = "") -> Iterator[psycopg.Connection]:
    """A database of that name, in which the script has run, and a session in autocommit mode with it."""
    identifier = sql.Identifier(name)
    with server.connect() as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    with server.connect(name) as session:
        if script:
            session.execute(script.encode())
        yield session
    with server.connect() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )
        session.execute(sql.SQL("DROP DATABASE {}").format(identifier))


def environment(server: Server, name: str, user: str = "postgres", password: str = "") -> dict[str, str]:
    """What `capture("DB", environment=…)` takes to read the database."""
    return {"DB": psycopg.conninfo.make_conninfo(server.conninfo(name), user=user, **_password(password))}


def _password(password: str) -> dict[str, str]:
    return {"password": password} if password else {}


def snapshot_of(server: Server, name: str, **options: object) -> Snapshot:
    return capture("DB", environment=environment(server, name), **options)  # type: ignore[arg-type]  # passed on
