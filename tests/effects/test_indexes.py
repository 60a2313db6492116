"""CREATE, DROP and REINDEX INDEX."""

from __future__ import annotations

import pytest

from migsafe.model.effects import WorkKind
from tests.effects.worlds import effect, locks, refusal, work, world

USERS = world(
    "CREATE TABLE users (id bigint PRIMARY KEY, email text, city text)",
    "CREATE INDEX users_city_idx ON users (city)",
)
EVENTS = world(
    "CREATE TABLE events (id bigint, day date) PARTITION BY RANGE (day)",
    "CREATE TABLE january PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
    "CREATE TABLE february PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01')",
    "CREATE INDEX january_id_idx ON january (id)",
)


def test_create_index_stops_writers_and_reads_the_table() -> None:
    assert locks("CREATE INDEX ON users (email)", USERS) == {"users": "SHARE"}
    assert work(WorkKind.INDEX_BUILD, "CREATE INDEX ON users (email)", USERS) == ["users_email_idx"]
    assert work(WorkKind.SCAN, "CREATE INDEX ON users (email)", USERS) == ["users"]


def test_concurrently_lets_writers_work_but_waits_for_old_snapshots() -> None:
    found = effect("CREATE INDEX CONCURRENTLY ON users (email)", USERS)
    assert [lock.mode.manual_name for lock in found.locks] == ["SHARE UPDATE EXCLUSIVE"]
    assert (found.transactional, found.waits_for_snapshots) == (False, True)


def test_if_not_exists_takes_the_lock_to_do_nothing() -> None:
    sql = "CREATE INDEX IF NOT EXISTS users_city_idx ON users (city)"
    assert locks(sql, USERS) == {"users": "SHARE"}
    assert work(WorkKind.INDEX_BUILD, sql, USERS) == []


def test_a_partition_that_has_such_an_index_already_builds_none() -> None:
    sql = "CREATE INDEX ON events (id)"
    assert work(WorkKind.INDEX_BUILD, sql, EVENTS) == ["february_id_idx"]
    assert locks(sql, EVENTS)["january_id_idx"] == "SHARE"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE INDEX CONCURRENTLY ON events (id)", "0A000 cannot create index on partitioned table"),
        ("CREATE UNIQUE INDEX ON events (id)", "0A000 unique constraint on partitioned table must include"),
        ("CREATE INDEX ON events (nothing)", '42703 column "nothing" does not exist'),
        ("CREATE INDEX ON events ((now()))", "42P17 functions in index expression must be marked IMMUTABLE"),
    ],
)
def test_refused(sql: str, said: str) -> None:
    assert refusal(sql, EVENTS).startswith(said)


def test_dropping_an_index_locks_its_table() -> None:
    assert locks("DROP INDEX users_city_idx", USERS) == {
        "users": "ACCESS EXCLUSIVE",
        "users_city_idx": "ACCESS EXCLUSIVE",
    }
    assert locks("DROP INDEX CONCURRENTLY users_city_idx", USERS)["users"] == "SHARE UPDATE EXCLUSIVE"


def test_an_index_of_a_constraint_is_not_dropped_by_itself() -> None:
    said = "2BP01 cannot drop index users_pkey because constraint users_pkey on table users requires it"
    assert refusal("DROP INDEX users_pkey CASCADE", USERS) == said


@pytest.mark.parametrize("version", [13, 14])
def test_reindex_of_a_partitioned_table_does_nothing_before_14(version: int) -> None:
    found = effect("REINDEX TABLE events", EVENTS, version)
    assert found.transactional is (version < 14)
    assert len(found.relations(WorkKind.INDEX_BUILD)) == (0 if version < 14 else 1)


def test_reindex_concurrently_stops_writers_of_partitions_for_a_moment() -> None:
    assert locks("REINDEX TABLE CONCURRENTLY events", EVENTS, 16)["february"] == "SHARE"
