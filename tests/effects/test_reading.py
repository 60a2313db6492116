"""How far statements lock what a query reads: names, what views stand for, partitions and indexes."""

from __future__ import annotations

import pytest

from migsafe.model.effects import WorkKind
from tests.effects.worlds import effect, locks, refusal, work, world

USERS = world(
    "CREATE TABLE users (id bigint PRIMARY KEY, email text)",
    "CREATE VIEW emails AS SELECT email FROM users",
)
EVENTS = world(
    "CREATE TABLE events (id bigint, day date) PARTITION BY RANGE (day)",
    "CREATE INDEX events_day_idx ON events (day)",
    "CREATE TABLE january PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
    "CREATE TABLE february PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
)


def test_a_query_locks_views_tables_and_every_index() -> None:
    assert locks("SELECT * FROM emails", USERS) == {
        "emails": "ACCESS SHARE",
        "users": "ACCESS SHARE",
        "users_pkey": "ACCESS SHARE",
    }


def test_creating_a_view_locks_only_what_its_text_names() -> None:
    assert locks("CREATE VIEW copy AS SELECT * FROM emails", USERS) == {"emails": "ACCESS SHARE"}


def test_preparing_a_statement_expands_views_but_plans_nothing() -> None:
    assert locks("PREPARE p AS SELECT * FROM emails", USERS) == {"emails": "ACCESS SHARE", "users": "ACCESS SHARE"}


def test_locking_rows_takes_row_share_behind_a_view_as_well() -> None:
    assert set(locks("SELECT * FROM emails FOR UPDATE", USERS).values()) == {"ROW SHARE"}


def test_a_constant_on_the_partition_key_leaves_the_other_partitions_alone() -> None:
    assert locks("SELECT * FROM events WHERE day = '2024-01-15'", EVENTS) == {
        "events": "ACCESS SHARE",
        "events_day_idx": "ACCESS SHARE",
        "january": "ACCESS SHARE",
        "january_day_idx": "ACCESS SHARE",
    }


@pytest.mark.parametrize(("version", "looked_at"), [(15, False), (16, True)])
def test_the_index_of_a_partitioned_table_is_looked_at_from_16(version: int, looked_at: bool) -> None:
    assert ("events_day_idx" in locks("SELECT * FROM events", EVENTS, version)) is looked_at


def test_create_table_as_reads_its_tables_in_full_unless_it_makes_nothing() -> None:
    assert work(WorkKind.SCAN, "CREATE TABLE copy AS SELECT * FROM emails", USERS) == ["users"]
    assert work(WorkKind.SCAN, "CREATE TABLE copy AS SELECT * FROM emails WITH NO DATA", USERS) == []
    assert work(WorkKind.SCAN, "CREATE TABLE IF NOT EXISTS users AS SELECT * FROM emails", USERS) == []


def test_a_missing_table_is_refused_in_a_closed_world_and_assumed_in_an_open_one() -> None:
    assert refusal("SELECT * FROM people", USERS) == '42P01 relation "people" does not exist'
    assumptions = effect("SELECT * FROM people", world(closed=False)).assumptions
    assert [a.what for a in assumptions] == ["public.people exists; its columns, indexes and dependants are unknown"]


def test_words_in_the_brackets_of_a_type_are_no_columns_of_a_view() -> None:
    """PostGIS: `geometry(Point, 4326)`."""
    assert effect("CREATE VIEW places AS SELECT email::geometry(Point, 4326) FROM users", USERS).locks
