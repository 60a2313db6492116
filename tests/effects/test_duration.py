"""The time model: what follows from sizes, whatever the constants are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migsafe.effects.duration import timed
from migsafe.effects.duration.index_builds import workers
from migsafe.effects.duration.moment import Moment
from migsafe.effects.duration.ranges import WIDEST
from migsafe.effects.duration.selectivity import selected
from migsafe.effects.duration.sizes import Sizes
from migsafe.model.constants import DEFAULTS
from migsafe.model.effects import Effect, Work, WorkKind
from migsafe.model.migration import Certainty
from migsafe.model.names import Name
from migsafe.model.operations import Update
from migsafe.model.statistics import (
    NO_STATISTICS,
    ColumnStatistics,
    ServerStatistics,
    Statistics,
    TableStatistics,
)
from migsafe.schema.origin import Origin
from migsafe.schema.schema import Schema
from tests.effects import worlds

TABLES = (
    "CREATE TABLE users (id bigint PRIMARY KEY, email text, data jsonb, score int)",
    "CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint, total numeric, created timestamptz DEFAULT now())",
    "CREATE INDEX orders_user ON orders (user_id)",
    "CREATE TABLE parents (id int PRIMARY KEY)",
    "CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents ON DELETE CASCADE)",
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID",
    "ALTER TABLE orders ADD CONSTRAINT buyer FOREIGN KEY (user_id) REFERENCES users NOT VALID",
)
STATEMENTS = (
    "ALTER TABLE orders ALTER COLUMN total SET NOT NULL",
    "ALTER TABLE orders VALIDATE CONSTRAINT positive",
    "ALTER TABLE orders VALIDATE CONSTRAINT buyer",
    "ALTER TABLE orders ADD CHECK (total >= 0 AND length(total::text) < 20)",
    "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users",
    "ALTER TABLE orders ALTER COLUMN total TYPE double precision",
    "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE orders ADD UNIQUE (user_id, created)",
    "ALTER TABLE orders SET UNLOGGED",
    "CREATE INDEX ON orders (total)",
    "CREATE INDEX CONCURRENTLY ON orders (created)",
    "CREATE INDEX ON orders (user_id) WHERE total > 10",
    "CREATE INDEX ON users USING gin (data)",
    "CREATE INDEX ON orders USING brin (created)",
    "CREATE INDEX ON users (lower(email))",
    "REINDEX TABLE orders",
    "VACUUM FULL orders",
    "CLUSTER orders USING orders_user",
    "UPDATE orders SET total = 0",
    "UPDATE orders SET total = 0 WHERE total IS NULL",
    "DELETE FROM orders WHERE total < 1",
    "DELETE FROM users",
    "INSERT INTO orders SELECT * FROM orders",
    "MERGE INTO orders o USING users u ON o.user_id = u.id WHEN MATCHED THEN UPDATE SET total = 1",
    "DELETE FROM parents",
    "DROP TABLE orders",
    "TRUNCATE orders",
    "VACUUM orders",
    "ANALYZE orders",
    "DROP INDEX orders_user",
    "CREATE TABLE copies AS SELECT * FROM orders",
)


def aged(*history: str) -> Schema:
    """A world that earlier deploys made: its tables may hold rows."""
    schema = worlds.world(*history)
    schema.start_migration(Origin("now"))
    return schema


_WORLD = aged(*TABLES)


def sized(rows: float) -> Statistics:
    tables = (
        TableStatistics(name=Name("public", name), rows=rows) for name in ("users", "orders", "parents", "children")
    )
    return Statistics(tables=tuple(tables))


def times(sql: str, statistics: Statistics, growth: float = 3.0, schema: Schema | None = None) -> Effect:
    schema = schema or _WORLD
    return timed(worlds.effect(sql, schema), worlds.statement(sql), schema, statistics, DEFAULTS, growth)


def expected(sql: str, statistics: Statistics) -> float:
    seconds = times(sql, statistics).seconds
    assert seconds is not None, sql
    return seconds.expected


@pytest.mark.parametrize("sql", STATEMENTS)
def test_a_range_is_in_order_and_never_wider_than_it_may_be(sql: str) -> None:
    found = times(sql, sized(3_000_000))
    for seconds in (found.seconds, *(work.seconds for work in found.work), *(work.grown for work in found.work)):
        assert seconds is not None
        assert seconds.low <= seconds.expected <= seconds.high
        assert seconds.high <= seconds.low * WIDEST * 1.0001


@pytest.mark.parametrize("sql", STATEMENTS)
def test_more_rows_are_never_faster(sql: str) -> None:
    ladder = [expected(sql, sized(rows)) for rows in (0, 1, 10, 1000, 50_000, 300_000, 1e6, 2e6, 5e6, 5e7, 1e9)]
    assert ladder == sorted(ladder)
    assert ladder[-1] > ladder[0]


@pytest.mark.parametrize("sql", STATEMENTS)
@given(rows=st.floats(1000, 1e9), growth=st.floats(1, 10))
def test_growth_is_never_faster(sql: str, rows: float, growth: float) -> None:
    found = times(sql, sized(rows), growth, _WORLD)
    for work in found.work:
        assert work.seconds is not None
        assert work.grown is not None
        assert work.grown.expected >= work.seconds.expected * 0.9999


@pytest.mark.parametrize("sql", STATEMENTS)
def test_an_unknown_size_stays_unknown(sql: str) -> None:
    found = times(sql, NO_STATISTICS)
    assert found.seconds is None
    never_analysed = Statistics(tables=tuple(table.replace(rows=None) for table in sized(0).tables))
    assert times(sql, never_analysed).seconds is None


def test_what_changes_only_the_catalog_has_a_floor_and_needs_no_size() -> None:
    found = times("ALTER TABLE orders ALTER COLUMN total SET DEFAULT 0", NO_STATISTICS)
    assert found.seconds is not None
    assert 0 < found.seconds.expected < 0.1


def test_a_table_that_the_deploy_made_is_empty() -> None:
    found = times("CREATE INDEX ON fresh (a)", NO_STATISTICS, schema=worlds.world("CREATE TABLE fresh (a int)"))
    assert found.seconds is not None
    assert found.seconds.expected < 0.1


def test_the_parts_add_up_to_the_statement() -> None:
    found = times("ALTER TABLE orders ALTER COLUMN total TYPE double precision", sized(1e6))
    assert found.seconds is not None
    parts = [work.seconds.expected for work in found.work if work.seconds is not None]
    assert len(parts) == len(found.work) > 2
    assert found.seconds.expected == pytest.approx(sum(parts) + DEFAULTS.statement)


def of_kind(found: Effect, kind: WorkKind) -> Work:
    (work,) = (work for work in found.work if work.kind is kind)
    return work


def test_a_pattern_costs_more_than_a_null_test_and_text_more_than_numbers() -> None:
    size = sized(5e6)
    null_test = expected("ALTER TABLE users ALTER COLUMN email SET NOT NULL", size)
    assert expected("ALTER TABLE users ADD CHECK (email ~ '^[a-z]+@')", size) > 2 * null_test
    assert expected("CREATE INDEX ON users (email)", size) > 1.2 * expected("CREATE INDEX ON users (score)", size)
    assert expected("CREATE INDEX CONCURRENTLY ON users (score)", size) > expected(
        "CREATE INDEX ON users (score)", size
    )


def test_rows_that_reference_deleted_ones_are_searched_for_without_an_index() -> None:
    size = sized(1e6)
    with_index = expected("DELETE FROM users", size)
    schema = aged(*TABLES, "DROP INDEX orders_user")
    without = times("DELETE FROM users", size, schema=schema).seconds
    assert without is not None
    assert without.expected > 100 * with_index


def test_a_loop_over_rows_has_no_time() -> None:
    schema = aged(*TABLES)
    sql = "UPDATE orders SET total = 0"
    looped = worlds.statement(sql).replace(certainty=Certainty.DATA_LOOP)
    found = timed(worlds.effect(sql, schema), looped, schema, sized(1e6), DEFAULTS, 3)
    assert found.seconds is None


def with_settings(**settings: str) -> Statistics:
    return sized(5e6).replace(server=ServerStatistics(settings=tuple(sorted(settings.items()))))


def test_a_server_that_does_not_flush_is_faster() -> None:
    sql = "CREATE INDEX ON orders (total)"
    assert expected(sql, with_settings(fsync="off")) < expected(sql, with_settings(fsync="on"))


def test_memory_for_the_sort_and_workers_make_an_index_build_faster() -> None:
    sql = "CREATE INDEX ON orders (total)"
    little = expected(sql, with_settings(maintenance_work_mem=str(16 << 20)))
    much = expected(sql, with_settings(maintenance_work_mem=str(4 << 30)))
    alone = expected(sql, with_settings(maintenance_work_mem=str(4 << 30), max_parallel_maintenance_workers="0"))
    assert much < alone < little


@pytest.mark.parametrize(
    ("heap_bytes", "memory", "limit", "wanted"),
    [
        (7 << 20, 1 << 30, 8, 0),
        (8 << 20, 1 << 30, 8, 1),
        (24 << 20, 1 << 30, 8, 2),
        (72 << 20, 1 << 30, 8, 3),
        (1 << 30, 64 << 20, 8, 1),
        (1 << 30, 63 << 20, 8, 0),
        (1 << 30, 1 << 30, 2, 2),
    ],
)
def test_workers_are_counted_as_the_planner_counts_them(heap_bytes: int, memory: int, limit: int, wanted: int) -> None:
    statistics = with_settings(maintenance_work_mem=str(memory), max_parallel_maintenance_workers=str(limit))
    at = Moment(Effect(), worlds.statement("SELECT 1"), Sizes(_WORLD, statistics), DEFAULTS)
    assert workers(heap_bytes, at) == wanted


def test_a_partition_of_which_only_the_whole_is_known_has_its_share() -> None:
    schema = aged(
        "CREATE TABLE events (at int, a int) PARTITION BY RANGE (at)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1)",
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (1) TO (2)",
    )
    statistics = Statistics(tables=(TableStatistics(name=Name("public", "events"), rows=8e6),))
    size = Sizes(schema, statistics).table(Name("public", "events_1"))
    assert size is not None
    assert size.rows == 4e6


def of_column(**known: float) -> Statistics:
    (users, orders, *others) = sized(5e6).tables
    column = ColumnStatistics(name="total").replace(**known)
    return Statistics(tables=(users, orders.replace(columns=(column,)), *others))


@pytest.mark.parametrize(
    ("condition", "statistics", "low", "high"),
    [
        ("total IS NULL", of_column(nulls=0.25), 0.25, 0.25),
        ("total IS NOT NULL", of_column(nulls=0.25), 0.75, 0.75),
        ("total = 7", of_column(distinct=50.0), 0.02, 0.02),
        ("total = 7 AND total IS NOT NULL", of_column(distinct=50.0, nulls=0.5), 0.01, 0.01),
        ("total < 7", of_column(distinct=50.0), 0.3, 0.7),
        ("total IS NULL", sized(5e6), 0.3, 0.7),
    ],
)
def test_statistics_of_a_column_say_which_share_a_condition_keeps(
    condition: str, statistics: Statistics, low: float, high: float
) -> None:
    at = Moment(Effect(), worlds.statement("SELECT 1"), Sizes(_WORLD, statistics), DEFAULTS)
    (update,) = worlds.statement(f"UPDATE orders SET total = 1 WHERE {condition}").operations
    assert isinstance(update, Update)
    share = selected(update.where, Name("public", "orders"), at)
    assert low <= round(share.expected, 6) <= high
    assert share.low <= share.expected <= share.high <= 1


def test_values_out_of_line_cost_their_bytes_when_they_are_looked_at_and_not_otherwise() -> None:
    (users, *others) = sized(1e6).tables
    statistics = Statistics(tables=(users.replace(heap_bytes=100_000_000, toast_bytes=3_000_000_000), *others))
    looked_at = expected("ALTER TABLE users ADD CHECK (data ? 'a')", statistics)
    assert looked_at > 5 * expected("ALTER TABLE users ADD CHECK (score > 0)", statistics)
    assert expected("VACUUM FULL users", statistics) > 5 * expected("VACUUM FULL users", sized(1e6))


def test_a_foreign_key_to_few_rows_is_checked_faster_than_one_to_many() -> None:
    (users, *others) = sized(5e6).tables
    few = Statistics(tables=(users.replace(rows=100.0), *others))
    sql = "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users"
    assert expected(sql, few) < 0.6 * expected(sql, sized(5e6))


def test_a_table_that_is_seldom_in_the_cache_is_read_more_slowly() -> None:
    sql = "ALTER TABLE orders ALTER COLUMN total SET NOT NULL"
    (users, orders, *others) = sized(5e6).tables
    cold = Statistics(tables=(users, orders.replace(cache_hit_share=0.2), *others))
    warm = Statistics(tables=(users, orders.replace(cache_hit_share=0.99), *others))
    assert expected(sql, cold) > 1.5 * expected(sql, warm) == 1.5 * expected(sql, sized(5e6))
