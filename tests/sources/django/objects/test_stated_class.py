"""Django makes a foreign key's constraint again when AlterField changes its class, and for no other kind of field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.django.projects import collected, migration, project

FIRST = """
migrations.CreateModel(name="Tree", fields=[("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("tree", models.ForeignKey("shop.Tree", models.CASCADE)),
        ("note", models.CharField(max_length=20)),
    ],
),
"""
OWN = """
from django.db import models

class KeyField(models.ForeignKey):
    pass

class NoteField(models.CharField):
    pass
"""
AGAIN = ["SET CONSTRAINTS", "ALTER TABLE", "ALTER TABLE"]


def sent(root: Path, operation: str, top: str) -> list[str]:
    files = {
        "0001_initial": migration(FIRST),
        "0002_next": migration(operation, after=(("shop", "0001_initial"),), top=top),
        "shop/models/keys.py": OWN,
    }
    project(root, files)
    (found,) = collected(root, "shop/migrations/0002_next.py").histories
    last = next(m for m in found.migrations if m.id == "shop.0002_next")
    assert last.problems == ()
    return [" ".join(statement.sql.split()[:2]) for statement in last.statements]


@pytest.mark.parametrize(
    ("kind", "top"),
    [
        ("KeyField", "from shop.models.keys import KeyField\n"),
        ("TreeForeignKey", "from mptt.fields import TreeForeignKey\n"),
    ],
)
def test_a_key_of_another_class_is_made_again(kind: str, top: str, tmp_path: Path) -> None:
    assert sent(tmp_path, f'migrations.AlterField("order", "tree", {kind}("shop.Tree", models.CASCADE)),', top) == AGAIN


def test_a_key_of_the_same_class_is_not(tmp_path: Path) -> None:
    operation = 'migrations.AlterField("order", "tree", models.ForeignKey("shop.Tree", models.PROTECT)),'
    assert sent(tmp_path, operation, "") == []


def test_another_class_of_a_plain_column_changes_nothing(tmp_path: Path) -> None:
    operation = 'migrations.AlterField("order", "note", NoteField(max_length=20)),'
    assert sent(tmp_path, operation, "from shop.models.keys import NoteField\n") == []
