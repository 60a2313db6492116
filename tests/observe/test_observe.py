from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tools.observe.binaries import MAJORS
from tools.observe.observation import DataChange, Observation, ObservationError
from tools.observe.observe import Observatory, observatory
from tools.observe.servers import Server

SETUP = """
CREATE TABLE users (id bigint PRIMARY KEY, email text, age int);
CREATE UNIQUE INDEX users_email_idx ON users (email);
INSERT INTO users SELECT n, 'user' || n, 30 FROM generate_series(1, 10) n;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE);
INSERT INTO orders SELECT n, n FROM generate_series(1, 10) n;
CREATE TABLE "Odd name" (id int);
CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) FROM users GROUP BY age;
CREATE TABLE events (id int, kind int) PARTITION BY LIST (kind);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
CREATE INDEX events_id_idx ON events (id);
INSERT INTO events SELECT n, 1 + n % 2 FROM generate_series(1, 10) n;
"""

Observe = Callable[..., Observation]


@pytest.fixture(scope="module")
def place(postgres: Server) -> Iterator[Observatory]:
    with observatory(postgres) as place:
        yield place


@pytest.fixture
def observe(place: Observatory) -> Observe:
    def observe(statement: str, before: str = "") -> Observation:
        return place.observe(SETUP, statement, before)

    return observe


def modes(observation: Observation) -> dict[str, str]:
    return {lock.relation.removeprefix("public."): lock.mode.removesuffix("Lock") for lock in observation.locks}


def test_locks_of_both_sides_of_a_foreign_key(observe: Observe) -> None:
    seen = observe("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users")
    assert modes(seen)["orders"] == "ShareRowExclusive"
    assert modes(seen)["users"] == "ShareRowExclusive"
    assert seen.scans == ("public.orders", "public.users")
    assert seen.transactional


def test_a_rewrite_reads_the_table_and_builds_its_indexes(observe: Observe) -> None:
    seen = observe("ALTER TABLE users ADD COLUMN token float DEFAULT random()")
    assert seen.rewrites == seen.scans == ("public.users",)
    assert seen.index_builds == ("public.users_email_idx", "public.users_pkey")
    assert seen.data == ()


def test_an_index_that_keeps_its_file_is_not_built(observe: Observe) -> None:
    assert observe("ALTER TABLE users ALTER COLUMN email TYPE varchar").index_builds == ()


def test_truncate_empties_and_does_not_rewrite(observe: Observe) -> None:
    seen = observe("TRUNCATE users CASCADE")
    assert seen.empties == ("public.orders", "public.users")
    assert (seen.rewrites, seen.scans, seen.index_builds) == ((), (), ())


def test_truncate_of_a_table_of_the_same_transaction_is_seen(observe: Observe) -> None:
    seen = observe("TRUNCATE fresh", before="CREATE TABLE fresh AS SELECT 1 AS one")
    assert seen.empties == ("public.fresh",)


def test_dml_shows_its_changes_and_cascades_but_not_its_reads(observe: Observe) -> None:
    seen = observe("DELETE FROM users WHERE age = 30")
    assert seen.data == (DataChange("public.orders", "delete"), DataChange("public.users", "delete"))
    assert seen.scans == ()


def test_ddl_inside_a_block_shows_its_reads(observe: Observe) -> None:
    seen = observe("""DO $$ BEGIN
        UPDATE "Odd name" SET id = 1 FROM orders;
        ALTER TABLE users ADD CHECK (age > 0);
        CREATE INDEX ON events (kind);
    END $$""")
    assert seen.scans == ("public.events_1", "public.events_2", "public.users")
    assert seen.index_builds == ("public.events_1_kind_idx", "public.events_2_kind_idx")


def test_foreign_keys_inside_a_block_show_both_sides(observe: Observe) -> None:
    seen = observe("DO $$ BEGIN ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES users; END $$")
    assert seen.scans == ("public.orders", "public.users")


def test_refresh_reads_the_source_and_replaces_the_view(observe: Observe) -> None:
    seen = observe("REFRESH MATERIALIZED VIEW ages")
    assert (seen.scans, seen.rewrites, seen.data) == (("public.users",), ("public.ages",), ())


def test_copying_to_another_tablespace_rewrites(observe: Observe) -> None:
    seen = observe("ALTER TABLE users SET TABLESPACE other_space")
    assert seen.rewrites == seen.scans == ("public.users",)


def test_names_are_quoted_where_they_must_be(observe: Observe) -> None:
    assert modes(observe('DROP TABLE "Odd name"')) == {'"Odd name"': "AccessExclusive"}


def test_what_earlier_statements_hold_is_told_apart(observe: Observe) -> None:
    seen = observe("ALTER TABLE users ALTER COLUMN age SET NOT NULL", before="SELECT FROM orders LIMIT 1")
    held = {lock.relation: lock.mode for lock in seen.held}
    assert held == {"public.orders": "AccessShareLock", "public.orders_pkey": "AccessShareLock"}
    assert modes(seen)["users"] == "AccessExclusive"


def test_tables_of_earlier_statements_exist(observe: Observe) -> None:
    seen = observe("CREATE INDEX ON fresh (a)", before="CREATE TABLE fresh (a int)")
    assert seen.index_builds == ("public.fresh_a_idx",)


def test_a_refusal_has_its_code_and_no_effects(observe: Observe) -> None:
    seen = observe("ALTER TABLE users ADD COLUMN age int")
    assert seen.error is not None
    assert seen.error.sqlstate == "42701"
    assert seen.locks == ()


def test_cases_do_not_see_each_other(observe: Observe) -> None:
    assert observe("CREATE INDEX twice ON users (age)") == observe("CREATE INDEX twice ON users (age)")
    assert observe("VACUUM FULL orders") == observe("VACUUM FULL orders")


def test_a_concurrent_build_waits_for_snapshots(observe: Observe) -> None:
    seen = observe("CREATE INDEX CONCURRENTLY users_age_idx ON users (age)")
    assert modes(seen) == {"users": "ShareUpdateExclusive"}
    assert seen.index_builds == ("public.users_age_idx",)
    assert seen.scans == ("public.users",)
    assert seen.waits_for_snapshots
    assert not seen.transactional


def test_the_last_lock_of_a_concurrent_drop_is_seen(observe: Observe) -> None:
    seen = observe("DROP INDEX CONCURRENTLY users_email_idx")
    assert modes(seen) == {"users": "ShareUpdateExclusive", "users_email_idx": "AccessExclusive"}
    assert not seen.waits_for_snapshots


def test_locks_that_are_released_on_the_way_are_seen(observe: Observe) -> None:
    seen = modes(observe("REINDEX TABLE CONCURRENTLY events"))
    assert seen["events"] == "ShareUpdateExclusive"
    assert seen["events_1"] == seen["events_2"] == "Share", "taken for a moment, to list the partitions"
    assert seen["events_1_id_idx"] == "AccessExclusive"


def test_a_lock_that_is_taken_only_if_it_is_free_is_seen(place: Observatory) -> None:
    setup = "CREATE TABLE big AS SELECT repeat('x', 500) FROM generate_series(1, 3000); DELETE FROM big"
    assert modes(place.observe(setup, "VACUUM big")) == {"big": "AccessExclusive"}, "to cut off the empty tail"


def test_a_statement_in_a_transaction_may_wait_for_snapshots(place: Observatory) -> None:
    """As a DETACH CONCURRENTLY leaves the partition that was interrupted."""
    setup = f"{SETUP}; UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'events_1'::regclass"
    seen = place.observe(setup, "ALTER TABLE events DETACH PARTITION events_1 FINALIZE")
    assert seen.transactional
    assert seen.waits_for_snapshots
    assert modes(seen)["events_1"] == "AccessExclusive"


def test_every_transaction_of_a_procedure_is_seen(place: Observatory) -> None:
    setup = f"""{SETUP};
        CREATE PROCEDURE work() LANGUAGE plpgsql AS $$ BEGIN
            UPDATE users SET age = 31; COMMIT; ALTER TABLE orders ADD COLUMN note text; COMMIT;
        END $$"""
    seen = place.observe(setup, "CALL work()")
    assert not seen.transactional
    assert (modes(seen)["users"], modes(seen)["orders"]) == ("RowExclusive", "AccessExclusive")
    assert seen.data == (DataChange("public.users", "update"),)


def test_setups_are_cut_into_statements_by_the_grammar(place: Observatory) -> None:
    setup = "CREATE FUNCTION one() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; CREATE TABLE t (a int)"
    assert modes(place.observe(setup, "DROP TABLE t")) == {"t": "AccessExclusive"}


def test_a_refusal_outside_a_transaction(observe: Observe) -> None:
    seen = observe("CREATE INDEX CONCURRENTLY ON events (kind)")
    assert seen.error is not None
    assert seen.error.sqlstate == "0A000"


def test_no_transaction_is_left_after_an_earlier_statement(observe: Observe) -> None:
    seen = observe("VACUUM users", before="SELECT 1")
    assert seen.error is not None
    assert seen.error.sqlstate == "25001"


def test_a_setup_that_fails_is_an_error_of_the_case(place: Observatory) -> None:
    with pytest.raises(ObservationError, match="does_not_exist"):
        place.observe("SELECT * FROM does_not_exist", "SELECT 1")


def test_a_statement_must_not_end_its_transaction(observe: Observe) -> None:
    with pytest.raises(ObservationError, match="ends the transaction"):
        observe("COMMIT")


@pytest.mark.other_servers
@pytest.mark.parametrize("major", MAJORS)
def test_every_version_is_observed_alike(server_of: Callable[[int], Server], major: int) -> None:
    with observatory(server_of(major)) as place:
        rewrite = place.observe(SETUP, "ALTER TABLE users ALTER COLUMN age TYPE bigint")
        reindex = place.observe(SETUP, "REINDEX INDEX CONCURRENTLY users_pkey")
        drop = place.observe(SETUP, "DROP INDEX CONCURRENTLY users_email_idx")
    assert rewrite.error is not None, "a view uses the column"
    assert modes(reindex) == {"users": "ShareUpdateExclusive", "users_pkey": "AccessExclusive"}
    assert reindex.scans == ("public.users",)
    assert modes(drop) == {"users": "ShareUpdateExclusive", "users_email_idx": "AccessExclusive"}
