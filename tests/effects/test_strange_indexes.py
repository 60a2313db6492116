"""Indexes that a snapshot lists and the migrations did not make: they take their time and their place."""

from __future__ import annotations

import pytest

from migsafe.effects.capacity import capacity
from migsafe.effects.duration import timed
from migsafe.model.constants import DEFAULTS
from migsafe.model.duration import Bytes, Seconds
from migsafe.model.names import Name
from migsafe.model.statistics import IndexStatistics, Statistics, TableStatistics
from migsafe.schema.origin import Origin
from migsafe.schema.schema import Schema
from tests.effects import worlds

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, total int)"
BY_HAND = IndexStatistics(name=Name("public", "made_by_hand"), bytes=400_000_000)
KEY = IndexStatistics(name=Name("public", "orders_pkey"), bytes=220_000_000)
RETYPE = "ALTER TABLE orders ALTER COLUMN total TYPE bigint"


def sizes(*indexes: IndexStatistics) -> Statistics:
    table = TableStatistics(name=Name("public", "orders"), rows=10_000_000, heap_bytes=500_000_000, indexes=indexes)
    return Statistics(tables=(table,))


def history(*statements: str, closed: bool = False) -> Schema:
    schema = worlds.world(*statements)
    schema.closed = closed
    schema.start_migration(Origin("now"))
    return schema


def seconds(sql: str, statistics: Statistics, schema: Schema) -> Seconds:
    effect = timed(worlds.effect(sql, schema), worlds.statement(sql), schema, statistics, DEFAULTS, 3.0)
    assert effect.seconds is not None
    return effect.seconds


def disk(sql: str, statistics: Statistics, schema: Schema) -> Bytes:
    effect = timed(worlds.effect(sql, schema), worlds.statement(sql), schema, statistics, DEFAULTS, 3.0)
    found = capacity(effect, worlds.statement(sql), schema, statistics, DEFAULTS).disk
    assert found is not None
    return found


@pytest.mark.parametrize("sql", [RETYPE, "VACUUM FULL orders", "UPDATE orders SET total = 0"])
@pytest.mark.parametrize("statements", [(ORDERS,), ()], ids=["history", "nothing known"])
def test_they_take_time_wherever_all_indexes_do(sql: str, statements: tuple[str, ...]) -> None:
    without = seconds(sql, sizes(KEY), history(*statements))
    assert seconds(sql, sizes(KEY, BY_HAND), history(*statements)).expected > 1.1 * without.expected


def test_a_rewrite_needs_room_for_them() -> None:
    more = (
        disk(RETYPE, sizes(KEY, BY_HAND), history(ORDERS)).expected - disk(RETYPE, sizes(KEY), history(ORDERS)).expected
    )
    assert more == pytest.approx(BY_HAND.bytes)


@pytest.mark.parametrize("sql", ["ALTER TABLE orders SET TABLESPACE fast", "ALTER TABLE orders ADD CHECK (total > 0)"])
def test_what_does_not_touch_indexes_takes_no_longer(sql: str) -> None:
    assert seconds(sql, sizes(KEY, BY_HAND), history(ORDERS)) == seconds(sql, sizes(KEY), history(ORDERS))


def test_one_that_the_history_drops_is_none() -> None:
    dropped = history(ORDERS, "DROP INDEX made_by_hand")
    assert seconds(RETYPE, sizes(KEY, BY_HAND), dropped) == seconds(RETYPE, sizes(KEY), dropped)


def test_a_schema_that_is_known_in_full_has_none() -> None:
    schema = history(ORDERS, closed=True)
    assert seconds(RETYPE, sizes(KEY, BY_HAND), schema) == seconds(RETYPE, sizes(KEY), schema)


def test_a_table_that_the_migration_makes_anew_has_none() -> None:
    assert seconds(RETYPE, sizes(BY_HAND), worlds.world(ORDERS)).expected < 1.0
