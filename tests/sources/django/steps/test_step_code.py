"""Code that steps call: methods and classes of their own, the project's functions, commands, what works elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.operations import Delete, Insert, Update
from tests.sources.django.steps.test_step_calls import changes, stepped

PATCHED = """
def rename(self, name="x"):
    self.note = name
    self.save()
"""


def test_a_method_that_the_code_puts_onto_a_model_is_followed(tmp_path: Path) -> None:
    lines = ("Order.rename = rename", "for order in Order.objects.filter(id=1):", "    order.rename('y')")

    assert changes(stepped(tmp_path, *lines, top=PATCHED)) == [(Update, "orders")]


def test_a_class_derived_from_a_historical_model_has_its_rows(tmp_path: Path) -> None:
    lines = (
        "from mptt.models import MPTTModel",
        "class Tree(MPTTModel, Order):",
        "    def fill(self):",
        "        self.save()",
        "    class Meta:",
        "        proxy = True",
        "Tree.objects.rebuild()",
        "Tree.objects.filter(id=1).delete()",
        "Tree.objects.get(id=1).fill()",
    )

    assert changes(stepped(tmp_path, *lines)) == [(Update, "orders"), (Delete, "orders"), (Update, "orders")]


def test_rows_that_are_put_together_at_run_time_go_into_the_named_table(tmp_path: Path) -> None:
    found = stepped(
        tmp_path,
        "rows = [row for row in Customer.objects.values_list('id', flat=True)]",
        "marks = ','.join(['(%s,%s)'] * len(rows))",
        "connection.cursor().execute('INSERT INTO orders (id, note) VALUES {};'.format(marks), rows)",
    )

    assert changes(found) == [(Insert, "orders")]
    (insert,) = (operation for statement in found.statements for operation in statement.operations)
    assert isinstance(insert, Insert)
    assert insert.rows is None


@pytest.mark.parametrize(
    "line",
    [
        "import django.db; django.db.reset_queries(); connection.close()",
        "from django.core.management import call_command; call_command('collectstatic', interactive=False)",
        "from shop.files import storage; storage.delete('a.png')",
        "value = json.dumps(obj={'a': 1}) + json.loads(s='[1]')[0].__class__.__name__",
    ],
)
def test_what_changes_no_rows_is_quiet(tmp_path: Path, line: str) -> None:
    assert changes(stepped(tmp_path, *line.split("; "))) == []


def test_commands_do_what_django_does(tmp_path: Path) -> None:
    lines = ("from django.core.management import call_command", "call_command('clearsessions')")

    assert changes(stepped(tmp_path, *lines)) == [(Delete, "django_session")]


def test_the_command_of_a_project_is_named(tmp_path: Path) -> None:
    lines = ("from django.core.management import call_command", "call_command('fill_orders')")

    (problem,) = stepped(tmp_path, *lines).problems
    assert problem.message == "external-helper: what the command fill_orders does is not known"


HELPERS = """
def total(order):
    order.note = "x"
    order.save()
    return 1
"""


def test_a_readable_function_of_the_project_is_read_where_its_value_is_used(tmp_path: Path) -> None:
    lines = ("from shop.models.utils import total", "n = total(Order.objects.get(id=1))")
    found = stepped(tmp_path, *lines, files={"shop/models/utils.py": HELPERS})

    assert changes(found) == [(Update, "orders")]


def test_one_that_is_not_read_is_named_when_it_gets_a_row(tmp_path: Path) -> None:
    lines = ("from elsewhere.tools import total", "n = total(Order.objects.get(id=1))")

    (problem,) = stepped(tmp_path, *lines).problems
    assert problem.message == "external-helper: elsewhere.tools.total gets a row and is not known"


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("process_model_backfill('order', 1000)", True),
        ("update_totals('order')", True),
        ("total_of_update('order')", False),
        ("UpdateTotals('order')", False),
    ],
)
def test_one_that_is_not_read_is_named_when_its_name_says_what_it_does(call: str, named: bool, tmp_path: Path) -> None:
    name = call.split("(", maxsplit=1)[0]
    lines = (f"from elsewhere.tools import {name}", f"n = {call}")

    problems = [problem.message for problem in stepped(tmp_path, *lines).problems]
    assert problems == ([f"external-helper: elsewhere.tools.{name} is not known"] if named else [])


def test_of_plain_values_it_makes_other_values(tmp_path: Path) -> None:
    lines = (
        "from elsewhere.tools import total",
        "order = Order.objects.get(id=1)",
        "order.note = total(order.note)",
        "order.save()",
    )

    assert changes(stepped(tmp_path, *lines)) == [(Update, "orders")]
