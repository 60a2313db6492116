"""What a row holds only the database knows: no condition on it keeps a change of rows out of sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.django.projects import second, sent, shop

STEP = """
def step(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    first = Order.objects.first()
    for order in Order.objects.all():
        if {condition}:
            order.delete()
"""


@pytest.mark.parametrize(
    "condition",
    [
        "order.done is None",
        "order.done is not None",
        "order.done is not None and order.note is None",
        "order.done is True",
        "not order.done",
        "order.note == 'x'",
        "order.note != 'x'",
        "order.note in ('x', 'y')",
        "order.note not in ('x', 'y')",
        "order.note.strip() is None",
        "order.note.startswith('x')",
        "order.customer is None",
        "order.customer.name is None",
        "len(order.note) > 3",
        "isinstance(order.note, str)",
        "not isinstance(order.note, str)",
        "type(order.note) is int",
        "order.pk > 5",
        "first is None",
        "first is not None",
        "order is first",
        "order != first",
        "any(part is None for part in (order.done, order.note))",
        "{'x': 1}.get(order.note) is None",
        "{'x': 1}.get(order.note) is not None",
        "getattr(order, 'done') is None",
        "getattr(order, 'nothing', None) is None",
        "hasattr(order, 'customer')",
        "not hasattr(order, 'customer')",
        "Order.objects.filter(done=True).exists()",
        "not Order.objects.filter(done=True).exists()",
        "Order.objects.count() == 0",
        "Order.objects.filter(note='x').first() is None",
        "str(order.note) == 'x'",
        "bool(order.done) is False",
        "int(order.note) == 3",
    ],
)
def test_either_may_be_so(tmp_path: Path, condition: str) -> None:
    text = second("migrations.RunPython(step),", top=STEP.format(condition=condition))
    assert any("DELETE FROM shop_order" in sql for sql in sent(shop(tmp_path, text), "shop.0002"))
