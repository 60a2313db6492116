"""What the calls in a RunPython come to: rows of tables, SQL, work elsewhere, nothing; and what stays named."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Migration
from migsafe.model.operations import Delete, DropTable, Insert, RenameRelation, Update
from tests.sources.django.projects import migration, project, read, second

MODELS = """
migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
migrations.CreateModel("Vip", [], bases=("shop.customer",)),
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("note", models.TextField()),
    ("data", models.JSONField(default=dict)),
    ("customer", models.ForeignKey("shop.Customer", models.CASCADE, related_name="orders")),
    ("tags", models.ManyToManyField("shop.Customer", related_name="tagged")),
], options={"db_table": "orders"}),
"""
IMPORTS = """
import json, logging, hashlib
from collections import OrderedDict, defaultdict
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Subquery, Q
from django.utils.text import slugify
"""


def stepped(folder: Path, *lines: str, top: str = "", files: dict[str, str] | None = None) -> Migration:
    body = "".join(f"    {line}\n" for line in lines)
    names = "".join(f"    {name} = apps.get_model('shop', '{name}')\n" for name in ("Order", "Customer", "Vip"))
    step = f"{IMPORTS}{top}def step(apps, schema_editor):\n{names}{body}"
    text = second("migrations.RunPython(step, migrations.RunPython.noop),", top=step)
    return read(project(folder, {"0001_initial": migration(MODELS), "0002_next": text, **(files or {})}), "shop.0002")


def changes(found: Migration) -> list[tuple[type, str]]:
    """The changes and their tables, where nothing stays named."""
    assert found.problems == ()
    return [(type(o), str(getattr(o, "table", ""))) for s in found.statements for o in s.operations]


@pytest.mark.parametrize(
    ("lines", "change"),
    [
        (("Order.objects.annotate(n=Count('tags')).filter(n=0).delete()",), (Delete, "orders")),
        (("Order.objects.in_bulk([1])[1].delete()",), (Delete, "orders")),
        (("for order in Order.objects.in_bulk().values():", "    order.save()"), (Update, "orders")),
        (("for n, order in enumerate(Order.objects.all()):", "    order.save()"), (Update, "orders")),
        (
            ("for page in Paginator(Order.objects.all(), 100):", "    page.object_list.update(note='x')"),
            (Update, "orders"),
        ),
        (("Order.objects.published().update(note='x')",), (Update, "orders")),
        (("Order.all_objects.filter(id=1).update(note='x')",), (Update, "orders")),
        (("(Order.objects.filter(id=1) | Order.objects.filter(id=2)).delete()",), (Delete, "orders")),
        (("Order.objects.get(id=1).customer.orders.all().delete()",), (Delete, "orders")),
        (("Order.objects.get(id=1).customer.save()",), (Update, "shop_customer")),
        (("Order.objects.get(id=1).tags.add(1)",), (Insert, "orders_tags")),
        (("Order.objects.get(id=1).tags.all().delete()",), (Delete, "shop_customer")),
        (("Order.tags.through.objects.all().delete()",), (Delete, "orders_tags")),
        (("Vip.objects.get(id=1).orders.all().delete()",), (Delete, "orders")),
        (("get_user_model().objects.filter(id=1).update(email='')",), (Update, "auth_user")),
        (
            ("sub = Customer.objects.filter(orders=OuterRef('pk'))", "Order.objects.update(note=Subquery(sub))"),
            (Update, "orders"),
        ),
        (("cursor = connection.cursor()", "cursor.execute(f'DELETE FROM {Order._meta.db_table}')"), (Delete, "orders")),
        (("connection.schema_editor().execute('DELETE FROM orders')",), (Delete, "orders")),
        (("schema_editor.delete_model(Customer)",), (DropTable, "shop_customer")),
        (("schema_editor.alter_db_table(Order, 'orders', 'purchases')",), (RenameRelation, "orders")),
    ],
)
def test_a_change_of_rows(lines: tuple[str, ...], change: tuple[type, str], tmp_path: Path) -> None:
    assert changes(stepped(tmp_path, *lines)) == [change]


@pytest.mark.parametrize(
    "lines",
    [
        ("logging.getLogger(__name__).info('x %s', Order.objects.count())",),
        ("print(json.dumps([o.note for o in Order.objects.all()]))",),
        ("for o in Order.objects.all():", "    o.data['a']['b'].append(slugify(o.note))", "    o.data.update(x=1)"),
        ("h = hashlib.md5()", "h.update(b'x')", "cache.delete(h.hexdigest())"),
        ("found = defaultdict(list)", "for o in Order.objects.all():", "    found[o.note].append(o.id)"),
        ("if settings.DEBUG:", "    print(settings.ROOT / 'x')"),
        ("names = {'a': 1}", "for o in Order.objects.all():", "    print(names[o.note])"),
        ("list(Order.objects.values_list('id', flat=True).distinct()[:5])",),
        ("connection.introspection.table_names()", "connection.ops.quote_name('x')"),
        ("Order.objects.none().query.clear_limits()",),
    ],
)
def test_what_changes_no_rows_is_silent(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert changes(stepped(tmp_path, *lines)) == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("rebuild(Order)", "elsewhere.rebuild"),
        ("x = rebuild(Order.objects.all())", "elsewhere.rebuild"),
        ("x = rebuild(apps)", "elsewhere.rebuild"),
        ("x = rebuild(connection.cursor())", "elsewhere.rebuild"),
        ("rebuild()", "elsewhere.rebuild"),
        ("Order.objects.rebuild_all()", "method of the project's own manager"),
        ("Order.objects.get(id=1).recalculate()", "method of the project's own model"),
        ("schema_editor.add_field(Order, rebuild)", "schema_editor.add_field"),
        ("connection.cursor().execute(rebuild.SQL)", ""),
        ("apps.get_model(rebuild.NAME).objects.update(note='x')", ""),
    ],
)
def test_what_could_write_stays_named(line: str, named: str, tmp_path: Path) -> None:
    found = stepped(tmp_path, line, top="from elsewhere import rebuild\n")

    told = [problem.message for problem in found.problems]
    told += [str(op) for s in found.statements for op in s.operations if type(op).__name__ == "Opaque"]
    assert any(named in words for words in told), told


def test_a_model_of_todays_code_is_its_table(tmp_path: Path) -> None:
    found = stepped(tmp_path, "Order.objects.filter(id=1).update(note='x')", top="from shop.models import Order\n")
    today = stepped(tmp_path / "b", "Today.objects.all().delete()", top="from shop.models import Customer as Today\n")

    assert changes(found) == [(Update, "orders")]
    assert changes(today) == [(Delete, "shop_customer")]


def test_helpers_of_helpers_are_read_when_they_are_called(tmp_path: Path) -> None:
    files = {
        "shop/filling.py": "from shop.tools import clear\n\n\ndef fill(model):\n    clear(model.objects.all())\n",
        "shop/tools.py": "def clear(rows):\n    rows.delete()\n",
    }

    found = stepped(tmp_path, "fill(Order)", top="from shop.filling import fill\n", files=files)

    assert changes(found) == [(Delete, "orders")]


def test_the_body_of_a_task_is_not_run_by_the_migration(tmp_path: Path) -> None:
    task = "from celery import shared_task\nfrom shop.models import Order\n\n\n@shared_task\ndef fill():\n"
    files = {"shop/tasks.py": f"{task}    Order.objects.all().delete()\n"}

    assert changes(stepped(tmp_path, "fill.delay()", top="from shop.tasks import fill\n", files=files)) == []
