"""What RunPython does to rows, read from its code."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty, Migration
from migsafe.model.operations import Delete, Insert, Operation, Update
from tests.sources.django.projects import codes, migration, project, read, report, second, sent, shop

STEP = 'def step(apps, schema_editor):\n    Order = apps.get_model("shop", "Order")\n'


def stepped(tmp_path: Path, *lines: str, top: str = "") -> Migration:
    """A migration whose RunPython consists of these lines; `Order` is its model."""
    body = "".join(f"    {line}\n" for line in lines)
    root = shop(tmp_path, second("migrations.RunPython(step, migrations.RunPython.noop),", top=top + STEP + body))
    return read(root, "shop.0002")


@pytest.mark.parametrize(
    ("line", "kind", "narrowed"),
    [
        ("Order.objects.update(note='x')", Update, False),
        ("Order.objects.all().update(note='x')", Update, False),
        ("Order.objects.filter(done=None).update(note='x')", Update, True),
        ("Order._default_manager.using(schema_editor.connection.alias).update(note='x')", Update, False),
        ("Order.objects.all().delete()", Delete, False),
        ("Order.objects.exclude(done=True).delete()", Delete, True),
        ("Order.objects.create(note='x')", Insert, False),
        ("Order.objects.bulk_create([Order(note='x')])", Insert, False),
        ("Order.objects.get(id=1).delete()", Delete, True),
    ],
)
def test_a_change_of_rows_is_an_operation_on_the_models_table(
    line: str, kind: type[Operation], narrowed: bool, tmp_path: Path
) -> None:
    found = stepped(tmp_path, line)

    assert found.problems == ()
    (operation,) = found.statements[0].operations
    assert isinstance(operation, kind)
    assert operation.table.name == "shop_order"  # type: ignore[attr-defined]  # an Update
    assert (getattr(operation, "where", None) is not None) is narrowed


def test_a_loop_over_rows_happens_once_for_each(tmp_path: Path) -> None:
    found = stepped(tmp_path, "for order in Order.objects.iterator():", "    order.note = 'x'", "    order.save()")

    assert [s.certainty for s in found.statements] == [Certainty.DATA_LOOP]
    assert isinstance(found.statements[0].operations[0], Update)


def test_a_loop_over_all_rows_is_a_finding(tmp_path: Path) -> None:
    body = "    for order in Order.objects.all():\n        order.save()\n"
    root = shop(tmp_path, second("migrations.RunPython(step, migrations.RunPython.noop),", top=STEP + body))

    assert {"MS601", "MS310"} & set(codes(report(root, "shop.0002")))


def test_sql_of_a_cursor_is_read(tmp_path: Path) -> None:
    found = stepped(
        tmp_path,
        "with schema_editor.connection.cursor() as cursor:",
        "    cursor.execute('UPDATE shop_order SET note = %s', ['x'])",
    )

    assert [s.sql for s in found.statements] == ["UPDATE shop_order SET note = $1"]


def test_a_savepoint_changes_nothing_about_the_step(tmp_path: Path) -> None:
    top = "from django.db import transaction\n\n"
    found = stepped(tmp_path, "with transaction.atomic():", "    Order.objects.update(note='x')", top=top)

    assert [type(s.operations[0]) for s in found.statements] == [Update]
    assert found.problems == ()


def test_a_helper_of_another_file_is_followed(tmp_path: Path) -> None:
    files = {
        "0001_initial": migration(ORDER),
        "0002_next": second("migrations.RunPython(fill),", top="from .helpers import fill\n"),
        "shop/migrations/helpers.py": "def fill(apps, schema_editor):\n"
        "    apps.get_model('shop', 'Order').objects.update(note='x')\n",
    }

    found = read(project(tmp_path, files), "shop.0002")

    assert [type(s.operations[0]) for s in found.statements] == [Update]


ORDER = """
migrations.CreateModel(
    name="Order",
    fields=[("id", models.BigAutoField(primary_key=True)), ("note", models.TextField())],
),
"""


def test_code_that_is_nowhere_is_named(tmp_path: Path) -> None:
    text = second("migrations.RunPython(fill),", top="from elsewhere import fill\n")

    problems = read(shop(tmp_path, text), "shop.0002").problems

    assert len(problems) == 1
    assert "elsewhere.fill" in problems[0].message


def test_a_call_that_is_not_known_is_named(tmp_path: Path) -> None:
    problems = stepped(tmp_path, "rebuild(Order)", top="from elsewhere import rebuild\n").problems

    assert any("rebuild" in problem.message for problem in problems)


def test_rows_are_followed_through_relations(tmp_path: Path) -> None:
    first = ORDER + '\nmigrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True)),'
    first += ' ("orders", models.ManyToManyField("shop.Order", related_name="tags"))]),'
    step = "    for order in Order.objects.filter(note=''):\n        order.tags.clear()\n"
    text = second("migrations.RunPython(step, migrations.RunPython.noop),", top=STEP + step)

    (operation,) = read(shop(tmp_path, text, first), "shop.0002").statements[0].operations

    assert isinstance(operation, Delete)
    assert operation.table.name == "shop_tag_orders"


def test_noop_does_nothing(tmp_path: Path) -> None:
    text = second("migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),")

    assert sent(shop(tmp_path, text), "shop.0002") == []


def test_attributes_that_are_no_fields_are_not_saved(tmp_path: Path) -> None:
    lines = ("for order in Order.objects.all():", "    order._quiet = True", "    order.note = 'x'", "    order.save()")

    (update,) = stepped(tmp_path, *lines).statements[0].operations
    assert isinstance(update, Update)
    assert update.columns == ("note",)


def test_rows_of_links_are_no_column(tmp_path: Path) -> None:
    """Before Django 2.0 an assignment to a relation wrote rows of links; no version writes a column."""
    first = ORDER + '\nmigrations.AddField("order", "others", models.ManyToManyField("shop.Order")),'
    step = "    for order in Order.objects.filter(others=None):\n        order.others = []\n        order.save()\n"
    text = second("migrations.RunPython(step, migrations.RunPython.noop),", top=STEP + step)

    (update,) = read(shop(tmp_path, text, first), "shop.0002").statements[0].operations
    assert isinstance(update, Update)
    assert update.columns == ()
    assert update.where is not None
    assert update.where.columns == ()


def test_a_method_of_another_file_with_the_name_of_a_rows_is_not_meant(tmp_path: Path) -> None:
    lines = ("for order in Order.objects.filter(note=Store.name):", "    order.delete()")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/stores.py").write_text(
        "class Store:\n    def delete(self, **named):\n        return self.other.delete(**named)\n"
    )

    found = stepped(tmp_path, *lines, top="from shop.stores import Store\n")
    assert found.problems == ()
    assert [type(operation) for operation in found.statements[0].operations] == [Delete]
