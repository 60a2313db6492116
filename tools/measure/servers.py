"""A scratch server with a fresh installation's settings, and what it says about its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg

from migsafe.model.names import Name
from migsafe.model.statistics import (
    ColumnStatistics,
    IndexStatistics,
    ServerStatistics,
    Statistics,
    TableStatistics,
)
from migsafe.verify.binaries import Binaries
from migsafe.verify.scratch import scratch_server
from tools.observe.binaries import Binaries as Installation
from tools.observe.binaries import fetched

Connection = psycopg.Connection[tuple[Any, ...]]
_PAGE = 8192
_NICENESS = -15
_LOOK_SECONDS = 0.05
_SETTINGS = (
    "fsync", "full_page_writes", "maintenance_work_mem", "max_parallel_maintenance_workers", "max_wal_size",
    "shared_buffers", "wal_level", "work_mem",
)  # fmt: skip
_UNITS = {"8kB": _PAGE, "kB": 1024, "MB": 1 << 20, "B": 1}


def binaries_of(major: int) -> Binaries:
    found: Installation = fetched(major)
    return Binaries(found.home / "bin", (found.home,))


@contextmanager
def session(major: int, settings: Mapping[str, str]) -> Iterator[tuple[Connection, Callable[[], Connection]]]:
    """A session in autocommit mode on a new server, and how to get further ones. The server goes before other programs
    where that is allowed."""
    with scratch_server(binaries_of(major), {"autovacuum": "off", **settings}) as server:
        ended = Event()
        Thread(target=_prefer, args=(server.pid, ended), daemon=True).start()

        def connect() -> Connection:
            return psycopg.connect(server.conninfo, autocommit=True)

        with connect() as connection:
            try:
                yield connection, connect
            finally:
                ended.set()


def _prefer(postmaster: int, ended: Event) -> None:
    """Put the server's processes before those of other programs, as far as that is allowed.

    Each of them leads a session of its own, and Linux shares the processors out by session first (sched(7), "The
    autogroup feature"), so that niceness alone says nothing.
    """
    preferred: set[int] = set()
    while not ended.wait(_LOOK_SECONDS):
        with suppress(OSError):
            children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
            for process in {postmaster, *map(int, children)} - preferred:
                preferred.add(process)
                os.setpriority(os.PRIO_PROCESS, process, _NICENESS)
                Path(f"/proc/{process}/autogroup").write_text(str(_NICENESS), encoding="ascii")


def statistics(connection: Connection) -> Statistics:
    """What a snapshot would hold, read from the catalogs."""
    tables = connection.execute(
        "SELECT c.oid, c.relname, c.reltuples, c.relpages, coalesce(t.relpages, 0) "
        "FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm') ORDER BY 2"
    ).fetchall()
    return Statistics(
        server=ServerStatistics(version=connection.info.server_version // 10000, settings=_settings(connection)),
        tables=tuple(
            TableStatistics(
                name=Name("public", name),
                rows=rows if rows >= 0 else None,
                heap_bytes=pages * _PAGE,
                toast_bytes=toast * _PAGE,
                indexes=_indexes(connection, oid),
                columns=_columns(connection, name),
            )
            for oid, name, rows, pages, toast in tables
        ),
    )


def _indexes(connection: Connection, table: int) -> tuple[IndexStatistics, ...]:
    rows = connection.execute(
        "SELECT c.relname, c.relpages FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE i.indrelid = %s ORDER BY 1",
        (table,),
    )
    return tuple(IndexStatistics(name=Name("public", name), bytes=pages * _PAGE) for name, pages in rows)


def _columns(connection: Connection, table: str) -> tuple[ColumnStatistics, ...]:
    rows = connection.execute(
        "SELECT attname, avg_width, null_frac, n_distinct, correlation FROM pg_stats "
        "WHERE schemaname = 'public' AND tablename = %s ORDER BY 1",
        (table,),
    )
    return tuple(
        ColumnStatistics(name=name, width=width, nulls=nulls, distinct=distinct, correlation=correlation)
        for name, width, nulls, distinct, correlation in rows
    )


def _settings(connection: Connection) -> tuple[tuple[str, str], ...]:
    rows = connection.execute(
        "SELECT name, setting, unit FROM pg_settings WHERE name = ANY(%s) ORDER BY 1", (list(_SETTINGS),)
    )
    shown = [(name, str(int(value) * _UNITS[unit]) if unit in _UNITS else value) for name, value, unit in rows]
    (collation,) = connection.execute(
        "SELECT datcollate FROM pg_database WHERE datname = current_database()"
    ).fetchone() or ("",)
    return (*shown, ("lc_collate", collation))
