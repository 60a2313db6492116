"""What a snapshot says of a live database: sizes, rates, sequences, applied versions, and what it could not see."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from migsafe.errors import SetupError
from migsafe.model.names import Name
from migsafe.model.statistics import TableStatistics
from migsafe.statistics.activity import in_base_units
from migsafe.statistics.file import written
from migsafe.statistics.live import capture
from migsafe.statistics.snapshot import Snapshot
from migsafe.statistics.versions import VERSION_TABLES
from tests.statistics.live import database, environment, snapshot_of
from tools.observe.servers import Server

FILLED = """
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, total numeric);
INSERT INTO orders (note, total) SELECT repeat('x', 50), n FROM generate_series(1, 5000) n;
CREATE INDEX ON orders (total);
CREATE TABLE empty (id integer PRIMARY KEY);
CREATE TABLE never_analysed (id integer);
"""
ANALYSED = FILLED + "VACUUM ANALYZE orders; VACUUM ANALYZE empty;"


def statements(script: str) -> list[str]:
    return [statement for statement in script.split(";") if statement.strip()]


def table(snapshot: Snapshot, name: str) -> TableStatistics:
    found = snapshot.statistics.table(Name("public", name))
    assert found is not None, name
    return found


def of(server: Server, name: str, script: str) -> Snapshot:
    with database(server, name) as session:
        for statement in statements(script):
            session.execute(statement.encode())
        return snapshot_of(server, name)


def test_sizes(postgres: Server) -> None:
    orders = table(of(postgres, "sizes", ANALYSED), "orders")
    assert orders.rows == 5000
    assert orders.heap_bytes is not None
    assert 5000 * 50 < orders.heap_bytes < 5000 * 200
    assert orders.heap_bytes % 8192 == 0
    assert {index.name.name for index in orders.indexes} == {"orders_pkey", "orders_total_idx"}
    assert all(index.bytes for index in orders.indexes)
    assert {(column.name, column.width) for column in orders.columns} >= {("id", 8), ("note", 51)}
    assert orders.last_analysed is not None
    assert orders.last_analysed.endswith("Z")


def test_an_empty_table_is_known_to_be_empty(postgres: Server) -> None:
    snapshot = of(postgres, "empty", ANALYSED)
    assert (table(snapshot, "empty").rows, table(snapshot, "empty").heap_bytes) == (0, 0)


def never_analysed(server: Server) -> None:
    unknown = table(of(server, "never_analysed", FILLED + "INSERT INTO never_analysed VALUES (1)"), "never_analysed")
    assert unknown.rows is None
    assert unknown.heap_bytes is None
    assert unknown.dead_rows is None
    assert unknown.last_analysed is None


def test_a_table_that_was_never_analysed_is_unknown(postgres: Server) -> None:
    never_analysed(postgres)


def grown(server: Server) -> None:
    """Rows that came after ANALYZE count, as soon as the session that wrote them has told."""
    with database(server, "grown", "CREATE TABLE t (a int)") as session:
        for statement in ("INSERT INTO t SELECT generate_series(1, 1000)", "VACUUM ANALYZE t"):
            session.execute(statement.encode())
        before = table(snapshot_of(server, "grown"), "t")
        session.execute("INSERT INTO t SELECT generate_series(1, 9000)")
        session.execute("SELECT pg_stat_clear_snapshot()")
        with server.connect("grown") as writer:  # a session that ends hands in its counters
            writer.execute("INSERT INTO t SELECT generate_series(1, 9000)")
        after = table(wait_for_rows(server, "grown", 10_000), "t")
    assert before.rows == 1000
    assert after.rows is not None
    assert after.rows >= 10_000
    assert after.heap_bytes is not None
    assert before.heap_bytes is not None
    assert after.heap_bytes >= 9 * before.heap_bytes


def wait_for_rows(server: Server, name: str, rows: int) -> Snapshot:
    for _ in range(200):
        snapshot = snapshot_of(server, name)
        if (table(snapshot, "t").rows or 0) >= rows:
            return snapshot
    raise AssertionError("the counters never came")


def test_rows_that_came_after_analyze_count(postgres: Server) -> None:
    grown(postgres)


PARTITIONED = """
CREATE TABLE events (id bigint, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01') PARTITION BY HASH (id);
CREATE TABLE events_1a PARTITION OF events_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_1b PARTITION OF events_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO events SELECT n, '2026-01-15' FROM generate_series(1, 2000) n;
INSERT INTO events SELECT n, '2026-02-15' FROM generate_series(1, 1000) n
"""


def partitioned(server: Server) -> None:
    known = of(
        server, "partitioned", PARTITIONED + ";" + ";".join(f"VACUUM ANALYZE events_{p}" for p in ("1a", "1b", "2"))
    )
    whole, parts = table(known, "events"), [table(known, f"events_{part}") for part in ("1a", "1b", "2")]
    assert whole.rows == 3000
    assert whole.partitions == 3
    assert whole.heap_bytes == sum(part.heap_bytes or 0 for part in parts)
    assert table(known, "events_1").rows == 2000
    ((index,), own) = whole.indexes, [index.bytes or 0 for part in parts for index in part.indexes]
    assert index.bytes == sum(own)
    assert len(own) == 3


def test_a_partitioned_table_is_the_sum_of_its_partitions(postgres: Server) -> None:
    partitioned(postgres)


def test_one_unknown_partition_makes_the_whole_unknown(postgres: Server) -> None:
    unknown = of(postgres, "partitioned_unknown", PARTITIONED + "; VACUUM ANALYZE events_2")
    assert table(unknown, "events").rows is None
    assert table(unknown, "events_2").rows == 1000


def test_sequences_say_how_full_they_and_their_columns_are(postgres: Server) -> None:
    script = """CREATE TABLE a (id serial); SELECT setval('a_id_seq', 2000000000);
        CREATE TABLE b (id int GENERATED ALWAYS AS IDENTITY); ALTER SEQUENCE b_id_seq AS bigint;
        CREATE SEQUENCE shared MAXVALUE 100; CREATE TABLE c (id smallint DEFAULT nextval('shared'));
        SELECT nextval('shared'); CREATE SEQUENCE alone INCREMENT -1"""
    script = script.replace("ALTER SEQUENCE b_id_seq AS bigint;", "")
    found = {each.name.name: each for each in of(postgres, "sequences", script).statistics.sequences}
    a, shared = found["a_id_seq"], found["shared"]
    assert (a.last_value, a.limit, a.table, a.column, a.column_limit) == (
        2_000_000_000, 2**31 - 1, Name("public", "a"), "id", 2**31 - 1,
    )  # fmt: skip
    assert (shared.last_value, shared.limit, shared.table, shared.column_limit) == (
        1,
        100,
        Name("public", "c"),
        2**15 - 1,
    )
    assert found["b_id_seq"].table == Name("public", "b")
    assert found["b_id_seq"].last_value is None
    assert (found["alone"].table, found["alone"].increment) == (None, -1)
    assert found["alone"].limit is not None
    assert found["alone"].limit < 0


VERSIONS = """
CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('ae10'), ('b3f');
CREATE TABLE django_migrations (id int, app text, name text, applied timestamptz);
INSERT INTO django_migrations VALUES (1, 'shop', '0001_initial', now());
CREATE TABLE flyway_schema_history (installed_rank int, version text, description text, type text, script text,
  checksum int, installed_by text, success boolean);
INSERT INTO flyway_schema_history VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', 1, 'x', true),
  (2, '2', 'b', 'SQL', 'V2__b.sql', 1, 'x', true), (3, '2', 'b', 'UNDO_SQL', 'U2__b.sql', 1, 'x', true),
  (4, NULL, 'views', 'SQL', 'sub/R__views.sql', 1, 'x', true), (5, '3', 'c', 'SQL', 'V3__c.sql', 1, 'x', false);
CREATE SCHEMA migrate; CREATE TABLE migrate.schema_migrations (version bigint PRIMARY KEY, dirty boolean);
INSERT INTO migrate.schema_migrations VALUES (7, false);
CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20260101');
CREATE TABLE goose_db_version (id int, version_id bigint, is_applied boolean, tstamp timestamp);
INSERT INTO goose_db_version VALUES (1, 0, true, now()), (2, 5, true, now()), (3, 6, true, now()), (4, 6, false, now());
CREATE TABLE _prisma_migrations (id text, migration_name text, finished_at timestamptz, rolled_back_at timestamptz);
INSERT INTO _prisma_migrations VALUES ('1', '20260101_a', now(), NULL), ('2', '20260102_b', NULL, NULL);
CREATE SCHEMA sqitch; CREATE TABLE sqitch.changes (change_id text, script_hash text, change text, project text);
INSERT INTO sqitch.changes VALUES ('x', 'y', 'users', 'shop');
CREATE TABLE changes (id int, body text);
CREATE VIEW databasechangelog AS
  SELECT 'id'::text AS id, 'author'::text AS author, 'f'::text AS filename, 'EXECUTED'::text AS exectype;
"""


def test_applied_versions_of_the_known_tools(postgres: Server) -> None:
    applied_versions(postgres)


def applied_versions(server: Server) -> None:
    with database(server, "applied", VERSIONS):
        applied = snapshot_of(server, "applied").statistics.applied
    assert {(each.tool, str(each.table)): each.versions for each in applied} == {
        ("alembic", "public.alembic_version"): ("ae10", "b3f"),
        ("django", "public.django_migrations"): ("shop.0001_initial",),
        ("flyway", "public.flyway_schema_history"): ("1", "R__views"),
        ("golang-migrate", "migrate.schema_migrations"): ("7",),
        ("dbmate", "public.schema_migrations"): ("20260101",),
        ("goose", "public.goose_db_version"): ("5",),
        ("prisma", "public._prisma_migrations"): ("20260101_a",),
        ("sqitch", "sqitch.changes"): ("users",),
    }


def test_every_version_table_can_be_asked(postgres: Server) -> None:
    """Each query runs on a table with the columns that the tool's table is recognised by."""
    kinds = {"success": "boolean", "dirty": "boolean", "is_applied": "boolean"}
    numbers = {"applied": "int", "total": "int", "id": "int", "version_id": "int", "installed_rank": "int"}
    with database(postgres, "asked") as session:
        for number, each in enumerate(VERSION_TABLES):
            columns = ", ".join(f"{name} {(kinds | numbers).get(name, 'text')}" for name in sorted(each.columns))
            session.execute(f"CREATE SCHEMA s{number}; CREATE TABLE s{number}.{each.name} ({columns})".encode())
        statistics = snapshot_of(postgres, "asked").statistics
    assert sorted(each.tool for each in statistics.applied) == sorted(each.tool for each in VERSION_TABLES)
    assert not [sentence for sentence in statistics.unseen if "applied" in sentence]


def test_a_role_that_may_only_connect(postgres: Server) -> None:
    rightless(postgres)


def rightless(server: Server) -> None:
    with database(server, "rightless", VERSIONS) as session:
        session.execute("CREATE ROLE nobody_much LOGIN")
        session.execute("CREATE TABLE secret (id serial PRIMARY KEY, word text DEFAULT 'x')")
        session.execute("INSERT INTO secret SELECT n, 'word' FROM generate_series(1, 100) n; ")
        session.execute("VACUUM ANALYZE secret")
        session.execute("BEGIN; SELECT 1")  # a running transaction of another role
        snapshot = capture("DB", environment=environment(server, "rightless", user="nobody_much"))
        session.execute("ROLLBACK")
        session.execute("DROP ROLE nobody_much")
    secret = table(snapshot, "secret")
    unseen = "\n".join(snapshot.statistics.unseen)
    assert (secret.rows, secret.columns) == (100, ())
    assert snapshot.statistics.applied == ()
    assert snapshot.catalog is not None
    assert any(relation.name == Name("public", "secret") for relation in snapshot.catalog.relations)
    assert (
        "public.alembic_version may not be read by this role: which migrations alembic has applied is unknown."
        in unseen
    )
    assert "Tables whose column statistics this role may not read: " in unseen
    assert "Sequences whose value this role may not read: public.secret_id_seq." in unseen
    assert "their transactions are not shown without the role pg_read_all_stats" in unseen
    assert snapshot.statistics.server.transactions == ()


@pytest.mark.other_servers
@pytest.mark.parametrize("check", [never_analysed, grown, partitioned, rightless, applied_versions])
@pytest.mark.parametrize("major", [12, 13, 15])
def test_on_other_servers(check: Callable[[Server], None], major: int, server_of: Callable[[int], Server]) -> None:
    check(server_of(major))


def test_running_transactions_and_settings(postgres: Server) -> None:
    with database(postgres, "running") as session, postgres.connect("running") as other:
        session.execute("ALTER DATABASE running SET lock_timeout = '3s'")
        session.execute("ALTER ROLE app IN DATABASE running SET statement_timeout = '1min'")
        session.execute("ALTER DATABASE running SET application_name = 'hidden'")
        session.execute("BEGIN; SELECT 1")
        other.execute("BEGIN; SELECT 1")
        server = snapshot_of(postgres, "running").statistics.server
        other.execute("ROLLBACK")
        session.execute("ROLLBACK")
    assert len(server.transactions) == 2
    assert all(older >= younger >= 0 for older, younger in pairwise(server.transactions))
    assert server.version == postgres.major
    assert server.max_connections == 200
    assert server.setting("shared_buffers") == str(16 << 20)
    assert server.setting("lock_timeout") == "3"
    assert {(each.role, each.name, each.value) for each in server.role_settings} == {
        (None, "lock_timeout", "3s"),
        ("app", "statement_timeout", "1min"),
    }


def test_rates_from_two_looks(postgres: Server) -> None:
    with database(postgres, "rates", "CREATE TABLE t (a int); SELECT pg_stat_reset()"):
        once = snapshot_of(postgres, "rates")
        twice = snapshot_of(postgres, "rates", sample=0.6)
    assert table(once, "t").writes_per_second is None  # the statistics have just been reset
    assert any("--sample" in sentence for sentence in once.statistics.unseen)
    assert table(twice, "t").writes_per_second == 0
    assert not any("--sample" in sentence for sentence in twice.statistics.unseen)


@pytest.mark.parametrize(
    ("value", "unit", "base"),
    [("16384", "8kB", "134217728"), ("1000", "ms", "1"), ("-1", "ms", "-1"), ("5", "min", "300"), ("on", "", "on")],
)
def test_settings_are_in_bytes_and_seconds(value: str, unit: str, base: str) -> None:
    assert in_base_units(value, unit) == base


def test_secrets_in_definitions_are_masked(postgres: Server) -> None:
    script = """CREATE FUNCTION remote() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN PERFORM dblink_connect('host=x password=hunter2'); END $$"""
    with database(postgres, "secrets", script):
        text = written(snapshot_of(postgres, "secrets"))
    assert "remote" in text
    assert "hunter2" not in text


def test_no_value_of_a_row_is_in_the_file(postgres: Server) -> None:
    script = "CREATE TABLE t (name text); INSERT INTO t SELECT 'Ottilie' FROM generate_series(1, 100); ANALYZE t"
    assert "Ottilie" not in written(of(postgres, "values", script))


def test_a_variable_that_is_not_set() -> None:
    with pytest.raises(SetupError, match="the environment variable DB is not set"):
        capture("DB", environment={})


@pytest.mark.parametrize("given", ["postgres://me:hunter2@db.example/shop", "host=db password=hunter2", "hunter2@db"])
def test_a_url_in_place_of_a_variables_name_is_not_repeated(given: str) -> None:
    with pytest.raises(SetupError, match="not the name of an environment variable") as raised:
        capture(given, environment={})
    assert "hunter2" not in str(raised.value)


def test_what_is_no_connection_string_is_not_repeated() -> None:
    with pytest.raises(SetupError) as raised:
        capture("DB", environment={"DB": "hunter2 and more"})
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_server_that_is_not_there_says_so_without_the_password(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"postgresql+psycopg2://me:hunter%402@/shop?host={tmp_path_factory.mktemp('nothing')}"
    with pytest.raises(SetupError, match="cannot connect to the database") as raised:
        capture("DB", environment={"DB": url})
    assert "hunter" not in str(raised.value)
    assert url not in str(raised.value)
