"""A refusal is predicted only where it is certain: what real projects do must never be called impossible."""

from __future__ import annotations

import pytest

from migsafe.model.effects import Effect, Refusal
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from tests.effects.worlds import effect, outcome, refusal, world

USERS = "CREATE TABLE users (id int PRIMARY KEY, name text, created date, seen timestamptz, made timestamp)"
REQUIRED = "ALTER TABLE users ADD COLUMN kind text NOT NULL"


def test_column_that_a_view_names_cannot_be_dropped() -> None:
    schema = world(USERS, "CREATE VIEW v AS SELECT u.name FROM users u")
    assert "other objects depend on it" in refusal("ALTER TABLE users DROP COLUMN name", schema)


def test_column_that_a_view_does_not_name_can_be_dropped() -> None:
    schema = world(USERS, "CREATE VIEW v AS SELECT u.name FROM users u")
    assert isinstance(outcome("ALTER TABLE users DROP COLUMN created", schema), Effect)


def test_column_that_came_after_the_view_can_be_dropped_and_changed() -> None:
    schema = world(USERS, "CREATE VIEW v AS SELECT u.* FROM users u", "ALTER TABLE users ADD COLUMN age int")
    assert isinstance(outcome("ALTER TABLE users DROP COLUMN age", schema), Effect)
    assert isinstance(outcome("ALTER TABLE users ALTER COLUMN age TYPE bigint", schema), Effect)


def test_doubt_about_a_view_is_an_assumption() -> None:
    schema = world("CREATE VIEW v AS SELECT * FROM users", closed=False)
    predicted = effect("ALTER TABLE users DROP COLUMN name", schema)
    assert any("the view public.v does not use" in assumption.what for assumption in predicted.assumptions)


def test_cascade_locks_a_view_that_may_go() -> None:
    schema = world("CREATE VIEW v AS SELECT * FROM users", closed=False)
    predicted = effect("ALTER TABLE users DROP COLUMN name CASCADE", schema)
    assert predicted.lock_on(Name("public", "v")) is LockMode.ACCESS_EXCLUSIVE


def test_view_of_all_columns_can_be_replaced_by_one_that_lists_them() -> None:
    schema = world("CREATE TABLE t (a int, b text)", "CREATE VIEW v AS SELECT * FROM t")
    assert isinstance(outcome("CREATE OR REPLACE VIEW v AS SELECT a, b, 1 AS c FROM t", schema), Effect)
    assert "cannot drop columns" in refusal("CREATE OR REPLACE VIEW v AS SELECT a FROM t", schema)
    assert "from text to integer" in refusal("CREATE OR REPLACE VIEW v AS SELECT a, a AS b FROM t", schema)


@pytest.mark.parametrize(
    "rows",
    [
        "INSERT INTO users (id) VALUES (1)",
        "INSERT INTO users (id) SELECT n FROM generate_series(1, 9) n",
    ],
)
def test_rows_that_are_certainly_there_fail_a_required_column(rows: str) -> None:
    assert "contains null values" in refusal(REQUIRED, world(USERS, rows))


@pytest.mark.parametrize(
    "rows",
    [
        ("INSERT INTO users (id) SELECT id FROM others",),
        ("INSERT INTO users (id) SELECT n FROM generate_series(1, 9) n WHERE n > 10",),
        ("INSERT INTO users (id) VALUES (1)", "DELETE FROM users"),
        ("INSERT INTO users (id) VALUES (1)", "TRUNCATE users"),
    ],
)
def test_rows_that_may_be_gone_or_never_came_fail_nothing(rows: tuple[str, ...]) -> None:
    assert isinstance(outcome(REQUIRED, world(USERS, *rows)), Effect)


@pytest.mark.parametrize("column", ["created", "made"])
def test_the_column_chooses_the_overload_in_an_index(column: str) -> None:
    assert isinstance(outcome(f"CREATE INDEX ON users (date({column}))", world(USERS)), Effect)


def test_a_mutable_overload_is_refused_in_an_index() -> None:
    assert "IMMUTABLE" in refusal("CREATE INDEX ON users (date(seen))", world(USERS))


def test_an_argument_of_unknown_type_may_have_an_immutable_overload() -> None:
    assert isinstance(outcome("CREATE INDEX ON t (date(a))", world(closed=False)), Effect)


def test_a_function_that_returns_a_type_of_the_users_can_be_replaced() -> None:
    schema = world("CREATE TYPE pair AS (a int, b int)", "CREATE FUNCTION f(text) RETURNS pair LANGUAGE sql AS ''")
    assert isinstance(outcome("CREATE OR REPLACE FUNCTION f(text) RETURNS pair LANGUAGE plpgsql AS ''", schema), Effect)
    replaced = "CREATE OR REPLACE FUNCTION f(text) RETURNS int LANGUAGE plpgsql AS ''"
    assert "cannot change return type" in refusal(replaced, schema)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t AS SELECT * FROM (SELECT 1)",
        "INSERT INTO users (id) SELECT * FROM (VALUES (1))",
        "UPDATE users SET name = '' FROM (SELECT 1)",
    ],
)
def test_sub_queries_need_names_up_to_15(sql: str) -> None:
    assert "must have an alias" in refusal(sql, world(USERS), 15)
    assert not isinstance(outcome(sql, world(USERS), 16), Refusal)


def test_dropping_a_column_that_is_perhaps_there_drops_its_key() -> None:
    key = "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id)"
    schema = world(key, closed=False)  # a key on a column that no statement of the history made
    predicted = effect("ALTER TABLE orders DROP COLUMN user_id", schema)
    assert predicted.lock_on(Name("public", "users")) is LockMode.ACCESS_EXCLUSIVE
