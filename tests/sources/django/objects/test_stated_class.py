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

class RoleField(models.ForeignKey):
    def __init__(self, parent_role=None, **kwargs):
        self.parent_role = parent_role
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs["parent_role"] = self.parent_role
        return name, path, args, kwargs
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


@pytest.mark.parametrize(("role", "made"), [("['admin']", AGAIN), ("['owner']", [])])
def test_a_key_whose_class_states_another_option_of_its_own_is_made_again(
    role: str, made: list[str], tmp_path: Path
) -> None:
    """Django compares what `deconstruct` states; that the option never reaches the column does not matter to it."""
    key = "RoleField(parent_role={}, to='shop.Tree', on_delete=models.CASCADE)"
    first = f"migrations.AlterField('order', 'tree', {key.format(['owner'])}),"
    second = f"migrations.AlterField('order', 'tree', {key.format(role)}),"
    top = "from shop.models.keys import RoleField\n"

    assert sent(tmp_path, first + second, top) == AGAIN + made
