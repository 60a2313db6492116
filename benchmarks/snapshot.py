"""How long a snapshot of a database with thousands of tables takes, with and without a migration that holds locks.

python -m benchmarks.snapshot                 # 5,000 tables on the embedded server
python -m benchmarks.snapshot --tables 20000
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import psycopg

from migsafe.statistics.file import load, save
from migsafe.statistics.live import capture
from migsafe.statistics.shadow import schema_of
from tools.observe.servers import Server, embedded_server

T = TypeVar("T")
TABLE = """
CREATE TABLE t{0} (
  id bigserial PRIMARY KEY, parent bigint REFERENCES t{1}, word text NOT NULL DEFAULT 'x' CHECK (word <> ''),
  amount numeric(12, 2), created_at timestamptz NOT NULL DEFAULT now(), data jsonb, state integer, note varchar(200));
CREATE INDEX ON t{0} (parent);
CREATE INDEX ON t{0} (lower(word)) WHERE state > 0;
INSERT INTO t{0} (word, amount) SELECT 'word ' || n, n FROM generate_series(1, 20) n;
"""
BATCH = 250
HELD = 200
"""Tables on which another session holds ACCESS EXCLUSIVE in the second measurement."""


def fill(server: Server, tables: int) -> None:
    with server.connect() as session:
        for start in range(0, tables, BATCH):
            numbers = range(start, min(start + BATCH, tables))
            session.execute("".join(TABLE.format(n, max(n - 1, 0)) for n in numbers).encode())
        session.execute("ANALYZE")
        for number in range(0, tables, 10):
            session.execute(f"CREATE VIEW v{number} AS SELECT id, word FROM t{number}".encode())


def timed(what: str, work: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = work()
    print(f"{what:<58} {time.perf_counter() - start:6.2f} s")
    return result


def measure(server: Server) -> None:
    environment = {"DB": server.conninfo()}
    snapshot = timed("snapshot of a quiet server", lambda: capture("DB", environment=environment))
    with server.connect() as holder, TemporaryDirectory() as folder:
        _hold(holder)
        locked = timed(f"snapshot while {HELD} tables are locked", lambda: capture("DB", environment=environment))
        holder.execute("ROLLBACK")
        print(f"  {sum(table.locked for table in locked.statistics.tables)} tables locked at capture")
        path = Path(folder, "stats.json")
        timed("writing the file", lambda: save(path, snapshot))
        print(f"  {path.stat().st_size / 1e6:.1f} MB, {len(snapshot.statistics.tables)} tables")
        read = timed("reading the file", lambda: load([path]))
        timed("its schema as the shadow schema", lambda: schema_of(read))


def _hold(session: psycopg.Connection) -> None:
    names = ", ".join(f"t{number}" for number in range(HELD))
    session.execute(f"BEGIN; LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE".encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=5000)
    arguments = parser.parse_args()
    gc.disable()  # as the command does
    with embedded_server() as server:
        timed(f"making {arguments.tables} tables", lambda: fill(server, arguments.tables))
        measure(server)


if __name__ == "__main__":
    main()
