"""A snapshot never waits for a table: proved with the server's own word about who waits for whom."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import psycopg
import pytest

from migsafe.model.names import Name
from migsafe.schema.schema import Schema
from migsafe.statistics import definitions, live
from migsafe.statistics.definitions import MAX_WAITS, Kind
from migsafe.statistics.session import LockedError, Parameters, Row, Session
from migsafe.statistics.shadow import schema_of
from migsafe.statistics.snapshot import Snapshot
from tests.statistics.live import database, snapshot_of
from tools.observe.databases import poll
from tools.observe.servers import Server

TABLES = """
CREATE TABLE {0} (id int PRIMARY KEY, word text CHECK (word <> ''), twice int GENERATED ALWAYS AS (id * 2) STORED,
  number serial);
CREATE INDEX {0}_word ON {0} (lower(word)) WHERE id > 0;
CREATE VIEW {0}_view AS SELECT id FROM {0};
"""
FREE = {"word <> ''::text", "id * 2", "id > 0", "lower(word)"}
SETUP = (
    "".join(TABLES.format(name) for name in ("free", "held", "awaited"))
    + """
CREATE TABLE spread (id int) PARTITION BY RANGE ((id + 1));
CREATE TABLE alembic_version (version_num text);
INSERT INTO alembic_version VALUES ('ae10');
"""
)


@contextmanager
def migration_at_work(server: Server, name: str) -> Iterator[None]:
    """One session holds ACCESS EXCLUSIVE on tables, another one waits for it on a third behind a reader."""
    with server.connect(name) as holder, server.connect(name) as reader, server.connect(name) as waiter:
        holder.execute("BEGIN; LOCK TABLE held, spread, alembic_version IN ACCESS EXCLUSIVE MODE")
        holder.execute("LOCK TABLE held_view IN ACCESS EXCLUSIVE MODE")
        reader.execute("BEGIN; SELECT FROM awaited")
        waiting = threading.Thread(target=_wait_in_vain, args=(waiter,))
        waiting.start()
        question = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'awaited'::regclass AND NOT granted)"
        assert poll(reader, question, [])
        try:
            yield
        finally:
            waiter.cancel()
            waiting.join()
            holder.execute("ROLLBACK")
            reader.execute("ROLLBACK")


def _wait_in_vain(session: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        session.execute("BEGIN; LOCK TABLE awaited IN ACCESS EXCLUSIVE MODE")


class Watcher:
    """Asks the server over and over whether the snapshot waits for anybody."""

    def __init__(self, session: psycopg.Connection) -> None:
        self._session = session
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.looks = 0
        self.waits: set[str] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        query = """SELECT wait_event FROM pg_stat_activity WHERE application_name = 'migsafe'
                   AND cardinality(pg_blocking_pids(pid)) > 0"""
        while not self._ended.is_set():
            self.waits |= {str(row[0]) for row in self._session.execute(query)}
            self.looks += 1


@pytest.fixture
def timeouts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that gave up because of a lock."""
    found: list[str] = []
    asked = Session.rows

    def rows(self: Session, query: str, parameters: Parameters | None = None) -> list[Row]:
        try:
            return asked(self, query, parameters)
        except LockedError:
            found.append(str(query))
            raise

    monkeypatch.setattr(Session, "rows", rows)
    return found


def check_that_nothing_waits(server: Server, name: str, timeouts: list[str]) -> None:
    with database(server, name, SETUP), server.connect(name) as watching:
        with migration_at_work(server, name), Watcher(watching) as watcher:
            snapshot = snapshot_of(server, name)
        assert (watcher.waits, timeouts) == (set(), [])
        assert watcher.looks
    check_what_was_seen(snapshot)


def check_what_was_seen(snapshot: Snapshot) -> None:
    """All of the free table, the structure of the locked ones, and a sentence about them."""
    schema = schema_of(snapshot)
    assert texts_of(schema, "free") == FREE
    assert schema.relation(Name("public", "free")).complete
    for name in ("held", "awaited"):
        relation = schema.relation(Name("public", name))
        assert relation.known
        assert not relation.complete
        assert texts_of(schema, name) == {""}
        assert [column.name for column in relation.columns] == ["id", "word", "twice", "number"]
        assert {constraint.name for constraint in relation.constraints} == {f"{name}_pkey", f"{name}_word_check"}
        assert {str(index.name) for index in schema.indexes_of(relation.name)} == {
            f"public.{name}_pkey",
            f"public.{name}_word",
        }
        view = schema.relation(Name("public", f"{name}_view"))
        assert not view.complete
        assert schema.views_on(relation.name) == (view,)
    unseen = "\n".join(snapshot.statistics.unseen)
    assert "Locked exclusively at capture: public.alembic_version, public.awaited, public.held" in unseen
    assert "which migrations alembic has applied is unknown" in unseen
    locked = {table.name.name for table in snapshot.statistics.tables if table.locked}
    assert locked == {"held", "awaited", "spread", "alembic_version"}


def texts_of(schema: Schema, name: str) -> set[str]:
    """The texts of a table's expressions; "" stands for one that could not be read."""
    relation = schema.relation(Name("public", name))
    indexes = schema.indexes_of(relation.name)
    return {
        *(check.definition.expression.sql for check in relation.checks),  # type: ignore[attr-defined]  # checks are Check
        *(column.generated.expression.sql for column in relation.columns if column.generated),
        *(index.predicate.sql for index in indexes if index.predicate),
        *(element.expression.sql for index in indexes for element in index.elements if element.expression),
    }


def test_nothing_waits_while_a_migration_holds_and_awaits_locks(postgres: Server, timeouts: list[str]) -> None:
    check_that_nothing_waits(postgres, "waiting", timeouts)


@pytest.mark.other_servers
@pytest.mark.parametrize("major", [12, 13, 14, 15, 16, 17])
def test_on_other_servers(major: int, server_of: Callable[[int], Server], timeouts: list[str]) -> None:
    check_that_nothing_waits(server_of(major), "waiting", timeouts)


def test_a_lock_that_comes_between_two_questions_costs_bounded_time(
    postgres: Server, timeouts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at pg_locks is taken away, as if each lock came right behind it: this is what would wait."""
    monkeypatch.setattr(definitions, "held_relations", lambda *_: frozenset())
    with database(postgres, "racing", SETUP), migration_at_work(postgres, "racing"):
        snapshot = snapshot_of(postgres, "racing")
    assert 0 < len(timeouts) <= MAX_WAITS + 1
    waited_for = {kind for kind in Kind if any(kind.value in query for query in timeouts)}
    assert waited_for >= {Kind.CHECK, Kind.GENERATED, Kind.INDEX_KEY, Kind.PREDICATE, Kind.VIEW, Kind.PARTITION_KEY}
    schema = schema_of(snapshot)
    assert not schema.relation(Name("public", "held")).complete
    assert not schema.relation(Name("public", "awaited")).complete
    assert texts_of(schema, "free") == FREE


def test_a_sequence_that_is_altered_is_not_waited_for(postgres: Server, timeouts: list[str]) -> None:
    """ALTER SEQUENCE takes SHARE ROW EXCLUSIVE, which the sequence's reader conflicts with."""
    with (
        database(postgres, "altered", "CREATE SEQUENCE s; SELECT nextval('s')"),
        postgres.connect("altered") as session,
    ):
        session.execute("BEGIN; ALTER SEQUENCE s INCREMENT 2")
        (held,) = snapshot_of(postgres, "altered").statistics.sequences
        session.execute("ROLLBACK")
        (free,) = snapshot_of(postgres, "altered").statistics.sequences
    assert timeouts == []
    assert (held.last_value, free.last_value) == (None, 1)


def test_the_session_can_write_nothing(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read-only and with timeouts, and all of it ends with the transaction: a pooler's next client gets none of it."""
    seen: list[tuple[Row, ...]] = []

    def captured(session: Session, *_: object) -> Snapshot:
        names = "transaction_read_only", "lock_timeout", "statement_timeout", "search_path"
        inside = session.rows("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
        outside = session._connection.execute("SHOW lock_timeout").fetchall()
        seen.append((inside[0], outside[0]))
        return Snapshot()

    monkeypatch.setattr(live, "_captured", captured)
    snapshot_of(postgres, "postgres")
    assert seen == [(("on", "100ms", "30s", "pg_catalog"), ("0",))]
