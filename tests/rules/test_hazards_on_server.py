"""What the pages of some rules say about a second session, a timeout or a later statement, shown on a real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import LiteralString

import psycopg
import pytest

from tools.observe.databases import Databases
from tools.observe.servers import Server

TABLES = """
CREATE TABLE users (id bigint PRIMARY KEY, name text);
INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 100) n;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total integer);
INSERT INTO orders SELECT n, n, n FROM generate_series(1, 100) n;
"""
DEADLOCK = "40P01"
Connect = Callable[[], psycopg.Connection]


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[Databases]:
    kept = Databases(postgres)
    yield kept
    kept.close()


@pytest.fixture
def connect(postgres: Server, databases: Databases) -> Iterator[Connect]:
    """Opens sessions on one database that holds `TABLES`."""
    with databases.copied(databases.built(TABLES)) as copy:
        opened: list[psycopg.Connection] = []

        def one_more() -> psycopg.Connection:
            session = postgres.connect(copy)
            opened.append(session)
            return session

        yield one_more
        for session in opened:
            session.close()


def refused(session: psycopg.Connection, statement: LiteralString) -> str:
    """The SQLSTATE that the server answers with."""
    with pytest.raises(psycopg.Error) as caught:
        session.execute(statement)
    assert caught.value.sqlstate is not None
    return caught.value.sqlstate


def one(session: psycopg.Connection, query: LiteralString) -> object:
    row = session.execute(query).fetchone()
    assert row is not None
    return row[0]


def is_valid(session: psycopg.Connection, index: str) -> object:
    row = session.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", (index,)).fetchone()
    return None if row is None else row[0]


@pytest.mark.parametrize("timeout", ["lock_timeout", "statement_timeout"])
def test_a_timeout_leaves_an_invalid_index_and_if_not_exists_keeps_it(connect: Connect, timeout: str) -> None:
    writer, builder = connect(), connect()
    writer.execute("BEGIN")
    writer.execute("UPDATE orders SET total = 0 WHERE id = 1")
    builder.execute("SELECT set_config(%s, '50ms', false)", (timeout,))
    state = refused(builder, "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_idx ON orders (total)")
    assert state == ("55P03" if timeout == "lock_timeout" else "57014")
    writer.execute("COMMIT")
    assert is_valid(builder, "orders_total_idx") is False
    builder.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_total_idx ON orders (total)")
    assert is_valid(builder, "orders_total_idx") is False


def test_a_failed_unique_build_leaves_an_invalid_index_that_enforces_nothing(connect: Connect) -> None:
    session = connect()
    session.execute("INSERT INTO orders VALUES (101, 1, 100)")
    build: LiteralString = "CREATE UNIQUE INDEX CONCURRENTLY orders_total_key ON orders (total)"
    assert refused(session, build) == "23505"
    assert is_valid(session, "orders_total_key") is False
    assert one(session, "SELECT indisready FROM pg_index WHERE indexrelid = 'orders_total_key'::regclass") is False
    session.execute("INSERT INTO orders VALUES (102, 1, 7)")


def test_a_setting_outlives_its_transaction_unless_it_is_local(connect: Connect) -> None:
    session = connect()
    session.execute("BEGIN")
    session.execute("SET lock_timeout = '2s'")
    session.execute("SET LOCAL statement_timeout = '7s'")
    session.execute("COMMIT")
    assert one(session, "SHOW lock_timeout") == "2s"
    assert one(session, "SHOW statement_timeout") != "7s"


def test_set_local_outside_a_transaction_has_no_effect(connect: Connect) -> None:
    session = connect()
    before = one(session, "SHOW lock_timeout")
    session.execute("SET LOCAL lock_timeout = '7s'")
    assert one(session, "SHOW lock_timeout") == before


LOOP: LiteralString = """DO $$ BEGIN
    FOR part IN 0..9 LOOP
        UPDATE orders SET total = 0 WHERE id % 10 = part;
    END LOOP;
    PERFORM pg_advisory_lock(7);
END $$"""


def test_a_loop_in_a_do_block_keeps_the_rows_of_all_its_rounds_locked(connect: Connect) -> None:
    keeper, loop, writer = connect(), connect(), connect()
    keeper.execute("SELECT pg_advisory_lock(7)")
    with ThreadPoolExecutor() as pool:
        running = pool.submit(loop.execute, LOOP)
        until(lambda: one(keeper, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1)
        writer.execute("SET lock_timeout = '50ms'")
        assert refused(writer, "UPDATE orders SET total = 1 WHERE id = 10") == "55P03"  # a row of the first round
        keeper.execute("SELECT pg_advisory_unlock(7)")
        running.result()


def test_a_loop_that_commits_lets_the_rows_of_each_round_go(connect: Connect) -> None:
    keeper, loop, writer = connect(), connect(), connect()
    keeper.execute("SELECT pg_advisory_lock(7)")
    with ThreadPoolExecutor() as pool:
        running = pool.submit(loop.execute, LOOP.replace("END LOOP", "COMMIT; END LOOP"))
        until(lambda: one(keeper, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1)
        writer.execute("SET lock_timeout = '50ms'")
        writer.execute("UPDATE orders SET total = 1 WHERE id = 10")
        keeper.execute("SELECT pg_advisory_unlock(7)")
        running.result()


def until(condition: Callable[[], bool]) -> None:
    """Ask again and again; fails after ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def settled(job: Future[psycopg.Cursor], session: psycopg.Connection, watcher: psycopg.Connection) -> bool:
    """Whether a statement has ended, or waits for a lock."""
    asked: LiteralString = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
    return job.done() or watcher.execute(asked, (session.info.backend_pid,)).fetchone() is not None


def deadlocked(connect: Connect, steps: tuple[tuple[int, LiteralString], ...]) -> bool:
    """Two sessions in transactions run these steps in this order; whether one of them is ended as the victim.

    A step that has to wait goes on waiting while the next ones run.
    """
    watcher, sessions = connect(), (connect(), connect())
    for session in sessions:
        session.execute("SET deadlock_timeout = '10ms'")
        session.execute("BEGIN")
    with ThreadPoolExecutor() as pool:
        pending = []
        for number, statement in steps:
            session = sessions[number]
            job = pool.submit(session.execute, statement)
            until(partial(settled, job, session, watcher))
            pending.append(job)
        states = [getattr(job.exception(timeout=10), "sqlstate", None) for job in pending[-2:]]
    return DEADLOCK in states


def test_rows_first_and_then_the_lock_on_their_table_deadlocks_with_a_writer(connect: Connect) -> None:
    assert deadlocked(
        connect,
        (
            (0, "UPDATE orders SET total = 0"),
            (1, "UPDATE orders SET total = 1 WHERE id = 1"),  # waits for the row, and holds ROW EXCLUSIVE
            (0, "ALTER TABLE orders ADD COLUMN state text"),
        ),
    )


def test_two_tables_locked_in_another_order_than_the_application_writes_them_deadlock(connect: Connect) -> None:
    assert deadlocked(
        connect,
        (
            (0, "ALTER TABLE orders ADD COLUMN state text"),
            (1, "UPDATE users SET name = 'x' WHERE id = 1"),
            (1, "UPDATE orders SET total = 1 WHERE id = 1"),
            (0, "ALTER TABLE users ADD COLUMN state text"),
        ),
    )


def test_a_deleted_parent_row_reads_the_whole_referencing_table_without_an_index(connect: Connect) -> None:
    session = connect()
    session.execute("INSERT INTO users VALUES (101, 'nobody refers to this one')")
    session.execute("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id)")
    session.execute("SET enable_seqscan = off")  # even if the planner would rather use an index
    assert rows_read(session, "DELETE FROM users WHERE id = 101") == 100
    session.execute("INSERT INTO users VALUES (102, 'nor to this one')")
    session.execute("CREATE INDEX ON orders (user_id)")
    assert rows_read(session, "DELETE FROM users WHERE id = 102") == 0


def rows_read(session: psycopg.Connection, statement: LiteralString) -> int:
    """How many rows of `orders` a statement reads one after the other."""
    counter: LiteralString = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'orders'"
    session.execute("SELECT pg_stat_force_next_flush()")
    session.execute("BEGIN")
    before = one(session, counter)
    session.execute(statement)
    after = one(session, counter)
    session.execute("COMMIT")
    assert isinstance(before, int)
    assert isinstance(after, int)
    return after - before


def test_rows_of_a_published_table_without_an_identity_cannot_be_changed(connect: Connect) -> None:
    session = connect()
    session.execute("CREATE TABLE log (line text)")
    session.execute("INSERT INTO log VALUES ('a')")
    session.execute("CREATE PUBLICATION everything FOR TABLE log")
    assert refused(session, "UPDATE log SET line = 'b'") == "55000"
    assert refused(session, "DELETE FROM log") == "55000"
    session.execute("ALTER TABLE log REPLICA IDENTITY FULL")
    session.execute("UPDATE log SET line = 'b'")


def test_a_deferred_check_is_in_the_way_of_alter_table(connect: Connect) -> None:
    session = connect()
    session.execute("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED")
    session.execute("BEGIN")
    session.execute("UPDATE orders SET user_id = 2 WHERE id = 1")
    assert refused(session, "ALTER TABLE orders ADD COLUMN state text") == "55006"
    session.execute("ROLLBACK")
    session.execute("BEGIN")
    session.execute("UPDATE orders SET total = 2 WHERE id = 1")  # not a column of the key
    session.execute("ALTER TABLE orders ADD COLUMN state text")
    session.execute("COMMIT")
    session.execute("BEGIN")
    session.execute("UPDATE orders SET user_id = 3 WHERE id = 1")
    session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    session.execute("ALTER TABLE orders ADD COLUMN more text")


def test_a_narrower_key_refuses_the_rows_that_reference_large_keys(connect: Connect) -> None:
    session = connect()
    session.execute("CREATE TABLE notes (id bigint PRIMARY KEY, user_id integer REFERENCES users (id))")
    session.execute("INSERT INTO users VALUES (3000000000, 'beyond integer')")
    assert refused(session, "INSERT INTO notes VALUES (1, 3000000000)") == "22003"


def test_triggers_that_are_disabled_are_off_for_everybody_and_foreign_keys_with_them(connect: Connect) -> None:
    session, other = connect(), connect()
    session.execute("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id)")
    assert refused(other, "INSERT INTO orders VALUES (101, 999, 1)") == "23503"
    session.execute("ALTER TABLE orders DISABLE TRIGGER ALL")
    other.execute("INSERT INTO orders VALUES (101, 999, 1)")
    session.execute("ALTER TABLE orders ENABLE TRIGGER ALL")
    assert one(session, "SELECT convalidated FROM pg_constraint WHERE conname = 'orders_user_id_fkey'") is True


def test_a_row_that_is_written_while_its_table_is_copied_is_lost(connect: Connect) -> None:
    migration, application = connect(), connect()
    with migration.transaction():
        migration.execute("CREATE TABLE users_new AS SELECT * FROM users")
        application.execute("INSERT INTO users VALUES (101, 'late')")
        migration.execute("DROP TABLE users")
        migration.execute("ALTER TABLE users_new RENAME TO users")

    assert one(application, "SELECT count(*) FROM users WHERE id = 101") == 0


def test_a_lock_that_is_taken_before_the_copy_keeps_writers_out(connect: Connect) -> None:
    migration, application = connect(), connect()
    application.execute("SET lock_timeout = '50ms'")
    with migration.transaction():
        migration.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
        migration.execute("CREATE TABLE users_new AS SELECT * FROM users")
        assert refused(application, "INSERT INTO users VALUES (101, 'late')") == "55P03"
