"""What is proposed for functions of RunPython: the same rows, and nothing that the function does is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.django.projects import report, second, shop

HEAD = "def step(apps, schema_editor):\n    Order = apps.get_model('shop', 'Order')\n"


def remedies(tmp_path: Path, *lines: str) -> list[str]:
    body = "".join(f"    {line}\n" for line in lines)
    text = second("migrations.RunPython(step, migrations.RunPython.noop),", top=HEAD + body)
    entries = report(shop(tmp_path, text), "shop.0002").findings
    found = [entry.remedy for entry in entries if entry.finding.code in ("MS601", "MS602")]
    assert found
    return found


@pytest.mark.parametrize("change", ["update(done=True)", "delete()"])
def test_rows_that_the_function_leaves_alone_are_left_alone(change: str, tmp_path: Path) -> None:
    (some,) = remedies(tmp_path / "a", f"Order.objects.filter(done=None).{change}")
    (every,) = remedies(tmp_path / "b", f"Order.objects.all().{change}")

    assert ".filter(...).order_by" in some
    assert ".filter(...)" not in every
    assert all(f"rows.filter(pk__in=pks).{change.partition('(')[0]}(" in remedy for remedy in (some, every))


def test_null_is_no_value_for_the_rows_that_have_none(tmp_path: Path) -> None:
    change = 'migrations.AlterField("order", "done", models.BooleanField(default=None)),'
    entries = report(shop(tmp_path, second(change)), "shop.0002").findings
    found = [entry.remedy for entry in entries if "def fill_done" in entry.remedy]

    assert found
    assert all("update(done=...)" in remedy for remedy in found)


def test_a_function_that_does_more_is_not_replaced(tmp_path: Path) -> None:
    found = remedies(tmp_path, "Order.objects.all().update(done=True)", "Order.objects.all().update(note='x')")

    assert [remedy for remedy in found if "def step" in remedy] == []
