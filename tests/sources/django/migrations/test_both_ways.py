"""What is said of the way back that Django itself makes of an operation."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.report import Report
from tests.sources.django.projects import ORDER, report, second, shop
from tests.sources.django.reading.test_libraries import PGTRIGGER, TRIGGER


def said(found: Report) -> set[tuple[str, str, bool]]:
    """Rules and levels, and whether they are about the way back; the lock timeout is about everything."""
    return {
        (entry.finding.code, entry.finding.severity, entry.is_way_back)
        for entry in found.findings
        if entry.finding.code != "MS301"
    }


def test_taking_a_field_away_again_is_no_finding(tmp_path: Path) -> None:
    assert (
        said(report(shop(tmp_path, second('migrations.AddField("order", "code", models.TextField(null=True)),'))))
        == set()
    )


def test_what_a_free_change_costs_on_the_way_back_is_information(tmp_path: Path) -> None:
    longer = 'migrations.AlterField("order", "note", models.CharField(max_length=80)),'

    assert said(report(shop(tmp_path, second(longer)), "shop.0002")) == {
        ("MS103", "info", True),
        ("MS411", "info", True),
    }


def test_work_on_both_ways_is_told_once(tmp_path: Path) -> None:
    number = 'migrations.AlterField("order", "done", models.IntegerField(null=True)),'
    index = 'migrations.AddIndex("order", models.Index(fields=["note"], name="order_note")),'

    assert ("MS101", "error", False) in said(report(shop(tmp_path / "a", second(index)), "shop.0002"))
    assert not any(back for _, _, back in said(report(shop(tmp_path / "a", second(index)), "shop.0002")))
    assert [code for code, _, _ in said(report(shop(tmp_path / "b", second(number)), "shop.0002"))].count("MS103") == 1


def test_sql_that_a_person_wrote_for_the_way_back_is_judged(tmp_path: Path) -> None:
    sql = 'migrations.RunSQL("SELECT 1", "CREATE INDEX order_note ON shop_order (note)"),'

    assert ("MS101", "error", True) in said(report(shop(tmp_path, second(sql)), "shop.0002"))


def test_a_foreign_key_that_is_made_again_holds_before(tmp_path: Path) -> None:
    keyed = ORDER + 'migrations.CreateModel("Line", [("id", models.BigAutoField(primary_key=True)),'
    keyed += ' ("order", models.ForeignKey("shop.Order", models.CASCADE))]),'
    optional = 'migrations.AlterField("line", "order", models.ForeignKey("shop.Order", models.CASCADE, default=1)),'
    found = said(report(shop(tmp_path, second(optional), keyed), "shop.0002"))

    assert ("MS201", "warning", False) in found
    assert not any(code == "MS804" for code, _, _ in found)


PARENT_LINK = "auto_created=True, on_delete=models.CASCADE, parent_link=True, primary_key=True, serialize=False"
CHILD = f"""
migrations.CreateModel(
    "Gift",
    [("order_ptr", models.OneToOneField(to="shop.Order", {PARENT_LINK})), ("text", models.TextField())],
    bases=("shop.order",),
),
"""


def refusals(found: Report) -> list[str]:
    return [entry.finding.message for entry in found.findings if entry.finding.code == "MS003" and entry.is_way_back]


def test_a_link_to_a_parent_that_is_removed_before_its_model_comes_back_twice(tmp_path: Path) -> None:
    """As Django itself on a server: the model has the link because of its base, and RemoveField adds it once more."""
    root = shop(
        tmp_path,
        second('migrations.RemoveField("gift", "order_ptr"),', 'migrations.DeleteModel("Gift"),'),
        ORDER + CHILD,
    )

    [message] = refusals(report(root, "shop.0002"))
    assert 'column "order_ptr_id" of relation "shop_gift" already exists' in message


def test_an_index_that_was_deferred_behind_its_removal_is_in_the_way_back(tmp_path: Path) -> None:
    """As Django itself on a server: the key's index is sent last, when the field is already a OneToOneField."""
    add, alter = (
        f'migrations.{operation}("order", "first", models.{field}("shop.Order", models.CASCADE, null=True)),'
        for operation, field in (("AddField", "ForeignKey"), ("AlterField", "OneToOneField"))
    )

    [message] = refusals(report(shop(tmp_path, second(add, alter)), "shop.0002"))
    assert message.endswith("already exists.")


@pytest.mark.parametrize(
    "option",
    [
        '"unique_together": {("note", "done")}',
        '"unique_together": None, "constraints": [models.UniqueConstraint(fields=["note", "done"], name="once")]',
        '"indexes": [models.Index(fields=["done"], name="by_done")]',
    ],
)
def test_a_table_that_django_cannot_make_again_has_no_way_back(option: str, tmp_path: Path) -> None:
    """The field is gone from the model and not from what names it: Django raises FieldDoesNotExist."""
    together = ORDER.replace('name="Order",', f'name="Order",\n    options={{{option}}},')
    gone = second('migrations.RemoveField("order", "done"),', 'migrations.DeleteModel("Order"),')
    found = report(shop(tmp_path, gone, together), "shop.0002").findings

    (message,) = (entry.finding.message for entry in found if entry.finding.code == "MS801")

    assert message.startswith("Django cannot take this migration back: DeleteModel fails with FieldDoesNotExist: ")
    assert not [entry.finding.code for entry in found if entry.finding.code in ("MS001", "MS003")]


def test_what_operations_of_a_library_leave_is_information(tmp_path: Path) -> None:
    """django-pgtrigger drops its triggers and keeps their functions; nobody who uses it can mend that."""
    triggers = (TRIGGER, TRIGGER.replace("protect", "guard").replace("DELETE", "UPDATE"))
    found = report(shop(tmp_path, second(*triggers, top=PGTRIGGER)), "shop.0002")

    (left,) = [entry.finding for entry in found.findings if entry.finding.code == "MS802"]
    assert left.severity == "info"
    assert left.message == (
        "After the way up and this way back, functions public._pgtrigger_should_ignore, public.pgtrigger_guard_7e8f0 "
        "and public.pgtrigger_protect_7e8f0 are left."
    )


def test_what_sql_leaves_that_somebody_wrote_is_a_warning(tmp_path: Path) -> None:
    up, back = "ALTER TABLE shop_order ADD code text, ADD place text", "ALTER TABLE shop_order DROP code"
    found = report(shop(tmp_path, second(f'migrations.RunSQL("{up}", "{back}"),')), "shop.0002")

    assert [entry.finding.severity for entry in found.findings if entry.finding.code == "MS802"] == ["warning"]
