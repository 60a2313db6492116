"""Fill the tables, run the statements, take the time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence

from tools.measure.cases import Case
from tools.measure.records import Measured
from tools.measure.servers import Connection, statistics
from tools.measure.shapes import Shape


def measure(connection: Connection, shape: Shape, cases: Sequence[Case], rows: int) -> Iterator[Measured]:
    """All cases of one shape, on its tables, which are dropped at the end."""
    started = time.perf_counter()
    _run(connection, (*shape.define, *(text.format(rows=rows) for text in shape.fill), *shape.finish))
    _run(connection, ("VACUUM ANALYZE", "CHECKPOINT"))
    print(f"{shape.name}: {rows} rows, {time.perf_counter() - started:.0f} s to fill", file=sys.stderr)
    for case in cases:
        yield _measure(connection, shape, case)
    _run(connection, ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "CHECKPOINT"))


def _measure(connection: Connection, shape: Shape, case: Case) -> Measured:
    _run(connection, (*case.before, "VACUUM ANALYZE"))  # as autovacuum would have left the tables
    before = statistics(connection)
    logged = _log_position(connection)
    started = time.perf_counter()
    _run(connection, (case.sql,))
    seconds = time.perf_counter() - started
    log_bytes = _log_position(connection) - logged
    print(f"{seconds * 1000:10.1f} ms  {case.sql}", file=sys.stderr)
    _run(connection, case.after)
    return Measured(shape.name, case.sql, (*shape.define, *shape.finish, *case.before), before, seconds, log_bytes)


def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(statement)


def _log_position(connection: Connection) -> float:
    row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float").fetchone()
    assert row is not None
    return float(row[0])
