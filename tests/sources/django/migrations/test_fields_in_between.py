"""A step may use a field that a later operation of its migration takes away."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Direction
from tests.sources.django.projects import collected, migration, project, second
from tests.sources.django.steps.test_step_calls import MODELS

STEPS = """
def there(apps, schema_editor):
    apps.get_model("shop", "Order").objects.get(id=1).tags.add(2)

def back(apps, schema_editor):
    apps.get_model("shop", "Order").objects.get(id=1).tags.clear()

"""


@pytest.mark.parametrize(
    ("direction", "sql"),
    [
        (Direction.UP, "INSERT INTO orders_tags under a condition"),
        (Direction.DOWN, "DELETE FROM orders_tags under a condition"),
    ],
)
def test_a_relation_that_goes_behind_the_step(direction: Direction, sql: str, tmp_path: Path) -> None:
    text = second("migrations.RunPython(there, back),", 'migrations.RemoveField("order", "tags"),', top=STEPS)
    root = project(tmp_path, {"0001_initial": migration(MODELS), "0002_next": text})
    (found,) = [m for m in collected(root, "shop.0002").focus if m.direction is direction]
    assert found.problems == ()
    assert sql in [statement.sql for statement in found.statements]
