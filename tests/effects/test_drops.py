"""DROP: what goes along, what stands in the way, and which other tables are locked for it."""

from __future__ import annotations

import pytest

from tests.effects.worlds import effect, locks, refusal, world

EXCLUSIVE = "ACCESS EXCLUSIVE"
SHOP = world(
    "CREATE TABLE users (id bigint PRIMARY KEY)",
    "CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint REFERENCES users)",
    "CREATE VIEW buyers AS SELECT user_id FROM orders",
)
EVENTS = world(
    "CREATE TABLE events (id bigint, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
    "CREATE TABLE january PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
    "CREATE TABLE others PARTITION OF events DEFAULT",
    "CREATE TABLE notes (id bigint, day date, FOREIGN KEY (id, day) REFERENCES events)",
)


def test_dropping_a_table_locks_the_table_that_its_foreign_key_references() -> None:
    assert locks("DROP TABLE orders CASCADE", SHOP) == dict.fromkeys(
        ("orders", "orders_pkey", "orders_id_seq", "users", "buyers"), EXCLUSIVE
    )


def test_a_dependant_needs_cascade() -> None:
    assert refusal("DROP TABLE orders", SHOP) == "2BP01 cannot drop table orders because other objects depend on it"


def test_tables_that_are_dropped_together_do_not_stand_in_each_others_way() -> None:
    schema = world("CREATE TABLE users (id int PRIMARY KEY)", "CREATE TABLE orders (u int REFERENCES users)")
    assert "2BP01" in refusal("DROP TABLE users", schema)
    assert set(locks("DROP TABLE users, orders", schema)) == {"users", "users_pkey", "orders"}


@pytest.mark.parametrize(("version", "also"), [(14, set()), (15, {"events"})])
def test_triggers_of_a_key_on_a_partitioned_table(version: int, also: set[str]) -> None:
    assert set(locks("DROP TABLE notes", EVENTS, version)) == {"notes", "january", "others"} | also


def test_dropping_a_partition_locks_its_parent_and_the_default_partition() -> None:
    schema = world(
        "CREATE TABLE events (day date) PARTITION BY RANGE (day)",
        "CREATE TABLE january PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
        "CREATE TABLE others PARTITION OF events DEFAULT",
    )
    assert locks("DROP TABLE january", schema) == dict.fromkeys(("january", "events", "others"), EXCLUSIVE)


def test_dropping_a_schema_reaches_tables_outside_of_it() -> None:
    schema = world(
        "CREATE TABLE users (id bigint PRIMARY KEY)",
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.orders (user_id bigint REFERENCES users)",
    )
    assert refusal("DROP SCHEMA shop", schema) == "2BP01 cannot drop schema shop because other objects depend on it"
    assert locks("DROP SCHEMA shop CASCADE", schema) == {"shop.orders": EXCLUSIVE, "users": EXCLUSIVE}


def test_a_type_takes_the_columns_of_its_kind_along() -> None:
    schema = world("CREATE TYPE mood AS ENUM ('good')", "CREATE TABLE users (mood mood)")
    assert "2BP01" in refusal("DROP TYPE mood", schema)
    assert locks("DROP TYPE mood CASCADE", schema) == {"users": EXCLUSIVE}


def test_if_exists_of_nothing_locks_nothing() -> None:
    assert effect("DROP TABLE IF EXISTS nothing", SHOP).locks == ()
