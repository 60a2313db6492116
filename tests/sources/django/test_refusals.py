"""A refusal of the server is predicted only where the history really leads to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.findings import Severity
from tests.sources.django.projects import ORDER, migration, project, report, second, shop


def _refusals(root: Path, *paths: str) -> list[tuple[Severity, str]]:
    found = (entry.finding for entry in report(root, *paths).findings)
    return [(finding.severity, finding.message) for finding in found if finding.code == "MS003"]


def test_what_history_has_made_already_is_refused(tmp_path: Path) -> None:
    text = second('migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN note text"),')

    [(severity, message)] = _refusals(shop(tmp_path, text), "shop.0002")

    assert severity is Severity.ERROR
    assert 'column "note" of relation "shop_order" already exists' in message


@pytest.mark.parametrize(
    ("condition", "told"),
    [('"shop_order" not in schema_editor.connection.introspection.table_names()', []), ("settings.HEAVY", ["info"])],
)
def test_a_condition_that_asks_for_it_answers_it(condition: str, told: list[str], tmp_path: Path) -> None:
    top = f"""
from django.conf import settings


def step(apps, schema_editor):
    if {condition}:
        schema_editor.execute("ALTER TABLE shop_order ADD COLUMN note text")
"""

    found = _refusals(shop(tmp_path, second("migrations.RunPython(step),", top=top)), "shop.0002")

    assert [severity for severity, _ in found] == told


def test_an_operation_that_is_not_known_may_have_made_room(tmp_path: Path) -> None:
    text = second(
        "strange.Sharpen('order'),",
        'migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN note text"),',
        top="import strange\n",
    )

    assert [severity for severity, _ in _refusals(shop(tmp_path, text), "shop.0002")] == [Severity.WARNING]


def test_one_of_an_earlier_migration_may_have_made_room_too(tmp_path: Path) -> None:
    index = 'migrations.RunSQL("CREATE INDEX note_idx ON shop_order (note)"),'
    files = {
        "0001_initial": migration(ORDER),
        "0002_first": second(index),
        "0003_strange": migration("strange.Sharpen('order'),", after=(("shop", "0002_first"),), top="import strange\n"),
        "0004_next": migration(index, after=(("shop", "0003_strange"),)),
    }

    assert [severity for severity, _ in _refusals(project(tmp_path, files))] == [Severity.WARNING]


def test_a_way_back_ends_at_the_first(tmp_path: Path) -> None:
    """Django makes the table with a key of its own, and cannot add the one that was there (run with 4.2 and 5.2)."""
    key = 'models.OneToOneField("shop.Order", models.CASCADE, primary_key=True)'
    kinds = "".join(f'migrations.CreateModel("{name}", [("id", {key})]),\n' for name in ("Ticket", "Token"))
    gone = "".join(
        f'migrations.RemoveField("{name}", "id"),\nmigrations.DeleteModel("{name}"),\n' for name in ("ticket", "token")
    )

    [(severity, message)] = _refusals(shop(tmp_path, second(gone), ORDER + kinds), "shop.0002")

    assert severity is Severity.ERROR
    assert message.endswith('multiple primary keys for table "shop_token" are not allowed.')


def test_a_rename_if_exists_to_a_name_that_is_taken_does_nothing(tmp_path: Path) -> None:
    text = second('migrations.RunSQL("ALTER TABLE IF EXISTS old_order RENAME TO shop_order"),')

    assert _refusals(shop(tmp_path, text), "shop.0002") == []


def test_two_names_that_are_not_known_are_not_the_same(tmp_path: Path) -> None:
    sql = 'migrations.RunSQL("CREATE INDEX %s ON shop_order (note)" % names.INDEX),'
    files = {
        "0001_initial": migration(ORDER),
        "0002_first": second(sql, top="import names\n"),
        "0003_next": migration(sql, after=(("shop", "0002_first"),), top="import names\n"),
    }

    assert _refusals(project(tmp_path, files)) == []


def test_a_constraint_whose_name_is_not_known_may_be_there(tmp_path: Path) -> None:
    sql = 'migrations.RunSQL("ALTER TABLE shop_order DROP CONSTRAINT %s" % names.KEY),'

    assert _refusals(shop(tmp_path, second(sql, top="import names\n")), "shop.0002") == []


def test_rows_of_an_earlier_migration_wait_for_no_check(tmp_path: Path) -> None:
    """Also where the next migration begins under a condition, on a side that its other statements do not see."""
    tree = 'migrations.CreateModel("Tree", [("id", models.BigAutoField(primary_key=True))]),\n'
    key = 'migrations.AddField("order", "tree", models.ForeignKey("shop.Tree", models.CASCADE, null=True)),'
    fill = """
def fill(apps, schema_editor):
    apps.get_model("shop", "Order").objects.create(note="first", tree_id=1)
"""
    clean = """
def clean(apps, schema_editor):
    for order in apps.get_model("shop", "Order").objects.all():
        if order.note == "":
            order.save()
"""
    column = 'migrations.AddField("order", "more", models.BooleanField(null=True)),'
    files = {
        "0001_initial": migration(tree + ORDER + key),
        "0002_fill": second("migrations.RunPython(fill, migrations.RunPython.noop),", top=fill),
        "0003_next": migration("migrations.RunPython(clean),", column, after=(("shop", "0002_fill"),), top=clean),
    }

    assert _refusals(project(tmp_path, files)) == []
    together = second("migrations.RunPython(fill, migrations.RunPython.noop),", column, top=fill)
    [(severity, message)] = _refusals(shop(tmp_path / "together", together, tree + ORDER + key), "shop.0002")
    assert severity is Severity.ERROR
    assert "pending trigger events" in message
