"""What the function of a RunPython asks the schema editor to do is written by Django's own, on the state of then."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty, Direction, Migration
from tests.sources.django.projects import collected, migration, project, read, second

MODELS = """
migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("note", models.TextField()),
    ("customer", models.ForeignKey("shop.Customer", models.CASCADE)),
], options={"db_table": "orders"}),
"""


def sources(folder: Path, lines: tuple[str, ...], back: tuple[str, ...] = (), more: str = "") -> Path:
    def function(name: str, body: tuple[str, ...]) -> str:
        written = ("Order = apps.get_model('shop', 'Order')", "Customer = apps.get_model('shop', 'Customer')", *body)
        return f"def {name}(apps, schema_editor):\n" + "".join(f"    {line}\n" for line in written)

    operations = f"{more}migrations.RunPython(step, undo),"
    text = second(operations, top=function("step", lines) + function("undo", back))
    return project(folder, {"0001_initial": migration(MODELS), "0002_next": text})


def stepped(folder: Path, *lines: str) -> Migration:
    return read(sources(folder, lines), "shop.0002")


def sent(found: Migration) -> list[str]:
    """The statements, where nothing stays named."""
    assert found.problems == ()
    return [statement.sql for statement in found.statements]


FIELD = ("field = models.IntegerField(null=True)", "field.set_attributes_from_name('rank')")
INDEX = "models.Index(fields=['note'], name='by_note')"
UNIQUE = "models.UniqueConstraint(fields=['note'], name='one_note')"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*FIELD, "schema_editor.add_field(Order, field)"), ['ALTER TABLE "orders" ADD COLUMN "rank" integer NULL']),
        (
            ("schema_editor.remove_field(model=Order, field=Order._meta.get_field('note'))",),
            ['ALTER TABLE "orders" DROP COLUMN "note" CASCADE'],
        ),
        ((f"schema_editor.add_index(Order, {INDEX})",), ['CREATE INDEX "by_note" ON "orders" ("note")']),
        ((f"schema_editor.remove_index(Order, {INDEX})",), ['DROP INDEX IF EXISTS "by_note"']),
        (
            (f"schema_editor.add_constraint(Order, {UNIQUE})",),
            ['ALTER TABLE "orders" ADD CONSTRAINT "one_note" UNIQUE ("note")'],
        ),
        (("schema_editor.delete_model(Order)",), ['DROP TABLE "orders" CASCADE']),
        (
            (
                "field = Order._meta.get_field(field_name='note')",
                "schema_editor.execute(schema_editor._create_index_sql(model=Order, fields=[field], name='by_note'))",
            ),
            ['CREATE INDEX "by_note" ON "orders" ("note")'],
        ),
        (
            ("schema_editor.execute(schema_editor._delete_index_sql(Order, 'by_note'))",),
            ['DROP INDEX IF EXISTS "by_note"'],
        ),
        (
            ("schema_editor.execute(schema_editor.sql_delete_table % {'table': 'orders'})",),
            ["DROP TABLE orders CASCADE"],
        ),
        (
            ("with schema_editor.connection.schema_editor() as other:", f"    other.add_index(Order, {INDEX})"),
            ['CREATE INDEX "by_note" ON "orders" ("note")'],
        ),
    ],
)
def test_a_request_is_what_djangos_editor_sends(tmp_path: Path, lines: tuple[str, ...], expected: list[str]) -> None:
    found = [sql.replace(" CASCADE", "") for sql in sent(stepped(tmp_path, *lines))]  # which went with Django 6.0

    assert found == [sql.replace(" CASCADE", "") for sql in expected]


def test_a_foreign_key_that_the_function_makes_leads_to_the_table_of_its_model(tmp_path: Path) -> None:
    found = stepped(
        tmp_path,
        "field = models.ForeignKey('shop.Customer', models.CASCADE, null=True)",
        "field.set_attributes_from_name('payer')",
        "schema_editor.add_field(Order, field)",
    )

    first, *later = sent(found)
    assert first.startswith('ALTER TABLE "orders" ADD COLUMN "payer_id" bigint NULL')
    assert 'REFERENCES "shop_customer"("id")' in first
    assert [sql.split(" ON ")[1] for sql in later if sql.startswith("CREATE INDEX")] == ['"orders" ("payer_id")']


def test_requests_and_changes_of_rows_keep_their_order(tmp_path: Path) -> None:
    note = "Order._meta.get_field('note')"
    found = stepped(
        tmp_path,
        "Order.objects.all().delete()",
        f"schema_editor.add_index(Order, {INDEX})",
        "Customer.objects.all().delete()",
        f"schema_editor.remove_field(Order, {note})",
    )

    assert [sql.split('"')[0].strip() for sql in sent(found)] == [
        "DELETE FROM orders",
        "CREATE INDEX",
        "DELETE FROM shop_customer",
        "ALTER TABLE",
    ]


def test_so_do_those_of_the_way_back(tmp_path: Path) -> None:
    root = sources(
        tmp_path,
        ("Order.objects.all().delete()",),
        (
            "Customer.objects.all().delete()",
            f"schema_editor.add_index(Order, {INDEX})",
            "Order.objects.all().delete()",
            f"schema_editor.remove_index(Order, {INDEX})",
            "Customer.objects.update(name='')",
        ),
    )

    (down,) = [m for m in collected(root, "shop.0002").focus if m.direction is Direction.DOWN]
    assert [statement.sql.split('"')[0].strip() for statement in down.statements] == [
        "DELETE FROM shop_customer",
        "CREATE INDEX",
        "DELETE FROM orders",
        "DROP INDEX IF EXISTS",
        "UPDATE shop_customer",
    ]


def test_the_models_are_those_of_the_moment(tmp_path: Path) -> None:
    renamed = 'migrations.RenameField("order", "note", "remark"),'
    lines = ("schema_editor.add_index(Order, models.Index(fields=['remark'], name='by_remark'))",)

    found = sent(read(sources(tmp_path, lines, more=renamed), "shop.0002"))

    assert found[-1] == 'CREATE INDEX "by_remark" ON "orders" ("remark")'


def test_a_name_that_only_the_database_knows_is_a_hole(tmp_path: Path) -> None:
    found = stepped(
        tmp_path,
        "for name in schema_editor._constraint_names(Order, ['note'], index=True):",
        "    schema_editor.execute(schema_editor._delete_index_sql(Order, name))",
    )

    assert sent(found) == ['DROP INDEX IF EXISTS "…"']
    assert [statement.certainty for statement in found.statements] == [Certainty.HOLES]


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (("schema_editor.add_index(Order, helper())",), "schema_editor.add_index gets helper()"),
        (("schema_editor.add_field(Order, models.IntegerField(null=True))",), "a field that has no name"),
        (("schema_editor.delete_model(apps.get_model('shop', 'Gone'))",), "could not be rendered"),
        (("schema_editor.remove_field(Order, Order._meta.get_field('gone'))",), "could not be rendered"),
        (("schema_editor._alter_field(Order)",), "schema_editor._alter_field"),
    ],
)
def test_what_is_not_known_stays_named(tmp_path: Path, lines: tuple[str, ...], named: str) -> None:
    found = stepped(tmp_path, *lines)

    assert any(named in problem.message for problem in found.problems)
