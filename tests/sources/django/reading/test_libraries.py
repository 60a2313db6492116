"""Operations of well-known libraries do what these libraries do."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Direction
from migsafe.sources.django.reading.domain import table
from migsafe.sources.django.reading.libraries import names
from tests.sources.django.projects import codes, collected, read, report, second, sent, shop

TRIGGER = """
pgtrigger.migrations.AddTrigger(
    model_name="order",
    trigger=pgtrigger.compiler.Trigger(
        name="protect",
        sql=pgtrigger.compiler.UpsertTriggerSql(
            func="RAISE EXCEPTION 'no';",
            hash="abc",
            operation="DELETE",
            pgid="pgtrigger_protect_7e8f0",
            table="shop_order",
            when="BEFORE",
        ),
    ),
),
"""
PGTRIGGER = "import pgtrigger.compiler\nimport pgtrigger.migrations"


def starts(root: Path) -> list[str]:
    return [" ".join(sql.split()[:6]) for sql in sent(root, "shop.0002")]


def test_a_trigger_is_its_statements(tmp_path: Path) -> None:
    root = shop(tmp_path, second(TRIGGER, top=PGTRIGGER))

    assert starts(root) == [
        'CREATE OR REPLACE FUNCTION "public"._pgtrigger_should_ignore(trigger_name NAME)',
        "CREATE OR REPLACE FUNCTION pgtrigger_protect_7e8f0() RETURNS",
        "DROP TRIGGER IF EXISTS pgtrigger_protect_7e8f0 ON",
        "CREATE TRIGGER pgtrigger_protect_7e8f0 BEFORE DELETE ON",
        'COMMENT ON TRIGGER pgtrigger_protect_7e8f0 ON "shop_order"',
    ]
    (down,) = [m for m in collected(root, "shop.0002").focus if m.direction is Direction.DOWN]
    assert [s.sql for s in down.statements] == ['DROP TRIGGER IF EXISTS pgtrigger_protect_7e8f0 ON "shop_order"']


def test_a_trigger_is_dropped_by_the_name_that_the_library_makes(tmp_path: Path) -> None:
    remove = 'pgtrigger.migrations.RemoveTrigger(model_name="order", name="protect"),'
    root = shop(tmp_path, second(remove, top=PGTRIGGER))

    # the beginning of the SHA-1 of "shop.Order:protect", as core.py has it
    assert sent(root, "shop.0002") == ['DROP TRIGGER IF EXISTS pgtrigger_protect_c0271 ON "shop_order"']


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ('migrations.AlterField("order", "note", models.CharField(max_length=9)),', {"MS103"}),
        ("migrations.RunSQL('ALTER TABLE shop_order ALTER note TYPE varchar(9)'),", {"MS003"}),
    ],
)
def test_a_trigger_of_pgtrigger_is_away_while_alterfield_changes_a_type(
    change: str, found: set[str], tmp_path: Path
) -> None:
    trigger = TRIGGER.replace('"DELETE"', '"UPDATE"').replace(
        "BEFORE", 'AFTER", condition="WHEN (OLD.note IS DISTINCT FROM NEW.note)'
    )
    root = shop(tmp_path, second(trigger + change, top=PGTRIGGER))

    assert {"MS003", "MS103"} & set(codes(report(root, "shop.0002"))) == found


def test_the_mark_of_another_linter_changes_nothing(tmp_path: Path) -> None:
    text = second("linter.IgnoreMigration(),", top="import django_migration_linter as linter")

    found = read(shop(tmp_path, text), "shop.0002")

    assert (found.statements, found.problems) == ((), ())


def test_a_default_that_stays(tmp_path: Path) -> None:
    text = second(
        'AddDefaultValue("order", "note", value=0),', top="from django_add_default_value import AddDefaultValue"
    )

    assert sent(shop(tmp_path, text), "shop.0002") == [
        """ALTER TABLE "shop_order" ALTER COLUMN "note" SET DEFAULT '0'"""
    ]


def test_partitions(tmp_path: Path) -> None:
    top = (
        "import psqlextra.backend.migrations.operations.create_partitioned_model as made\n"
        "from psqlextra.backend.migrations.operations import PostgresAddRangePartition, PostgresDeletePartition\n"
        "from psqlextra.types import PostgresPartitioningMethod"
    )
    create = (
        'made.PostgresCreatePartitionedModel("Event", [("id", models.AutoField(primary_key=True)), '
        '("at", models.DateField())], '
        'partitioning_options={"method": PostgresPartitioningMethod.RANGE, "key": ["at"]}),'
    )
    add = 'PostgresAddRangePartition("event", "y25", from_values="2025-01-01", to_values="2026-01-01"),'
    drop = 'PostgresDeletePartition("event", "y24"),'

    created, added, dropped = sent(shop(tmp_path, second(create, add, drop, top=top)), "shop.0002")

    assert created.endswith('PRIMARY KEY ("id", "at")) PARTITION BY RANGE ("at")')
    assert added == (
        """CREATE TABLE "shop_event_y25" PARTITION OF "shop_event" """
        """FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"""
    )
    assert dropped == 'DROP TABLE "shop_event_y24"'


def test_a_state_operation_of_psqlextra(tmp_path: Path) -> None:
    top = "from psqlextra.backend.migrations.operations import ApplyState"
    text = second('ApplyState(state_operation=migrations.RemoveField("order", "note")),', top=top)

    assert sent(shop(tmp_path, text), "shop.0002") == []


def test_models_that_may_be_swapped(tmp_path: Path) -> None:
    key = (
        'migrations.AddField("order", "owner", models.ForeignKey(swapper.get_model_name("shop", "Order"), '
        "models.CASCADE, null=True)),"
    )
    text = second(key, top="import swapper")

    assert sent(shop(tmp_path, text), "shop.0002")[0].startswith(
        'ALTER TABLE "shop_order" ADD COLUMN "owner_id" bigint'
    )


@pytest.mark.parametrize(
    ("top", "operation", "sql"),
    [
        (
            "from pgvector.django import VectorExtension",
            "VectorExtension(),",
            'CREATE EXTENSION IF NOT EXISTS "vector"',
        ),
        (
            "from hierarkey.utils import CleanHierarkeyDuplicates",
            'CleanHierarkeyDuplicates("order"),',
            'DELETE FROM "shop_order" WHERE key = $1 AND NOT id = $2',
        ),
        (
            "from django_multitenant.db.migrations import Distribute",
            'Distribute("order", reference=True),',
            "SELECT create_reference_table('shop_order')",
        ),
        (
            "import django_db_views.operations\nimport django_db_views.migration_functions as f",
            'django_db_views.operations.ViewRunPython(code=f.ForwardViewMigration("SELECT 1", "numbers")),',
            'DROP VIEW IF EXISTS "numbers"',
        ),
    ],
)
def test_one_statement(top: str, operation: str, sql: str, tmp_path: Path) -> None:
    assert sent(shop(tmp_path, second(operation, top=top)), "shop.0002")[0] == sql


def test_a_trigger_that_is_not_compiled_is_named(tmp_path: Path) -> None:
    text = second('pgtrigger.migrations.AddTrigger("order", trigger=object()),', top=PGTRIGGER)

    assert "MS001" in codes(report(shop(tmp_path, text), "shop.0002"))


def test_every_name_is_in_the_table() -> None:
    found = table()

    assert [name for name, _ in names() if name not in found] == []
    assert len(list(names())) > 60


def test_items_of_migrate_sql_are_their_statements(tmp_path: Path) -> None:
    items = """
django_migrate_sql.operations.CreateSQL("total", "CREATE VIEW total AS SELECT 1", reverse_sql="DROP VIEW total"),
django_migrate_sql.operations.AlterSQLState("total", add_dependencies=[("shop", "other")]),
django_migrate_sql.operations.DeleteSQL("other", "DROP VIEW other", reverse_sql="CREATE VIEW other AS SELECT 2"),
"""
    root = shop(tmp_path, second(items, top="import django_migrate_sql.operations"))

    assert sent(root, "shop.0002") == ["CREATE VIEW total AS SELECT 1", "DROP VIEW other"]
    (down,) = [m for m in collected(root, "shop.0002").focus if m.direction is Direction.DOWN]
    assert [s.sql for s in down.statements] == ["CREATE VIEW other AS SELECT 2", "DROP VIEW total"]


def test_items_of_migrate_sql_that_only_the_state_has_send_nothing(tmp_path: Path) -> None:
    item = 'CreateSQL(name="total", sql="CREATE VIEW total AS SELECT 1", dependencies=[("shop", "other")])'
    root = shop(
        tmp_path,
        second(
            f"migrations.SeparateDatabaseAndState(state_operations=[{item}]),",
            top="from migrate_sql.operations import CreateSQL",
        ),
    )

    assert sent(root, "shop.0002") == []
    assert read(root, "shop.0002").problems == ()


def test_a_relation_gets_an_order_and_loses_it_on_the_way_back(tmp_path: Path) -> None:
    field = 'models.ManyToManyField("shop.Order"'
    plain = f'migrations.AddField("order", "others", {field})),'
    ordered = 'AlterSortedManyToManyField("order", "others", SortedManyToManyField("shop.Order")),'
    imports = {"fields": "SortedManyToManyField", "operations": "AlterSortedManyToManyField"}
    top = "\n".join(f"from sortedm2m.{module} import {name}" for module, name in imports.items())
    root = shop(tmp_path, second(plain, ordered, top=top))

    up, down = ([s.sql for s in m.statements if "sort_value" in s.sql] for m in collected(root, "shop.0002").focus)
    assert up == [
        'ALTER TABLE "shop_order_others" ADD COLUMN "sort_value" integer DEFAULT 0 NOT NULL',
        'ALTER TABLE "shop_order_others" ALTER COLUMN "sort_value" DROP DEFAULT',
    ]
    assert down == ['ALTER TABLE "shop_order_others" DROP COLUMN "sort_value" CASCADE']
