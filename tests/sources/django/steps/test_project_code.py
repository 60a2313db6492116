"""Code of the project that a step reaches through other modules: its commands, its classes, what lies behind a star."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.operations import Delete, Insert, Update
from tests.sources.django.steps.test_step_calls import changes, stepped

CALL = "from django.core.management import call_command\n"
COMMAND = "shop/management/commands/tidy.py"
BASE = """
from django.core.management.base import BaseCommand
from shop.models import Order

class Once(BaseCommand):
    name = ""

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument("--limit", type=int, default=10)
        parser.add_argument("--keep", action="store_false", dest="drop")

    def handle(self, *args, **options):
        if options["dry_run"]:
            self.stdout.write(self.style.WARNING("nothing is done"))
            return
        self.work(options)
        if options["verbosity"] > 1:
            Order.objects.create(note="told")
"""
TIDY = """
from shop.management.once import Once
from shop.models import Order

class Command(Once):
    def work(self, options):
        if options["drop"]:
            Order.objects.filter(id__lt=options["limit"]).delete()
        else:
            Order.objects.update(note="")
"""
FILES = {COMMAND: TIDY, "shop/management/once.py": BASE}


@pytest.mark.parametrize(
    ("call", "made"),
    [
        ("call_command('tidy')", [Delete]),
        ("call_command('tidy', verbosity=2)", [Delete, Insert]),
        ("call_command('tidy', dry_run=True)", []),
        ("call_command('tidy', '--dry-run')", []),
        ("call_command('tidy', '--keep')", [Update]),
    ],
)
def test_a_command_of_the_project_is_read_with_its_options(call: str, made: list[type], tmp_path: Path) -> None:
    found = changes(stepped(tmp_path, call, top=CALL, files=FILES))
    assert found == [(kind, "orders") for kind in made]


@pytest.mark.parametrize("words", ["'--table=orders'", "'--table', 'orders'", "table='orders'"])
def test_an_option_with_a_value(words: str, tmp_path: Path) -> None:
    command = """
from django.core.management.base import BaseCommand
from django.db import connection

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--table")

    def handle(self, *args, **options):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {options['table']}")
"""
    found = stepped(tmp_path, f"call_command('tidy', {words})", top=CALL, files={COMMAND: command})
    assert changes(found) == [(Delete, "orders")]


def test_it_may_be_called_through_its_module(tmp_path: Path) -> None:
    found = stepped(
        tmp_path, "management.call_command('tidy')", top="from django.core import management\n", files=FILES
    )
    assert changes(found) == [(Delete, "orders")]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {**FILES, "crm/management/commands/tidy.py": TIDY},  # the installed apps decide which of them is meant
        {COMMAND: "from elsewhere import Command\n"},
        {COMMAND: TIDY.replace("def work", "def done"), "shop/management/once.py": "Once = object\n"},
    ],
)
def test_a_command_that_cannot_be_read_is_named(files: dict[str, str], tmp_path: Path) -> None:
    found = stepped(tmp_path, "call_command('tidy')", top=CALL, files=files)
    assert [p.message for p in found.problems] == ["external-helper: what the command tidy does is not known"]


def test_an_object_of_a_class_of_the_project_is_followed(tmp_path: Path) -> None:
    files = {
        "shop/merging.py": "class Merger:\n    def __init__(self, rows):\n        self.rows = rows\n"
        "    def run(self):\n        for row in self.rows.all():\n            row.delete()\n",
        "shop/admin.py": "from shop.merging import Merger\n",
    }
    found = stepped(tmp_path, "tool.merge(Order.objects)", top="from shop import tool\n", files=files | TOOL)
    assert changes(found) == [(Delete, "orders")]


TOOL = {"shop/tool.py": "from shop.admin import Merger\n\ndef merge(rows):\n    Merger(rows).run()\n"}


def test_a_name_behind_a_star_is_found(tmp_path: Path) -> None:
    files = {
        "shop/utils/__init__.py": "from .rows import *\n",
        "shop/utils/rows.py": "def fill(rows):\n    rows.update(note='')\n",
        "shop/tool.py": "from shop.utils import fill\n\ndef run(rows):\n    fill(rows)\n",
    }
    found = stepped(tmp_path, "tool.run(Order.objects.all())", top="from shop import tool\n", files=files)
    assert changes(found) == [(Update, "orders")]


def test_a_helper_beside_a_command_and_the_links_of_a_model(tmp_path: Path) -> None:
    """What a module imports from its own package; and what lies between two models that are imported."""
    command = """
from django.core.management.base import BaseCommand
from .beside import unlink

class Command(BaseCommand):
    def handle(self, *args, **options):
        unlink()
"""
    beside = "from shop.models import Order\n\ndef unlink():\n    Order.tags.through.objects.all().delete()\n"
    files = {COMMAND: command, "shop/management/commands/beside.py": beside}
    found = stepped(tmp_path, "call_command('tidy')", top=CALL, files=files)
    assert changes(found) == [(Delete, "orders_tags")]


def test_what_a_model_does_as_a_class_is_read(tmp_path: Path) -> None:
    files = {
        "shop/models.py": "from django.db import models\n\nclass Order(models.Model):\n    @classmethod\n"
        "    def rebuild(cls, note):\n        cls._fill(note)\n        cls.objects.filter(note='').delete()\n\n"
        "    @classmethod\n    def _fill(cls, note):\n        cls.objects.update(note=note)\n\n"
        "    @staticmethod\n    def told(rows):\n        rows.create(note='x')\n"
    }
    lines = ("models_.Order.rebuild('x')", "models_.Order.told(Order.objects)")
    found = stepped(tmp_path, *lines, top="import shop.models as models_\n", files=files)
    assert changes(found) == [(Update, "orders"), (Delete, "orders"), (Insert, "orders")]


def test_a_method_in_a_transaction_of_its_own_gets_its_object(tmp_path: Path) -> None:
    tool = """
from django.db import transaction

class Tool:
    def __init__(self, rows):
        self.rows = rows

    @transaction.atomic
    def run(self, note):
        self.rows.update(note=note)

    @classmethod
    @transaction.atomic
    def all_of(cls, rows):
        cls(rows).run("x")
"""
    lines = ("tool.Tool(Order.objects).run('x')", "tool.Tool.all_of(Customer.objects)")
    found = stepped(tmp_path, *lines, top="from shop import tool\n", files={"shop/tool.py": tool})
    assert changes(found) == [(Update, "orders"), (Update, "shop_customer")]


def test_what_fails_in_another_file_is_told_in_its_own_words(tmp_path: Path) -> None:
    tool = (
        "# a longer file than the migration's own first lines\n" * 3 + "\ndef run(rows):\n    helper(rows, wrong=1)\n\n"
    )
    tool += "def helper(rows):\n    rows.delete()\n"
    found = stepped(
        tmp_path, "tool.run(Order.objects.all())", top="from shop import tool\n", files={"shop/tool.py": tool}
    )
    assert [p.message for p in found.problems] == [
        "raises: TypeError: helper() got an unexpected keyword argument 'wrong'"
    ]


def test_a_file_two_folders_above(tmp_path: Path) -> None:
    files = {"shop/sql/fill.sql": "UPDATE orders SET note = ''"}
    line = "schema_editor.execute((Path(__file__).parents[1] / 'sql/fill.sql').read_text())"
    assert changes(stepped(tmp_path, line, top="from pathlib import Path\n", files=files)) == [(Update, "orders")]


def test_reading_a_module_does_nothing_to_rows(tmp_path: Path) -> None:
    """Its top only makes names: functions that it hands out run later, and forms get their query sets."""
    models_ = """
from django import forms
from django.db import connection
from django.contrib.auth.models import User
from shop.elsewhere import Order, register

def purge(user):
    Order.objects.filter(user=user).delete()

User.add_to_class("purge", purge)
register(connection, Order.objects.all())
FIELD = forms.ModelChoiceField(queryset=Order.objects.all())

def fill(rows):
    rows.update(note="")
"""
    tool = "from shop.models import fill\n\ndef run(rows):\n    fill(rows)\n"
    files = {"shop/models.py": models_, "shop/tool.py": tool}
    found = stepped(tmp_path, "tool.run(Order.objects.all())", top="from shop import tool\n", files=files)
    assert changes(found) == [(Update, "orders")]
