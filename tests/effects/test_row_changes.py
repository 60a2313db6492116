"""INSERT, UPDATE, DELETE: the rows' own tables, and those that foreign keys and triggers drag in."""

from __future__ import annotations

from migsafe.model.effects import WorkKind
from tests.effects.worlds import effect, locks, refusal, work, world

SHOP = world(
    "CREATE TABLE users (id bigint PRIMARY KEY, email text)",
    "CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE)",
    "CREATE TABLE payments (order_id bigint REFERENCES orders)",
)
PARTITIONED = world(
    "CREATE TABLE events (id bigint, kind text) PARTITION BY LIST (kind)",
    "CREATE TABLE clicks PARTITION OF events FOR VALUES IN ('click')",
    "CREATE TABLE views PARTITION OF events FOR VALUES IN ('view')",
)


def test_insert_leaves_the_indexes_of_its_table_unlocked() -> None:
    assert locks("INSERT INTO users VALUES (1, 'a')", SHOP) == {"users": "ROW EXCLUSIVE"}


def test_update_keeps_the_indexes_that_its_plan_looked_at() -> None:
    assert locks("UPDATE users SET email = 'b'", SHOP) == {"users": "ROW EXCLUSIVE", "users_pkey": "ROW EXCLUSIVE"}


def test_insert_looks_up_the_referenced_row_and_draws_from_the_sequence() -> None:
    assert locks("INSERT INTO orders (user_id) VALUES (1)", SHOP) == {
        "orders": "ROW EXCLUSIVE",
        "orders_id_seq": "ROW EXCLUSIVE",
        "users": "ROW SHARE",
        "users_pkey": "ROW SHARE",
    }


def test_a_key_that_is_null_looks_nothing_up() -> None:
    assert "users" not in locks("INSERT INTO orders (user_id) VALUES (NULL)", SHOP)
    assert "users" not in locks("INSERT INTO orders DEFAULT VALUES", SHOP)


def test_delete_cascades_and_searches_who_references_the_cascaded_rows() -> None:
    found = locks("DELETE FROM users WHERE id = 1", SHOP)
    assert found["orders"] == "ROW EXCLUSIVE"
    assert found["payments"] == "ROW SHARE"
    assert work(WorkKind.DATA, "DELETE FROM users WHERE id = 1", SHOP) == ["orders", "users"]


def test_update_of_other_columns_does_not_concern_who_references() -> None:
    assert "orders" not in locks("UPDATE users SET email = 'b'", SHOP)
    assert locks("UPDATE users SET id = 7", SHOP)["orders"] == "ROW SHARE"


def test_rows_go_to_the_partition_that_their_constants_name() -> None:
    assert locks("INSERT INTO events VALUES (1, 'click')", PARTITIONED) == {
        "events": "ROW EXCLUSIVE",
        "clicks": "ROW EXCLUSIVE",
    }


def test_rows_of_unknown_values_may_go_to_every_partition() -> None:
    found = effect("INSERT INTO events SELECT 1, 'click'", PARTITIONED)
    assert "rows go to every partition of public.events" in [a.what for a in found.assumptions]


def test_writing_straight_to_a_partition_reads_the_bound_in_its_parent() -> None:
    assert locks("UPDATE clicks SET id = 2", PARTITIONED)["events"] == "ACCESS SHARE"


def test_a_trigger_runs_its_function() -> None:
    schema = world(
        "CREATE TABLE users (id bigint)",
        "CREATE TABLE audit (what text)",
        "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO audit VALUES (''x''); RETURN NEW; END'",
        "CREATE TRIGGER log AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION log()",
    )
    assert locks("UPDATE users SET id = 1", schema) == {"users": "ROW EXCLUSIVE", "audit": "ROW EXCLUSIVE"}
    assert locks("DELETE FROM users", schema) == {"users": "ROW EXCLUSIVE"}


def test_explain_plans_and_explain_analyze_runs() -> None:
    planned = "EXPLAIN INSERT INTO orders (user_id) VALUES (1)"
    assert locks(planned, SHOP) == {"orders": "ROW EXCLUSIVE"}
    assert work(WorkKind.DATA, planned, SHOP) == []
    assert work(WorkKind.DATA, "EXPLAIN ANALYZE INSERT INTO orders (user_id) VALUES (1)", SHOP) == ["orders"]


def test_merge_is_not_known_before_15() -> None:
    sql = "MERGE INTO users u USING orders o ON o.user_id = u.id WHEN MATCHED THEN DELETE"
    assert refusal(sql, SHOP, 14) == '42601 syntax error at or near "MERGE"'
    assert locks(sql, SHOP, 15)["users"] == "ROW EXCLUSIVE"


def test_truncate_refuses_a_referenced_table_unless_who_references_is_emptied_too() -> None:
    assert refusal("TRUNCATE orders", SHOP) == "0A000 cannot truncate a table referenced in a foreign key constraint"
    assert work(WorkKind.EMPTY, "TRUNCATE orders, payments", SHOP) == ["orders", "payments"]
    assert work(WorkKind.EMPTY, "TRUNCATE users CASCADE", SHOP) == ["orders", "payments", "users"]
    assert locks("TRUNCATE orders, payments RESTART IDENTITY", SHOP)["orders_id_seq"] == "ACCESS EXCLUSIVE"
