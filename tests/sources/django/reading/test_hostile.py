"""Files that are broken in any way are read without a crash, and what of them is not understood is said."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migsafe.model.migration import Migration
from migsafe.sources.django.editor.setup import connection
from migsafe.sources.django.reading.domain import DjangoDomain
from migsafe.sources.django.reading.reader import ReadMigration, read
from migsafe.sources.interpreter import Source
from tests.sources.django.projects import collected, shop

WHOLE = """
import uuid
from django.conf import settings
from django.db import connection, migrations, models, transaction
from django.contrib.postgres.operations import AddIndexConcurrently
import pgtrigger.compiler, pgtrigger.migrations

SIZES = {"a": 10, "b": 20}

def fill(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    with transaction.atomic():
        for order in Order.objects.filter(done=None).iterator():
            order.note = f"{uuid.uuid4()}-{order.pk}"
            order.save(update_fields=["note"])
    schema_editor.execute("UPDATE shop_order SET done = %s" % True)

class Quiet(migrations.AddField):
    def __init__(self, *args, loud=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.loud = loud

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            schema_editor.execute("SELECT 1")

def columns(*names):
    return [(name, models.CharField(max_length=SIZES.get(name, 5))) for name in names]

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    replaces = [("shop", f"000{n}_x") for n in range(3)]
    operations = [
        migrations.CreateModel("Line", [("id", models.AutoField(primary_key=True)), *columns("a", "b")]),
        Quiet("order", "code", models.TextField(default=list, null=not settings.DEBUG), loud=1 < 2),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL([("UPDATE shop_order SET note = %s", ["x"]), "SELECT 2"], reverse_sql=""),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "note")]),
        AddIndexConcurrently("order", models.Index(fields=["done"], name="by_done", condition=models.Q(done=True))),
        pgtrigger.migrations.RemoveTrigger("order", name="guard"),
    ]
    if connection.vendor != "sqlite":
        operations += [migrations.AddConstraint("order", models.CheckConstraint(check=models.Q(id__gt=0), name="c"))]
    elif settings.HEAVY:
        operations.append(migrations.DeleteModel("Line"))
"""
TOKENS = re.findall(r"\w+|\s+|[^\w\s]", WHOLE)
ODD = (
    *("None", "0", "''", "()", "[]", "{}", "...", "*", "**", "lambda: 0", "self", "super()", "not", "-", "@", ".", ","),
    *("migrations", "operations", "models.Q()", "raise", "return", "yield", "await", "global x", "del operations"),
    *("Migration", "apps", "f'{x!r:>{y}}'", "1 / 0", "settings.X", "[x for x in x]", "a := 1", "\x00", "\ue5ca", "\n"),
    *("operations = operations", "operations.append(operations)", "SIZES", "= (", ")", "if x:", "while True: pass"),
)
DOMAIN = DjangoDomain({"AUTH_USER_MODEL": "auth.User"})


def mutated(changes: list[tuple[int, int, int]]) -> str:
    """The file with tokens taken out, doubled, exchanged, or replaced by odd ones."""
    tokens = list(TOKENS)
    for kind, place, other in changes:
        at, to = place % len(tokens), other % len(tokens)
        if kind == 0:
            tokens[at] = ""
        elif kind == 1:
            tokens[at], tokens[to] = tokens[to], tokens[at]
        elif kind == 2:
            tokens[at] = tokens[to]
        else:
            tokens[at] += f" {ODD[other % len(ODD)]}" if kind == 3 else ODD[other % len(ODD)]
    return "".join(tokens)


def read_text(text: str) -> ReadMigration:
    connection()
    return read(Source("shop/migrations/0002_next.py", text), "shop", "0002_next", DOMAIN)


def test_the_file_itself_is_understood() -> None:
    found = read_text(WHOLE)

    assert [read.problem for read in found.operations if read.problem] == []
    assert found.problems == ()
    assert len(found.operations) == 8, "the condition on the database is decided"


CHANGE = st.tuples(st.integers(0, 4), st.integers(0, 10_000), st.integers(0, 10_000))


@settings(max_examples=150, deadline=None)
@given(st.lists(CHANGE, min_size=1, max_size=6))
def test_a_damaged_file_is_read_without_a_crash(changes: list[tuple[int, int, int]]) -> None:
    found = read_text(mutated(changes))

    assert not any("crashed" in problem.message for problem in found.problems), found.problems
    assert not found.unread or found.problems


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_the_end_is_read_without_a_crash(text: str) -> None:
    assert not any("crashed" in problem.message for problem in read_text(WHOLE + text).problems)


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_never_ends_a_run(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    changes = [(chance.randrange(5), chance.randrange(10_000), chance.randrange(10_000)) for _ in range(3)]

    found = collected(shop(tmp_path, mutated(changes)))

    assert any(isinstance(m, Migration) and m.id == "shop.0002_next" for m in found.focus)


@pytest.mark.parametrize(
    "body",
    [
        "operations = []\n    operations.append(operations)",
        "operations = [migrations.RunSQL(x)]\n    x = [x]",
        "dependencies = []\n    dependencies.append(dependencies)\n    operations = []",
        "operations = {1: 2}",
        "operations = lambda: 0",
        "operations = [migrations.AddField]",
        "operations = [migrations.AddField('order', 'x', migrations.AddField)]",
        "operations = [migrations.SeparateDatabaseAndState([migrations.RunPython(0)], {})]",
        "operations = [migrations.AlterField('order', 'nothing', models.TextField())]",
        "operations = [migrations.CreateModel('A', [('b', models.ForeignKey('A.B.C', 1))], bases=(1, 'x.y'))]",
        "operations = [migrations.AddIndex('order', models.Index(models.F('nothing'), name='n'))]",
    ],
)
def test_nonsense_is_said_and_not_believed(body: str, tmp_path: Path) -> None:
    top = "from django.db import migrations, models\nx = []\nx.append(x)"
    text = f"{top}\nclass Migration(migrations.Migration):\n    {body}\n"

    (found,) = [m for m in collected(shop(tmp_path, text), "shop.0002").focus if m.direction == "up"]

    assert found.problems
    assert not any("crashed" in problem.message for problem in found.problems)
