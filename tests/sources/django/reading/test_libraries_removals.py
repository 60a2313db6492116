"""Columns and tables that go in two deploys: the models lose them first, and the database later."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Direction
from migsafe.model.names import Name
from tests.sources.django.projects import (
    CASCADE,
    ORDER,
    codes,
    collected,
    migration,
    project,
    read,
    report,
    second,
    sent,
)

SAFE = (
    "from sentry.new_migrations.monkey.fields import SafeRemoveField\n"
    "from sentry.new_migrations.monkey.models import SafeDeleteModel\n"
    "from sentry.new_migrations.monkey.special import SafeRunSQL\n"
    "from sentry.new_migrations.monkey.state import DeletionAction\n"
)
PENDING = 'SafeRemoveField("order", "note", deletion_action=DeletionAction.MOVE_TO_PENDING),'
DELETE = 'SafeRemoveField(model_name="order", name="note", deletion_action=DeletionAction.DELETE),'
ONLY_MODELS = 'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")]),'
ONLY_MODELS_TABLE = 'migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Order")]),'
DROP_COLUMN = 'migrations.RunSQL("ALTER TABLE shop_order DROP COLUMN note"),'
DROPPED = f'ALTER TABLE "shop_order" DROP COLUMN "note"{CASCADE}'


def third(operation: str, top: str = "") -> str:
    return migration(operation, after=(("shop", "0002_next"),), top=top)


def steps(root: Path, *later: str, first: str = ORDER) -> Path:
    """A project whose migrations 0002, 0003 … have one operation each."""
    files = {"0001_initial": migration(first)}
    names = ["0001_initial", "0002_next", "0003_then", "0004_last"]
    for before, name, operation in zip(names, names[1:], later, strict=False):
        files[name] = migration(operation, after=(("shop", before),), top=SAFE)
    return project(root, files)


def test_what_is_only_pending_sends_nothing(tmp_path: Path) -> None:
    found = read(steps(tmp_path, PENDING), "shop.0002")

    assert (found.statements, found.problems) == ((), ())


@pytest.mark.parametrize("focus", [("shop.0003",), ("shop.0002..0003",), ("shop",)])
def test_what_was_pending_is_dropped(focus: tuple[str, ...], tmp_path: Path) -> None:
    found = collected(steps(tmp_path, PENDING, DELETE), *focus)

    ups = [m for m in found.focus if m.direction is Direction.UP]
    assert [s.sql for s in ups[-1].statements] == [DROPPED]
    assert [m.problems for m in ups] == [()] * len(ups)


def test_what_was_dropped_comes_back_as_it_was(tmp_path: Path) -> None:
    found = collected(steps(tmp_path, PENDING, DELETE), "shop.0003")

    [down] = [m for m in found.focus if m.direction is Direction.DOWN]
    assert [s.sql for s in down.statements] == ['ALTER TABLE "shop_order" ADD COLUMN "note" varchar(50) NOT NULL']


def test_a_pending_table_is_dropped(tmp_path: Path) -> None:
    pending, delete = (
        f'SafeDeleteModel("Order", deletion_action=DeletionAction.{action}),'
        for action in ("MOVE_TO_PENDING", "DELETE")
    )
    root = steps(tmp_path, pending, delete)

    assert sent(root, "shop.0002") == []
    assert sent(root, "shop.0003") == ['DROP TABLE "shop_order" CASCADE']


def test_what_was_never_pending_is_named(tmp_path: Path) -> None:
    other = DELETE.replace('"note"', '"gone"')

    [problem] = read(steps(tmp_path, PENDING, other), "shop.0003").problems
    assert problem.message.startswith("SafeRemoveField could not be rendered: FieldDoesNotExist")


def test_sql_under_timeouts_is_sql(tmp_path: Path) -> None:
    lines = 'SafeRunSQL("DROP INDEX a", reverse_sql="", hints={"tables": ["shop_order"]}, use_statement_timeout=False),'

    assert sent(steps(tmp_path, lines), "shop.0002") == ["DROP INDEX a"]


@pytest.mark.parametrize("focus", [("shop.0003",), ("shop.0002..0003",), ("shop",)])
@pytest.mark.parametrize(("first", "then"), [(ONLY_MODELS, DROP_COLUMN), (PENDING, DROP_COLUMN)])
def test_sql_finds_the_column_that_only_the_models_lost(
    first: str, then: str, focus: tuple[str, ...], tmp_path: Path
) -> None:
    root = steps(tmp_path, first, then)

    assert not {"MS001", "MS002", "MS003"} & set(codes(report(root, *focus)))
    assert "MS401" in codes(report(root, *focus)) or "MS501" in codes(report(root, *focus))


def test_the_table_that_sql_drops_has_the_lost_column(tmp_path: Path) -> None:
    found = collected(steps(tmp_path, ONLY_MODELS, DROP_COLUMN), "shop.0003")

    [base] = found.bases
    table = base.relation(base.resolve(Name(None, "shop_order")))
    assert {column.name for column in table.columns} == {"id", "note", "done"}
    assert table.complete


def test_the_table_that_only_the_models_lost_is_there(tmp_path: Path) -> None:
    found = collected(steps(tmp_path, ONLY_MODELS_TABLE, 'migrations.RunSQL("DROP TABLE shop_order"),'), "shop.0003")

    [base] = found.bases
    assert base.relation(base.resolve(Name(None, "shop_order"))).complete


def test_what_sql_has_dropped_is_gone(tmp_path: Path) -> None:
    root = steps(
        tmp_path, ONLY_MODELS, DROP_COLUMN, 'migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN note text"),'
    )

    assert "MS003" not in codes(report(root, "shop.0004"))
    assert "MS003" not in codes(report(root))
    [base] = collected(root, "shop.0004").bases
    assert [column.name for column in base.relation(base.resolve(Name(None, "shop_order"))).columns] == ["id", "done"]


STATE_ONLY = """
class RemoveFieldState(migrations.RemoveField):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass
"""
FROM_THE_PAST = """
from django.db import connection
from django.db.migrations.loader import MigrationLoader

class RemoveFieldDB(migrations.RemoveField):
    def __init__(self, model_name, name, lost_by):
        super().__init__(model_name, name)
        self.lost_by = lost_by

    def state_forwards(self, app_label, state):
        pass

    @property
    def earlier(self):
        return MigrationLoader(connection).project_state(self.lost_by, at_end=False)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_forwards(app_label, schema_editor, self.earlier, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        super().database_backwards(app_label, schema_editor, from_state, self.earlier)
"""
LOSES = 'RemoveFieldState("Order", "note"),'


def from_the_past(lost_by: str) -> str:
    call = f'RemoveFieldDB("Order", "note", lost_by=("shop", "{lost_by}")),'
    return migration(call, after=(("shop", "0002_next"),), top=FROM_THE_PAST)


@pytest.mark.parametrize("focus", [("shop.0003",), ("shop",)])
def test_an_operation_asks_for_the_state_at_another_migration(focus: tuple[str, ...], tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(ORDER),
        "0002_next": second(LOSES, top=STATE_ONLY),
        "0003_then": from_the_past("0002_next"),
    }

    found = collected(project(tmp_path, files), *focus)

    up = next(m for m in found.focus[::-1] if m.direction is Direction.UP)
    assert ([s.sql for s in up.statements], up.problems) == ([DROPPED], ())
    ways = [m for m in found.focus if m.direction is Direction.DOWN and m.id == "shop.0003_then"]
    assert [s.sql for way in ways for s in way.statements] == [
        'ALTER TABLE "shop_order" ADD COLUMN "note" varchar(50) NOT NULL'
    ]


def test_a_migration_that_is_not_there_is_named(tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(ORDER),
        "0002_next": second(LOSES, top=STATE_ONLY),
        "0003_then": from_the_past("0099_never"),
    }

    [problem] = read(project(tmp_path, files), "shop.0003").problems
    assert (
        problem.message == "RemoveFieldDB could not be rendered: LookupError: no migration shop.0099_never runs before"
    )


def test_what_an_own_operation_leaves_in_the_database_is_there(tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(ORDER),
        "0002_next": second(LOSES, top=STATE_ONLY),
        "0003_then": third(DROP_COLUMN),
    }

    [base] = collected(project(tmp_path, files), "shop.0003").bases
    table = base.relation(base.resolve(Name(None, "shop_order")))
    assert {column.name for column in table.columns} == {"id", "note", "done"}
    assert table.complete


@pytest.mark.parametrize(
    ("base", "operation", "scope"),
    [
        ("sentry.new_migrations.migrations.CheckedMigration", 'migrations.RunSQL("SELECT 1"),', "none"),
        ("library.Base", 'migrations.RunSQL("DROP INDEX CONCURRENTLY a"),', "none"),
        ("library.Base", 'migrations.RunSQL("DROP INDEX a"),', "file"),
    ],
)
def test_the_transaction_around_a_migration_of_a_librarys_class(
    base: str, operation: str, scope: str, tmp_path: Path
) -> None:
    module, _, name = base.rpartition(".")
    text = third(operation, top=f"from {module} import {name}\n").replace("(migrations.Migration)", f"({name})")
    files = {"0001_initial": migration(ORDER), "0002_next": text.replace("0002_next", "0001_initial")}

    assert read(project(tmp_path, files), "shop.0002").scope == scope


TAKEN_UP_COLUMN = """
migrations.SeparateDatabaseAndState(
    state_operations=[
        migrations.RemoveField("order", "note"),
        migrations.AddField("order", "remark", models.CharField(max_length=50, db_column="note")),
    ]
),
"""
TAKEN_UP_TABLE = """
migrations.SeparateDatabaseAndState(
    state_operations=[
        migrations.DeleteModel("Order"),
        migrations.CreateModel(
            "Sale", [("id", models.BigAutoField(primary_key=True))], options={"db_table": "shop_order"}
        ),
    ]
),
"""


@pytest.mark.parametrize(
    ("taken_up", "removed", "again"),
    [
        (
            TAKEN_UP_COLUMN,
            'migrations.RemoveField("order", "remark"),',
            'migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN note text"),',
        ),
        (
            TAKEN_UP_TABLE,
            'migrations.DeleteModel("Sale"),',
            'migrations.RunSQL("CREATE TABLE shop_order (id bigint)"),',
        ),
    ],
)
def test_what_other_models_take_up_goes_with_them(taken_up: str, removed: str, again: str, tmp_path: Path) -> None:
    root = steps(tmp_path, taken_up, removed, again)

    for focus in (("shop.0004",), ("shop.0003..0004",), ("shop",)):
        assert not {"MS001", "MS002", "MS003"} & set(codes(report(root, *focus)))


def test_a_table_that_another_app_has_taken_over_goes_with_that(tmp_path: Path) -> None:
    taken = """
migrations.SeparateDatabaseAndState(
    state_operations=[
        migrations.CreateModel("Sale", [("id", models.AutoField(primary_key=True))], options={"db_table": "shop_order"})
    ]
),
"""
    root = steps(tmp_path, taken, ONLY_MODELS_TABLE, 'migrations.DeleteModel("Sale"),')
    (root / "shop/migrations/0005_again.py").write_text(
        migration('migrations.RunSQL("CREATE TABLE shop_order (id bigint)"),', after=(("shop", "0004_last"),))
    )

    for focus in (("shop.0005",), ("shop",)):
        assert not {"MS001", "MS002", "MS003"} & set(codes(report(root, *focus)))
