"""One session that runs statements and takes their times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from migsafe.model.record import Record

if TYPE_CHECKING:
    import psycopg


class Sized(Record):
    """What a table or an index holds after it was filled. Bytes of the main file."""

    rows: float
    bytes: float
    toast_bytes: float = 0.0


class Probe:
    """`connect` opens further sessions. `own` is True on a server that exists only for this: there, settings may be
    changed. `known` are the constants that earlier families found."""

    def __init__(
        self,
        connection: psycopg.Connection[tuple[object, ...]],
        connect: Callable[[], psycopg.Connection[tuple[object, ...]]],
        *,
        own: bool,
        scale: float = 1.0,
    ) -> None:
        self.connection = connection
        self.connect = connect
        self.own = own
        self._scale = scale
        self.schema = ""
        self.known: dict[str, float] = {}

    def scaled(self, rows: int) -> int:
        """As many rows as fit the `scale`, which is 1 unless somebody only wants to see that everything runs."""
        return max(int(rows * self._scale), 100)

    def run(self, *statements: str) -> None:
        """The statements come from this package, never from a user."""
        for statement in statements:
            self.connection.execute(statement)

    def value(self, query: str) -> object:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row[0]

    def number(self, query: str) -> float:
        found = self.value(query)
        assert isinstance(found, int | float)
        return float(found)

    def seconds(self, statement: str, undo: Sequence[str] = (), times: int = 3) -> float:
        """The shortest time of a statement, undone after each run: what disturbs it only makes it longer."""
        taken = []
        for _ in range(times):
            started = time.perf_counter()
            self.run(statement)
            taken.append(time.perf_counter() - started)
            self.run(*undo)
        return min(taken)

    def fresh_seconds(self, statement: str) -> float:
        """The time of a statement that is the first of its session."""
        with self.connect() as session:
            started = time.perf_counter()
            session.execute(statement)
            return time.perf_counter() - started

    def size(self, table: str) -> Sized:
        self.run(f"ANALYZE {table}")
        rows = self.number(f"SELECT reltuples FROM pg_class WHERE oid = '{table}'::regclass")
        toast = f"(SELECT reltoastrelid FROM pg_class WHERE oid = '{table}'::regclass)"
        return Sized(
            rows,
            self.number(f"SELECT pg_relation_size('{table}')"),
            self.number(f"SELECT coalesce(pg_relation_size(nullif({toast}, 0)), 0)"),
        )

    def bytes_of(self, relation: str) -> float:
        return self.number(f"SELECT pg_relation_size('{relation}')")

    def fsync(self, value: str) -> bool:
        """Switch fsync, on a server of our own. Returns whether that was done."""
        if not self.own:
            return False
        self.run(f"ALTER SYSTEM SET fsync = {value}", "SELECT pg_reload_conf()")
        for _ in range(100):
            if self.value("SHOW fsync") == value:
                return True
            time.sleep(0.02)
        return False

    def has(self, query: str) -> bool:
        """Whether a query finds something."""
        return self.connection.execute(query).fetchone() is not None


def split(one: tuple[float, Sized], other: tuple[float, Sized], usual: tuple[float, float]) -> tuple[float, float]:
    """Seconds for each row and for each byte, from two tables whose rows differ in width.

    When noise makes one of them negative, both are the `usual` ones times one factor.
    """
    (a, first), (b, second) = one, other
    determinant = first.rows * second.bytes - second.rows * first.bytes
    row = (a * second.bytes - b * first.bytes) / determinant
    byte = (first.rows * b - second.rows * a) / determinant
    if row > 0 and byte > 0:
        return row, byte
    wanted = sum(size.rows * usual[0] + size.bytes * usual[1] for size in (first, second))
    factor = max(a + b, 0.0) / wanted
    return usual[0] * factor, usual[1] * factor
