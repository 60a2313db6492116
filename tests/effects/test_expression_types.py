"""What an expression is made of decides before any row does: its type, its calls, the casts and operators behind it."""

from __future__ import annotations

import pytest

from migsafe.effects.postgresql.facts import callable_facts, has_access_method, has_collation
from migsafe.model.effects import WorkKind
from tests.effects.worlds import effect, outcome, refusal, work, world

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, email text)"


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("rank integer DEFAULT now()", '42804 column "rank" is of type integer but default expression is of type'),
        ("active boolean DEFAULT 0", '42804 column "active" is of type boolean but default expression is of type'),
        ("total bigint DEFAULT count(*)", "42803 aggregate functions are not allowed in DEFAULT expressions"),
        ("place bigint DEFAULT row_number() OVER ()", "42P20 window functions are not allowed in DEFAULT expressions"),
        ("n bigint DEFAULT generate_series(1, 2)", "0A000 set-returning functions are not allowed in DEFAULT"),
    ],
)
def test_defaults_that_no_column_can_have(column: str, message: str) -> None:
    assert refusal(f"ALTER TABLE users ADD COLUMN {column}", world(USERS)).startswith(message)


@pytest.mark.parametrize(
    "column",
    [
        "day date DEFAULT now()",
        "n smallint DEFAULT nextval('users_id_seq')",
        "key text DEFAULT gen_random_uuid()",
        "price numeric(10, 2) DEFAULT 0",
        "tags text[] DEFAULT '{}'",
        "state somewhere.else DEFAULT lower('x')",
    ],
)
def test_defaults_that_convert_by_assignment_or_may_do_so(column: str) -> None:
    """Nothing is refused because of a type that is not certain."""
    assert effect(f"ALTER TABLE users ADD COLUMN {column}", world(USERS, closed=False))


def test_a_strict_function_of_null_is_never_called() -> None:
    history = ("CREATE SEQUENCE tickets", USERS)
    assert (
        work(WorkKind.REWRITE, "ALTER TABLE users ADD n bigint DEFAULT setval('tickets', NULL)", world(*history)) == []
    )
    assert work(WorkKind.REWRITE, "ALTER TABLE users ADD n bigint DEFAULT setval('tickets', 1)", world(*history)) == [
        "users"
    ]


def test_a_function_that_is_inlined_to_its_argument_converts_nothing() -> None:
    history = (USERS, "CREATE FUNCTION same(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'")
    change = "ALTER TABLE users ALTER COLUMN email TYPE text USING {}(email)"
    assert work(WorkKind.REWRITE, change.format("same"), world(*history)) == []
    assert work(WorkKind.REWRITE, change.format("upper"), world(*history)) == ["users"]


def test_casts_of_the_users_own_are_as_volatile_as_their_functions() -> None:
    make = "CREATE FUNCTION warm(integer) RETURNS heat LANGUAGE plpgsql {} AS 'BEGIN RETURN ROW($1); END'"
    cast = "CREATE CAST (integer AS heat) WITH FUNCTION warm(integer) AS ASSIGNMENT"
    add = "ALTER TABLE users ADD COLUMN warmth heat DEFAULT 4"
    kind = "CREATE TYPE heat AS (degrees integer)"
    assert work(WorkKind.REWRITE, add, world(USERS, kind, make.format("VOLATILE"), cast)) == ["users"]
    assert work(WorkKind.REWRITE, add, world(USERS, kind, make.format("STABLE"), cast)) == []


def test_what_callables_come_to_is_read_from_the_servers() -> None:
    now = callable_facts("now", 14)
    assert now is not None
    assert (now.kind, now.returns_set, now.strict, now.result) == ("function", False, True, "timestamptz")
    assert callable_facts("uuidv7", 17) is None
    assert has_collation("pg_c_utf8", 17)
    assert not has_collation("pg_c_utf8", 16)
    assert has_collation("de_DE.utf8", 12)
    assert not has_collation("no_such_collation", 18)
    assert has_access_method("brin", 12)
    assert not has_access_method("columnar", 18)


def test_an_open_world_may_have_any_collation_and_access_method() -> None:
    change = "ALTER TABLE users ALTER COLUMN email TYPE text COLLATE no_such_collation"
    assert refusal(change, world(USERS)).startswith("42704")
    assert effect(change, world(USERS, closed=False))
    assert outcome(change, world(USERS, 'CREATE COLLATION no_such_collation FROM "C"'))
