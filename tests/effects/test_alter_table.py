"""ALTER TABLE as one mechanism: what follows from passes, recursion and the state between the actions.

The single facts are tested against servers in test_truth.py; these cases say which rule explains them.
"""

from __future__ import annotations

import pytest

from migsafe.effects.postgresql import ServerSettings, predict
from migsafe.effects.postgresql.alteration import handler_of_action
from migsafe.effects.postgresql.dispatch import handler_of
from migsafe.effects.postgresql.families import load_families
from migsafe.effects.postgresql.lock_levels import lock_level
from migsafe.model import operations as ops
from migsafe.model.effects import Effect, Refusal, WorkKind
from migsafe.model.locks import LockMode
from migsafe.model.names import Name
from migsafe.model.operations import TableAction
from tests.effects.truth import schema_after, statements

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, email varchar(50), age integer);"
CHECKED = f"{USERS} ALTER TABLE users ADD CONSTRAINT email_set CHECK (email IS NOT NULL);"
ORDERS = f"{USERS} CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);"
LOGS = """
CREATE TABLE logs (id bigint, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE logs_2020 PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
"""


def outcome(setup: str, sql: str, version: int = 16) -> Effect | Refusal:
    (statement,) = statements(sql)
    return predict(statement, schema_after(setup), version)


def effect(setup: str, sql: str, version: int = 16) -> Effect:
    found = outcome(setup, sql, version)
    assert isinstance(found, Effect), found
    return found


def refusal(setup: str, sql: str, version: int = 16) -> Refusal:
    found = outcome(setup, sql, version)
    assert isinstance(found, Refusal), found
    return found


def public(name: str) -> Name:
    return Name("public", name)


def test_the_statement_takes_the_strongest_lock_of_its_actions() -> None:
    alone = effect(USERS, "ALTER TABLE users ALTER COLUMN age SET STATISTICS 100")
    together = effect(USERS, "ALTER TABLE users ALTER COLUMN age SET STATISTICS 100, ADD COLUMN note text")
    assert alone.lock_on(public("users")) is LockMode.SHARE_UPDATE_EXCLUSIVE
    assert together.lock_on(public("users")) is LockMode.ACCESS_EXCLUSIVE


def test_a_check_that_proves_not_null_saves_the_scan() -> None:
    assert effect(CHECKED, "ALTER TABLE users ALTER COLUMN email SET NOT NULL").work == ()


def test_a_proof_dropped_in_the_same_statement_is_gone_before_set_not_null_runs() -> None:
    sql = "ALTER TABLE users ALTER COLUMN email SET NOT NULL, DROP CONSTRAINT email_set"
    assert effect(CHECKED, sql).relations(WorkKind.SCAN) == (public("users"),)


def test_a_constraint_may_use_a_column_that_the_statement_adds_after_it() -> None:
    sql = "ALTER TABLE users ADD CONSTRAINT phone_key UNIQUE (phone), ADD COLUMN phone text"
    assert effect(USERS, sql).relations(WorkKind.INDEX_BUILD) == (public("phone_key"),)


def test_many_reasons_for_a_rewrite_make_one_rewrite_and_it_rebuilds_all_indexes() -> None:
    sql = "ALTER TABLE users ALTER COLUMN age TYPE bigint, ADD COLUMN token float8 DEFAULT random()"
    found = effect(USERS, sql)
    assert found.relations(WorkKind.REWRITE) == (public("users"),)
    assert found.relations(WorkKind.INDEX_BUILD) == (public("users_pkey"),)
    assert [work.kind for work in found.work].count(WorkKind.REWRITE) == 1


def test_an_inline_foreign_key_on_a_column_of_nulls_is_not_checked_but_an_action_of_its_own_is() -> None:
    inline = effect(ORDERS, "ALTER TABLE orders ADD COLUMN payer bigint REFERENCES users")
    apart = effect(ORDERS, "ALTER TABLE orders ADD COLUMN payer bigint, ADD FOREIGN KEY (payer) REFERENCES users")
    assert inline.relations(WorkKind.SCAN) == ()
    assert apart.relations(WorkKind.SCAN) == (public("orders"),)
    assert inline.lock_on(public("users")) is LockMode.SHARE_ROW_EXCLUSIVE


def test_dropping_a_foreign_key_locks_the_other_table_more_than_adding_it() -> None:
    found = effect(ORDERS, "ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey")
    assert found.lock_on(public("users")) is LockMode.ACCESS_EXCLUSIVE


def test_partitions_are_locked_and_read_like_the_parent() -> None:
    found = effect(LOGS, "ALTER TABLE logs ALTER COLUMN id SET NOT NULL")
    assert found.lock_on(public("logs_2020")) is LockMode.ACCESS_EXCLUSIVE
    assert found.relations(WorkKind.SCAN) == (public("logs_2020"),)


def test_every_piece_of_work_has_a_reason_a_source_and_its_clause() -> None:
    found = effect(USERS, "ALTER TABLE users ADD COLUMN note text, ADD CHECK (age > 0)")
    (scan,) = found.work
    assert scan.clause == 1
    assert "every row" in scan.reason.lower()
    assert "tablecmds.c" in scan.source


def test_what_an_older_grammar_does_not_know_is_a_syntax_error() -> None:
    found = refusal(USERS, "ALTER TABLE users ALTER COLUMN email SET COMPRESSION pglz", version=13)
    assert (found.sqlstate, found.message) == ("42601", 'syntax error at or near "COMPRESSION"')


def test_a_refusal_names_the_clause_that_the_server_stumbles_over() -> None:
    found = refusal(USERS, "ALTER TABLE users ADD COLUMN note text, DROP COLUMN nickname")
    assert (found.sqlstate, found.clause) == ("42703", 1)


def test_timestamps_are_converted_only_where_the_time_zone_moves_them() -> None:
    schema = schema_after("CREATE TABLE events (at timestamp);")
    (statement,) = statements("ALTER TABLE events ALTER COLUMN at TYPE timestamptz")
    utc = predict(statement, schema, 16)
    berlin = predict(statement, schema, 16, ServerSettings(time_zone="Europe/Berlin"))
    assert isinstance(utc, Effect)
    assert isinstance(berlin, Effect)
    assert utc.relations(WorkKind.REWRITE) == ()
    assert berlin.relations(WorkKind.REWRITE) == (public("events"),)


def test_an_unknown_table_is_taken_to_exist_and_that_is_said() -> None:
    (statement,) = statements("ALTER TABLE accounts ALTER COLUMN balance TYPE numeric(20, 2)")
    from migsafe.schema.schema import Schema

    found = predict(statement, Schema(), 16)
    assert isinstance(found, Effect)
    assert found.relations(WorkKind.REWRITE) == (public("accounts"),)
    assert any("accounts" in assumption.what for assumption in found.assumptions)


def test_predicting_does_not_change_the_schema() -> None:
    schema = schema_after(USERS)
    (statement,) = statements("ALTER TABLE users DROP COLUMN email, ADD COLUMN mail text UNIQUE")
    before = schema.relation(public("users"))
    predict(statement, schema, 16)
    assert schema.relation(public("users")) is before


def actions() -> list[type[TableAction]]:
    found = [getattr(ops, name) for name in ops.__all__]
    return [kind for kind in found if issubclass(kind, TableAction) and kind is not TableAction]


@pytest.mark.parametrize("action", actions(), ids=lambda action: action.__name__)
def test_every_action_has_a_handler(action: type[TableAction]) -> None:
    load_families()
    if handler_of(action) is None:
        assert callable(handler_of_action(action))


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        (("fillfactor",), LockMode.SHARE_UPDATE_EXCLUSIVE),
        (("autovacuum_enabled", "toast.autovacuum_enabled"), LockMode.SHARE_UPDATE_EXCLUSIVE),
        (("fillfactor", "user_catalog_table"), LockMode.ACCESS_EXCLUSIVE),
    ],
)
def test_storage_parameters_have_lock_levels_of_their_own(options: tuple[str, ...], mode: LockMode) -> None:
    assert lock_level(ops.SetRelationOptions(table=Name(None, "users"), options=options)) is mode
