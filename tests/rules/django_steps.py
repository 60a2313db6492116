"""Runs what the pages of MS644, MS645, MS646 and MS648 say with Django itself, in a process of its own.

The database comes as JSON on standard input, what was seen goes to standard output (`test_steps_on_server.py`).
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from tests.rules.django_run import configure, error_of

MIGRATION = """
from django.db import migrations, models
from tests.rules.django_steps import {steps}


class Migration(migrations.Migration):
    dependencies = [("shop", "{before}")]
    operations = [
        {operations}
    ]
"""
FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("note", models.CharField(max_length=50)),
                ("customer", models.ForeignKey("shop.Customer", models.CASCADE, null=True)),
            ],
        ),
    ]
"""
ROWS = """
INSERT INTO shop_customer SELECT generate_series(1, 100);
INSERT INTO shop_order (note, customer_id) SELECT 'old', n FROM generate_series(1, 100) n;
"""
ADD = 'migrations.AddField("order", "state", models.TextField(null=True)),'
FILES = {
    "0002_recode": ("recode", "0001_before", "migrations.RunPython(recode, migrations.RunPython.noop),"),
    "0003_loops": ("loops", "0002_recode", "migrations.RunPython(loops),"),
    "0004_look": ("look", "0003_loops", f"{ADD} migrations.RunPython(look),"),
    "0005_pending": (
        "move",
        "0004_look",
        'migrations.RunPython(move), migrations.AddField("order", "more", models.TextField(null=True)),',
    ),
}
COLUMNS = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'shop_order'::regclass AND attnum > 0"
SEEN: dict[str, object] = {}


def recode(apps: Any, _: object) -> None:
    apps.get_model("shop", "Order").objects.filter(note="old").update(note="new")


def loops(apps: Any, _: object) -> None:
    model = apps.get_model("shop", "Order")
    SEEN["all"] = max(_alive(model) for _ in model.objects.all())
    SEEN["iterator"] = max(_alive(model) for _ in model.objects.iterator(chunk_size=10))


def _alive(model: type) -> int:
    return sum(type(thing) is model for thing in gc.get_objects())


def look(apps: Any, _: object) -> None:
    """As a worker that gets its task now: over a connection of its own."""
    SEEN["before the commit"] = _columns()


def move(apps: Any, _: object) -> None:
    apps.get_model("shop", "Order").objects.filter(id__lt=10).update(customer_id=1)


def _columns() -> int:
    """How many columns the table has for another session."""
    from django.db import connection

    other = connection.get_new_connection(connection.get_connection_params())
    with other, other.cursor() as cursor:
        cursor.execute(COLUMNS)
        return int(cursor.fetchone()[0])


def write(root: Any) -> None:
    folder = root / "shop" / "migrations"
    folder.mkdir(parents=True)
    for package in (root / "shop", folder):
        (package / "__init__.py").write_text("")
    (root / "shop" / "models.py").write_text("")
    (folder / "0001_before.py").write_text(FIRST)
    for name, (steps, before, operations) in FILES.items():
        text = MIGRATION.format(steps=steps, before=before, operations=operations)
        (folder / f"{name}.py").write_text(text)


def main() -> None:
    configure(json.load(sys.stdin))
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    def migrate(name: str) -> None:
        MigrationExecutor(connection).migrate([("shop", name)])

    migrate("0001_before")
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
    migrate("0002_recode")
    migrate("0001_before")
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(DISTINCT note) FROM shop_order")
        SEEN["after the way back"] = cursor.fetchone()[0]
    migrate("0004_look")
    SEEN["after the commit"] = _columns()
    SEEN["no way back"] = error_of(lambda: migrate("0001_before"))
    SEEN["pending"] = error_of(lambda: migrate("0005_pending"))
    json.dump(SEEN, sys.stdout)


if __name__ == "__main__":
    # the migrations import this module by its name
    from tests.rules import django_steps

    django_steps.main()
