"""What the shadow schema answers: names, what is new, what is uncertain, what is unknown."""

from __future__ import annotations

import pytest

from migsafe.model import operations as ops
from migsafe.model.definitions import Check
from migsafe.model.migration import Certainty
from migsafe.model.names import Name
from migsafe.schema.objects import Index, Relation
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance_guarded, advance_migration, apply
from migsafe.schema.resolve import parse_search_path
from migsafe.schema.schema import Schema
from migsafe.schema.snapshot import DamagedSnapshotError, dump, load
from migsafe.text import holes
from tests.schema.scripts import replay, statements

USERS = Name("public", "users")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ("public",)),
        ("", ()),
        ("''", ()),
        ('"$user", public', ("public",)),
        ("App, public", ("app", "public")),
        ("\"App\", 'Other', app", ("App", "Other", "app")),
        ("pg_temp, public", ("pg_temp", "public")),
    ],
)
def test_a_search_path_setting_is_read_as_the_server_reads_it(value: str | None, path: tuple[str, ...]) -> None:
    assert parse_search_path(value) == path


def test_an_unqualified_name_is_looked_for_along_the_search_path() -> None:
    schema = replay("CREATE SCHEMA app; CREATE TABLE app.users (id int); SET search_path = other, app;")
    assert schema.resolve(Name(None, "users")) == Name("app", "users")
    assert schema.resolve(Name(None, "posts")) == Name("other", "posts")


def test_a_temporary_table_hides_a_permanent_one() -> None:
    schema = replay("CREATE TABLE users (id int); CREATE TEMP TABLE users (x int); ALTER TABLE users ADD y int;")
    assert [c.name for c in schema.relation(Name(None, "users")).columns] == ["x", "y"]
    assert [c.name for c in schema.relation(USERS).columns] == ["id"]
    schema.start_session()
    assert schema.resolve(Name(None, "users")) == USERS


def test_set_local_ends_with_the_transaction() -> None:
    schema = replay("SET LOCAL search_path = app;")
    assert schema.search_path == ("app",)
    schema.commit()
    assert schema.search_path == ("public",)


def test_a_table_that_history_never_created_is_unknown_not_missing() -> None:
    schema = Schema()
    assert schema.exists(USERS) is None
    assert not schema.relation(USERS).known
    assert USERS not in schema.relations


@pytest.mark.parametrize(
    "how", ["(LIKE other INCLUDING ALL)", "() INHERITS (other)", "OF other", "AS SELECT * FROM other"]
)
def test_a_table_made_after_an_unknown_one_may_have_any_column(how: str) -> None:
    schema = replay(f"CREATE TABLE users {how};")
    assert schema.relation(USERS).known
    assert not schema.relation(USERS).complete


def test_altering_an_unknown_table_teaches_that_it_exists_and_what_it_has() -> None:
    schema = replay("ALTER TABLE users ADD COLUMN age int; ALTER TABLE users ALTER email SET NOT NULL;")
    table = schema.relation(USERS)
    assert schema.exists(USERS) is True
    assert not table.known
    assert [(c.name, c.not_null) for c in table.columns] == [("age", False), ("email", True)]


def test_if_exists_teaches_nothing() -> None:
    schema = replay("ALTER TABLE IF EXISTS users ADD COLUMN age int;")
    assert schema.exists(USERS) is None


def test_what_history_dropped_is_known_to_be_gone() -> None:
    schema = replay("CREATE TABLE users (id int); DROP TABLE users;")
    assert schema.exists(USERS) is False
    replay("CREATE TABLE users (id int);", schema)
    assert schema.exists(USERS) is True


def test_in_a_closed_world_what_is_absent_does_not_exist() -> None:
    schema = replay("CREATE TABLE users (id int);")
    schema.closed = True
    assert schema.exists(Name(None, "posts")) is False
    assert schema.exists(Name("pg_catalog", "pg_class")) is None


def test_a_table_is_new_in_the_migration_that_creates_it_only() -> None:
    schema = replay("CREATE TABLE users (id int PRIMARY KEY);", origin=Origin("1"))
    assert schema.relation(USERS).new
    replay("SELECT 1;", schema, Origin("2"))
    assert not schema.relation(USERS).new
    assert not schema.indexes[Name("public", "users_pkey")].new


def test_a_table_stays_new_through_one_deploy() -> None:
    schema = replay("CREATE TABLE users (id int);", origin=Origin("1", in_focus=True, single_deploy=True))
    replay("SELECT 1;", schema, Origin("2", in_focus=True, single_deploy=True))
    assert schema.relation(USERS).new


def test_a_table_of_the_context_is_old_for_the_focus() -> None:
    schema = replay("CREATE TABLE users (id int);", origin=Origin("1", in_focus=False, single_deploy=True))
    replay("SELECT 1;", schema, Origin("2", in_focus=True, single_deploy=True))
    assert not schema.relation(USERS).new


@pytest.mark.parametrize(
    ("script", "new"),
    [
        ("INSERT INTO users VALUES (1), (2);", True),
        ("INSERT INTO users SELECT * FROM people;", False),
        ("COPY users FROM '/tmp/users';", False),
        ("UPDATE users SET id = 1;", True),
        ("INSERT INTO users VALUES " + ", ".join(["(1)"] * 600) + ";", True),
        (("INSERT INTO users VALUES " + ", ".join(["(1)"] * 600) + ";") * 2, False),
    ],
)
def test_loading_rows_makes_a_new_table_old(script: str, new: bool) -> None:
    schema = replay("CREATE TABLE users (id int);" + script)
    assert schema.relation(USERS).new is new
    assert schema.relation(USERS).filled is not new


def test_rows_loaded_into_a_partitioned_table_make_its_partitions_old() -> None:
    schema = replay(
        """CREATE TABLE m (id int) PARTITION BY LIST (id); CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1);
        INSERT INTO m SELECT 1;"""
    )
    assert not schema.relation(Name(None, "m1")).new


def guarded(script: str, before: str = "") -> Schema:
    schema = replay(before)
    advance_guarded(schema, tuple(statements(script)), Origin("1"))
    return schema


def test_a_table_made_under_a_guard_may_or_may_not_exist() -> None:
    schema = guarded("CREATE TABLE users (id int); CREATE INDEX ON users (id);")
    assert schema.exists(USERS) is None
    assert not schema.relation(USERS).known
    assert [index.known for index in schema.indexes_of(USERS)] == [False]


@pytest.mark.parametrize(
    ("guards", "new"), [(("a", "not a"), True), (("a or b", "not (a or b)"), True), (("a", "b"), False)]
)
def test_a_table_that_both_sides_of_a_condition_make_is_new(guards: tuple[str, str], new: bool) -> None:
    schema = Schema()
    made = statements("CREATE TABLE users (id int); CREATE TABLE users (id bigint);")
    sides = [s.replace(certainty=Certainty.GUARDED, guards=(guard,)) for s, guard in zip(made, guards, strict=True)]
    advance_migration(schema, sides, Origin("1"))
    assert schema.relation(USERS).new is new
    schema.start_migration(Origin("2"))
    assert not schema.relation(USERS).new


def test_a_column_added_under_a_guard_is_not_relied_on() -> None:
    schema = guarded("ALTER TABLE users ADD COLUMN age int;", before="CREATE TABLE users (id int NOT NULL);")
    table = schema.relation(USERS)
    assert [c.name for c in table.columns] == ["id"]
    assert table.known
    assert not table.complete


def test_a_check_dropped_under_a_guard_proves_nothing() -> None:
    schema = guarded(
        "ALTER TABLE users DROP CONSTRAINT c, ALTER id DROP NOT NULL;",
        before="CREATE TABLE users (id int NOT NULL, CONSTRAINT c CHECK (id IS NOT NULL));",
    )
    assert schema.relation(USERS).constraints == ()
    assert [c.not_null for c in schema.relation(USERS).columns] == [False]


def test_a_guarded_block_that_begins_a_migration_leaves_other_tables_alone() -> None:
    schema = replay("CREATE TABLE users (id int);", origin=Origin("1"))
    advance_guarded(schema, tuple(statements("CREATE TABLE posts (id int);")), Origin("2"))
    assert schema.relation(USERS).complete


def test_what_was_not_analysed_makes_every_record_incomplete() -> None:
    schema = replay("CREATE TABLE users (id int);")
    apply(schema, ops.Opaque(reason="dynamic SQL"), Origin("1"))
    assert not schema.relation(USERS).complete
    replay("CREATE TABLE posts (id int);", schema)
    assert schema.relation(Name(None, "posts")).complete


def test_a_record_put_in_by_hand_is_found_by_all_questions() -> None:
    schema = Schema()
    schema.relations[USERS] = Relation(name=USERS)
    schema.indexes[Name("public", "i")] = Index(name=Name("public", "i"), table=USERS)
    assert [index.name.name for index in schema.indexes_of(USERS)] == ["i"]


def test_the_actions_of_one_alter_table_run_in_the_order_of_the_passes() -> None:
    schema = replay(
        """CREATE TABLE users (id int, CONSTRAINT c CHECK (id > 0));
        ALTER TABLE users ADD CONSTRAINT c CHECK (id > 1), ADD UNIQUE (age), ADD COLUMN age int, DROP CONSTRAINT c;"""
    )
    (check,) = schema.relation(USERS).checks
    assert check.name == "c"
    assert isinstance(check.definition, Check)
    assert check.definition.expression.sql == "id > 1"
    assert [index.name.name for index in schema.indexes_of(USERS)] == ["users_age_key"]


@pytest.mark.parametrize(
    "data",
    [{}, {"format": 0}, {**dump(Schema()), "relations": [{"os": 1}]}, {**dump(Schema()), "relations": 3}],
)
def test_a_damaged_snapshot_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(DamagedSnapshotError):
        load(data)  # type: ignore[arg-type]  # damaged on purpose


def test_a_constraint_of_an_unknown_name_may_be_any() -> None:
    schema = replay("CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE posts (user_id int REFERENCES users);")
    assert schema.referencing(USERS)
    name = f"{holes.START}row{holes.END}"
    apply(schema, ops.DropConstraint(table=Name(None, "posts"), name=name), Origin("1"))
    assert not schema.referencing(USERS)
    assert not schema.relation(Name(None, "posts")).complete
