"""What the running transaction has done that its later statements stumble over, and what ends with it."""

from __future__ import annotations

import pytest

from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance
from tests.effects.worlds import effect, locks, refusal, statement, world

MOODS = ("CREATE TYPE mood AS ENUM ('sad')", "CREATE TABLE users (id bigint PRIMARY KEY, mood mood)", "COMMIT")
ORDERS = (
    "CREATE TABLE users (id bigint PRIMARY KEY)",
    "CREATE TABLE orders (id bigint, user_id bigint REFERENCES users DEFERRABLE INITIALLY DEFERRED)",
)
CHANGE = "ALTER TABLE orders ADD COLUMN note text"


@pytest.mark.parametrize(
    "use",
    [
        "ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'glad'",
        "UPDATE users SET mood = 'glad'",
        "INSERT INTO users VALUES (1, 'glad')",
        "SELECT 'glad'::mood",
        "DELETE FROM users WHERE mood = 'glad'",
    ],
)
def test_a_new_enum_value_waits_for_the_commit(use: str) -> None:
    added = (*MOODS, "ALTER TYPE mood ADD VALUE 'glad'")
    assert refusal(use, world(*added)) == '55P04 unsafe use of new value "glad" of enum type mood'
    assert effect(use, world(*added, "COMMIT"))
    assert effect(use.replace("glad", "sad"), world(*added))


def test_an_enum_of_the_same_transaction_can_be_used_from_17() -> None:
    schema = world("CREATE TYPE color AS ENUM ('red')", "ALTER TYPE color ADD VALUE 'green'")
    assert refusal("SELECT 'green'::color", schema, 16).startswith("55P04")
    assert effect("SELECT 'green'::color", schema, 17)


def test_rows_that_a_deferred_key_has_yet_to_check_stop_ddl() -> None:
    schema = world(*ORDERS, "INSERT INTO orders VALUES (1, 1)")
    assert refusal(CHANGE, schema) == '55006 cannot ALTER TABLE "orders" because it has pending trigger events'
    assert locks("SET CONSTRAINTS ALL IMMEDIATE", schema)["users"] == "ROW SHARE"
    assert effect(CHANGE, world(*ORDERS, "INSERT INTO orders VALUES (1, 1)", "SET CONSTRAINTS ALL IMMEDIATE"))
    assert effect(CHANGE, world(*ORDERS, "SET CONSTRAINTS ALL IMMEDIATE", "INSERT INTO orders VALUES (1, 1)"))


def test_a_key_that_is_set_to_immediate_by_its_name_has_looked() -> None:
    inserted = (*ORDERS, "INSERT INTO orders VALUES (1, 1)")
    assert effect(CHANGE, world(*inserted, "SET CONSTRAINTS orders_user_id_fkey IMMEDIATE"))
    assert refusal(CHANGE, world(*inserted, "SET CONSTRAINTS another_key IMMEDIATE")).startswith("55006")
    assert effect(CHANGE, world(*ORDERS, "SET CONSTRAINTS orders_user_id_fkey IMMEDIATE", *inserted[-1:]))


def test_rows_that_may_wait_refuse_nothing_and_are_looked_at_all_the_same() -> None:
    schema = world(*ORDERS, "UPDATE orders SET user_id = 2")
    assert effect(CHANGE, schema)
    assert locks("SET CONSTRAINTS ALL IMMEDIATE", schema)["users"] == "ROW SHARE"


def test_the_next_transaction_starts_afresh() -> None:
    schema = world(*ORDERS, "INSERT INTO orders VALUES (1, 1)")
    schema.next_transaction()
    assert effect(CHANGE, schema)


def test_an_open_cursor_stops_ddl_on_what_it_reads() -> None:
    opened = (*ORDERS, "DECLARE every_order CURSOR FOR SELECT * FROM orders")
    assert refusal(CHANGE, world(*opened)).startswith("55006")
    assert effect(CHANGE, world(*opened, "CLOSE every_order"))


def test_only_the_migration_that_emptied_the_path_sees_nothing() -> None:
    schema = world(*ORDERS, "SELECT set_config('search_path', '', false)")
    assert refusal(CHANGE, schema) == '42P01 relation "orders" does not exist'
    advance(schema, statement("SELECT 1"), Origin("the next migration"))
    assert effect(CHANGE, schema)
