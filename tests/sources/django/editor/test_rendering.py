"""The SQL is Django's own, from the state that the migrations before leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty, Direction, TransactionScope
from tests.sources.django.projects import (
    CASCADE,
    ORDER,
    collected,
    migration,
    project,
    read,
    report,
    second,
    sent,
    shop,
)


def test_an_operation_is_the_sql_that_sqlmigrate_shows(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "code", models.CharField(max_length=10, default="a")),'

    assert sent(shop(tmp_path, second(field)), "shop", "0002") == [
        """ALTER TABLE "shop_order" ADD COLUMN "code" varchar(10) DEFAULT 'a' NOT NULL""",
        'ALTER TABLE "shop_order" ALTER COLUMN "code" DROP DEFAULT',
    ]


def test_alter_field_is_judged_with_the_field_that_was_there(tmp_path: Path) -> None:
    field = 'migrations.AlterField("order", "note", models.CharField(max_length=80, null=True)),'

    assert sent(shop(tmp_path, second(field)), "shop.0002") == [
        'ALTER TABLE "shop_order" ALTER COLUMN "note" TYPE varchar(80), ALTER COLUMN "note" DROP NOT NULL'
    ]


def test_what_no_database_sees_has_no_statement(tmp_path: Path) -> None:
    operations = (
        'migrations.AlterField("order", "note", models.CharField("Note", max_length=50, help_text="x")),',
        'migrations.AlterField("order", "note", models.CharField(max_length=50, choices=[(1, 2)])),',
        'migrations.AlterModelOptions("order", options={"ordering": ["id"], "verbose_name": "Order"}),',
        'migrations.AlterModelManagers("order", managers=[("objects", models.Manager())]),',
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")]),',
    )

    assert sent(shop(tmp_path, second(*operations)), "shop.0002") == []


def test_a_statement_has_the_place_of_its_operation(tmp_path: Path) -> None:
    text = second('migrations.RemoveField("order", "note"),', 'migrations.RemoveField("order", "done"),')

    found = read(shop(tmp_path, text), "shop.0002").statements

    assert [text[s.span.start : s.span.end] for s in found] == [
        'migrations.RemoveField("order", "note")',
        'migrations.RemoveField("order", "done")',
    ]


def test_deferred_indexes_come_last_and_stand_at_their_operation(tmp_path: Path) -> None:
    key = 'migrations.AddField("order", "owner", models.ForeignKey("auth.User", models.CASCADE, null=True)),'
    text = second(key, 'migrations.RemoveField("order", "note"),')

    found = read(shop(tmp_path, text), "shop.0002").statements

    assert found[-1].sql.startswith("CREATE INDEX")
    assert text[found[-1].span.start :].startswith("migrations.AddField")


def test_names_of_constraints_come_from_the_replayed_state(tmp_path: Path) -> None:
    first = ORDER_WITH_UNIQUE
    drop = 'migrations.AlterUniqueTogether("order", unique_together=set()),'

    found = sent(shop(tmp_path, second(drop), first), "shop.0002")

    assert len(found) == 1
    assert found[0].startswith('ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_note_done_')


ORDER_WITH_UNIQUE = """
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.CharField(max_length=50)),
        ("done", models.BooleanField(null=True)),
    ],
    options={"unique_together": {("note", "done")}},
),
"""


def test_a_default_that_is_computed_shows_as_not_known(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "token", models.UUIDField(default=uuid.uuid4)),'

    migration_ = read(shop(tmp_path, second(field, top="import uuid\n")), "shop.0002")

    assert "DEFAULT '…' NOT NULL" in migration_.statements[0].sql
    assert migration_.statements[0].certainty is Certainty.HOLES


def test_a_field_that_is_not_known_keeps_its_name_as_its_type(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "shape", strange.fields.ShapeField(null=True)),'

    assert sent(shop(tmp_path, second(field, top="import strange.fields\n")), "shop.0002") == [
        'ALTER TABLE "shop_order" ADD COLUMN "shape" "ShapeField" NULL'
    ]


def test_fields_of_well_known_libraries_have_their_type(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "phone", phonenumber_field.modelfields.PhoneNumberField(null=True)),'
    top = "import phonenumber_field.modelfields\n"

    assert sent(shop(tmp_path, second(field, top=top)), "shop.0002") == [
        'ALTER TABLE "shop_order" ADD COLUMN "phone" varchar(128) NULL'
    ]


def test_a_manager_that_looks_like_a_field_has_no_column(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "tags", taggit.managers.TaggableManager(to="taggit.Tag")),'

    found = read(shop(tmp_path, second(field, top="import taggit.managers\n")), "shop.0002")

    assert found.statements == ()
    assert found.problems == ()


def test_a_field_class_of_the_project_is_its_base(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "short", ShortField(null=True)),'
    top = "class ShortField(models.CharField):\n    description = 'short'\n\n"

    assert sent(shop(tmp_path, second(field.replace("null", "max_length=9, null"), top=top)), "shop.0002") == [
        'ALTER TABLE "shop_order" ADD COLUMN "short" varchar(9) NULL'
    ]


def test_run_sql_is_cut_into_its_statements(tmp_path: Path) -> None:
    sql = 'migrations.RunSQL(["UPDATE shop_order SET note = %s", ("SELECT 1", None)], migrations.RunSQL.noop),'

    assert sent(shop(tmp_path, second(sql)), "shop.0002") == ["UPDATE shop_order SET note = %s", "SELECT 1"]


def test_atomic_is_the_transaction(tmp_path: Path) -> None:
    operation = 'migrations.RemoveField("order", "note"),'

    assert read(shop(tmp_path / "a", second(operation)), "shop.0002").scope is TransactionScope.FILE
    alone = shop(tmp_path / "b", second(operation, more="atomic = False"))
    assert read(alone, "shop.0002").scope is TransactionScope.NONE


def test_an_operation_that_is_not_known_says_so_with_its_name(tmp_path: Path) -> None:
    found = read(shop(tmp_path, second("strange.Sharpen('order'),", top="import strange\n")), "shop.0002")

    assert len(found.problems) == 1
    assert "strange.Sharpen" in found.problems[0].message


def test_the_way_back_is_what_django_would_undo(tmp_path: Path) -> None:
    root = shop(tmp_path, second('migrations.AddField("order", "code", models.CharField(max_length=10, null=True)),'))

    downs = [m for m in collected(root, "shop.0002").focus if m.direction is Direction.DOWN]

    assert [s.sql for m in downs for s in m.statements] == [f'ALTER TABLE "shop_order" DROP COLUMN "code"{CASCADE}']


def test_a_step_without_reverse_has_no_way_back(tmp_path: Path) -> None:
    root = shop(tmp_path, second("migrations.RunPython(step),", top="def step(apps, schema_editor):\n    pass\n"))

    assert [m.direction for m in collected(root, "shop.0002").focus] == [Direction.UP]


def test_models_of_other_apps_are_known_by_name(tmp_path: Path) -> None:
    key = 'migrations.AddField("order", "plan", models.ForeignKey("billing.Plan", models.CASCADE, null=True)),'

    assert 'REFERENCES "billing_plan"("id")' in sent(shop(tmp_path, second(key)), "shop.0002")[0]


def test_a_model_of_a_file_that_cannot_be_read_stands_in(tmp_path: Path) -> None:
    files = {
        "0001_initial": "class Migration(\n",
        "0002_next": second('migrations.AddField("order", "code", models.TextField(null=True)),'),
    }

    root = project(tmp_path, files)

    assert sent(root, "shop.0002") == ['ALTER TABLE "shop_order" ADD COLUMN "code" text NULL']
    assert any("shop.order is not known" in note for note in collected(root, "shop.0002").notes)


def test_the_version_that_renders_is_told(tmp_path: Path) -> None:
    import django

    notes = collected(project(tmp_path, {"0001_initial": migration(ORDER_WITH_UNIQUE)})).notes

    assert any(f"Django {django.get_version()}" in note for note in notes)


def test_an_index_that_older_sql_made_is_known(tmp_path: Path) -> None:
    first = ORDER + '\nmigrations.RunSQL("CREATE UNIQUE INDEX order_note ON shop_order (note)"),'
    root = shop(tmp_path, second('migrations.RunSQL("DROP INDEX order_note"),'), first)

    found = next(e.finding for e in report(root, "shop.0002").findings if e.finding.code == "MS409")

    assert str(found.relation) == "public.shop_order"


def test_a_renamed_model_has_its_foreign_keys_made_again(tmp_path: Path) -> None:
    first = ORDER + '\nmigrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True)),'
    first += ' ("order", models.ForeignKey("shop.Order", models.CASCADE, related_name="lines"))]),'

    found = sent(shop(tmp_path, second('migrations.RenameModel("Order", "Purchase"),'), first), "shop.0002")

    assert found[0] == 'ALTER TABLE "shop_order" RENAME TO "shop_purchase"'
    assert any('ALTER TABLE "shop_line" ADD CONSTRAINT' in sql for sql in found)


def test_renaming_a_model_makes_the_keys_of_its_relations_again(tmp_path: Path) -> None:
    """Django asks for them after it has renamed the table between. `sqlmigrate`, which renames nothing, shows none."""
    tags = 'migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True)),'
    tags += ' ("orders", models.ManyToManyField("shop.Order"))]),'

    found = sent(shop(tmp_path, second('migrations.RenameModel("Tag", "Word"),'), ORDER + "\n" + tags), "shop.0002")

    assert [sql.split(" CONSTRAINT")[0] for sql in found] == [
        'ALTER TABLE "shop_tag" RENAME TO "shop_word"',
        'ALTER TABLE "shop_tag_orders" RENAME TO "shop_word_orders"',
        "SET",
        'ALTER TABLE "shop_word_orders" DROP',
        'ALTER TABLE "shop_word_orders" RENAME COLUMN "tag_id" TO "word_id"',
        'ALTER TABLE "shop_word_orders" ADD',
    ]


@pytest.mark.parametrize(("stated", "type_name"), [("AutoField", "integer"), ("BigAutoField", "bigint")])
def test_keys_that_no_migration_states_are_what_the_settings_say(stated: str, type_name: str, tmp_path: Path) -> None:
    tags = 'migrations.AddField("order", "others", models.ManyToManyField(to="shop.order")),'
    root = shop(tmp_path, second(tags))
    (root / "settings.py").write_text(f"DEFAULT_AUTO_FIELD = 'django.db.models.{stated}'\n")

    assert f'others" ("id" {type_name} NOT NULL PRIMARY KEY' in sent(root, "shop.0002")[0]


def test_an_extension_is_created_once_and_dropped_where_it_is_there(tmp_path: Path) -> None:
    top = "from django.contrib.postgres.operations import HStoreExtension\n"
    first = migration(ORDER, "HStoreExtension(),", top=top)
    root = project(tmp_path, {"0001_initial": first, "0002_next": second("HStoreExtension(),", top=top)})

    ups, downs = ([m for m in collected(root, "shop").focus if m.direction is way] for way in Direction)

    assert [s.sql for s in ups[0].statements if "EXTENSION" in s.sql] == ['CREATE EXTENSION IF NOT EXISTS "hstore"']
    assert ups[1].statements == ()
    assert [s.sql for m in downs for s in m.statements if "EXTENSION" in s.sql]
    assert sent(root, "shop.0002") == []


def test_settings_of_tests_are_not_those_of_the_project(tmp_path: Path) -> None:
    key = 'migrations.AddField("order", "owner", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)),'
    root = shop(tmp_path, second(key, top="from django.conf import settings\n"))
    (root / "shop/test").mkdir()
    (root / "shop/test/settings.py").write_text('AUTH_USER_MODEL = "emailuser.EmailUser"\n')

    assert 'REFERENCES "auth_user"("id")' in sent(root, "shop.0002")[0]


def test_a_user_model_that_another_stands_for_has_no_table(tmp_path: Path) -> None:
    model = 'migrations.CreateModel("User", [("id", models.BigAutoField(primary_key=True))], options={%s}),'
    files = {
        "settings.py": 'AUTH_USER_MODEL = "shop.Customer"\n',
        "shop/migrations/0001_initial.py": migration(model.replace("User", "Customer") % ""),
        "auth/migrations/0001_initial.py": migration(model % '"swappable": "AUTH_USER_MODEL"'),
    }
    root = project(tmp_path, files)

    assert sent(root, "auth.0001") == []
    assert sent(root, "shop.0001")[0].startswith('CREATE TABLE "shop_customer"')


def test_parameters_that_are_not_known_are_told_as_such(tmp_path: Path) -> None:
    pairs = '[("INSERT INTO a VALUES (%s, %s)", [LIMIT, 2]), ("SELECT 100 %% %s", LIMITS)]'
    text = second(f"migrations.RunSQL({pairs}),", top="from shop.limits import LIMIT, LIMITS")

    found = read(shop(tmp_path, text), "shop.0002").statements
    assert [(statement.sql, statement.certainty) for statement in found] == [
        ("INSERT INTO a VALUES ('…', 2)", Certainty.HOLES),
        ("SELECT 100 % '…'", Certainty.HOLES),
    ]


def test_a_key_changes_with_all_that_inherits_it(tmp_path: Path) -> None:
    """The child's key is its reference to the parent, and others refer to the child."""
    first = """
migrations.CreateModel("Tag", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Base", [("id", models.AutoField(primary_key=True))]),
migrations.CreateModel("Child", [("base_ptr", models.OneToOneField("shop.Base", models.CASCADE, parent_link=True,
    primary_key=True)), ("tags", models.ManyToManyField("shop.Tag"))], bases=("shop.base",)),
migrations.CreateModel("Note", [("id", models.AutoField(primary_key=True)),
    ("child", models.ForeignKey("shop.Child", models.CASCADE))]),
"""
    wider = 'migrations.AlterField("base", "id", models.BigAutoField(primary_key=True)),'

    found = sent(shop(tmp_path, second(wider), first), "shop.0002")

    changed = [sql for sql in found if " TYPE bigint" in sql]
    tables = {sql.split('"')[1] for sql in changed}
    assert tables == {"shop_base", "shop_child", "shop_child_tags", "shop_note"}


def test_a_sequence_keeps_its_name_when_its_table_is_renamed(tmp_path: Path) -> None:
    first = ORDER.replace("BigAutoField", "AutoField")
    root = shop(tmp_path, second('migrations.AlterModelTable("order", "bills"),'), first)
    wider = 'migrations.AlterField("order", "id", models.BigAutoField(primary_key=True)),'
    project(root, {"0003_wider": second(wider).replace("0001_initial", "0002_next")})

    assert sent(root, "shop.0003")[1] == 'ALTER SEQUENCE IF EXISTS "shop_order_id_seq" AS bigint'
