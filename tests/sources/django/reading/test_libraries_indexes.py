"""Indexes and constraints of libraries, choices as defaults, and dependencies that a setting names."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Direction
from tests.sources.django.projects import ORDER, collected, migration, project, read, second, sent, shop

HNSW = 'HnswIndex(name="by_note", fields=["note"], m=16, ef_construction=64, opclasses=["vector_l2_ops"])'


def test_indexes_of_pgvector(tmp_path: Path) -> None:
    ivf = 'IvfflatIndex(name="by_lists", fields=["note"], lists=100, opclasses=["vector_ip_ops"])'
    added = [f'migrations.AddIndex("order", pgvector.django.indexes.{index}),' for index in (HNSW, ivf)]
    assert sent(shop(tmp_path, second(*added, top="import pgvector.django.indexes\n")), "shop.0002") == [
        'CREATE INDEX "by_note" ON "shop_order" USING hnsw ("note" vector_l2_ops) WITH (m = 16, ef_construction = 64)',
        'CREATE INDEX "by_lists" ON "shop_order" USING ivfflat ("note" vector_ip_ops) WITH (lists = 100)',
    ]


def test_an_index_of_pgvector_is_removed_and_its_column_altered(tmp_path: Path) -> None:
    first = ORDER.replace("    ],\n),", f'    ],\n    options={{"indexes": [{HNSW}]}},\n),')
    text = migration(first, top="from pgvector.django import HnswIndex\n")
    changes = ('migrations.RemoveIndex("order", "by_note"),', 'migrations.RemoveField("order", "note"),')
    root = project(tmp_path, {"0001_initial": text, "0002_next": second(*changes)})
    assert sent(root, "shop.0002")[0] == 'DROP INDEX IF EXISTS "by_note"'


def test_the_check_of_loose_keys(tmp_path: Path) -> None:
    constraint = 'FkOrURLFieldConstraint(app_label="shop", model_name="order", fk_field="done", url_field="note")'
    added = f'migrations.AddConstraint("order", django_loose_fk.constraints.{constraint}),'
    removed = 'migrations.RemoveConstraint("order", "shop_order_done_or_note_filled"),'
    found = sent(shop(tmp_path, second(added, removed, top="import django_loose_fk.constraints\n")), "shop.0002")
    assert [sql.split(" CHECK ")[0] for sql in found] == [
        'ALTER TABLE "shop_order" ADD CONSTRAINT "shop_order_done_or_note_filled"',
        'ALTER TABLE "shop_order" DROP CONSTRAINT "shop_order_done_or_note_filled"',
    ]


def test_an_operator_class_by_the_module_that_imports_it(tmp_path: Path) -> None:
    top = "from django.contrib.postgres.constraints import OpClass\n"
    unique = 'models.UniqueConstraint(OpClass("note", name="text_pattern_ops"), name="one_note")'
    root = shop(tmp_path, second(f'migrations.AddConstraint("order", {unique}),', top=top))
    assert sent(root, "shop.0002") == ['CREATE UNIQUE INDEX "one_note" ON "shop_order" ("note" text_pattern_ops)']


def test_an_operation_that_only_looks_at_versions(tmp_path: Path) -> None:
    top = "from pulpcore.plugin.migrations import RequireVersion\n"
    found = read(shop(tmp_path, second('RequireVersion("core", "3.34.0"),', top=top)), "shop.0002")
    assert (found.statements, found.problems) == ((), ())


KINDS = "class Kind(models.TextChoices):\n    CASH = 'cash', 'In cash'\n    CARD = 'card'\n\n\n"
LEVELS = "class Level(models.IntegerChoices):\n    LOW = 1, 'Low'\n    HIGH = 2, 'High'\n\n\n"


@pytest.mark.parametrize(
    ("top", "operation", "sql"),
    [
        (
            KINDS,
            "AddField('order', 'kind', models.CharField(max_length=5, default=Kind.CASH))",
            "DEFAULT 'cash' NOT NULL",
        ),
        (KINDS, "AddField('order', 'kind', models.CharField(max_length=5, default=Kind.CARD.value))", "DEFAULT 'card'"),
        (LEVELS, "AddField('order', 'level', models.IntegerField(default=Level.HIGH))", "DEFAULT 2 NOT NULL"),
        (
            KINDS,
            "AddConstraint('order', models.UniqueConstraint('id', condition=models.Q(note__in=Kind.values), name='x'))",
            "IN ('cash', 'card')",
        ),
        (
            KINDS,
            "AddConstraint('order', models.UniqueConstraint('id', condition=models.Q(note=Kind.names[0]), name='x'))",
            "= 'CASH'",
        ),
        (KINDS, "RunSQL(f\"UPDATE shop_order SET note = '{Kind.CASH}'\")", "SET note = 'cash'"),
    ],
)
def test_choices_are_their_values(top: str, operation: str, sql: str, tmp_path: Path) -> None:
    found = sent(shop(tmp_path, second(f"migrations.{operation},", top=top)), "shop.0002")
    assert sql in found[0]


@pytest.mark.parametrize(
    "dependency",
    [
        "migrations.swappable_dependency(settings.ZOO_ANIMAL_MODEL)",
        "swapper.dependency(*swapper.split(settings.ZOO_ANIMAL_MODEL))",
    ],
)
def test_a_model_that_no_setting_replaces_is_that_of_the_settings_name(dependency: str, tmp_path: Path) -> None:
    first = migration(ORDER).replace("dependencies = []", f"dependencies = [{dependency}]")
    text = f"import swapper\nfrom django.conf import settings\n{first}"
    root = project(tmp_path, {"0001_initial": text, "zoo/migrations/0001_initial.py": migration()})
    found = [m for m in collected(root).focus if m.direction is Direction.UP]
    assert [m.id for m in found] == ["zoo.0001_initial", "shop.0001_initial"]
    assert [m.problems for m in found] == [(), ()]
