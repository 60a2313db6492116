"""A refusal of the server is predicted only where the history really leads to it."""

from __future__ import annotations

from pathlib import Path

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


def test_a_condition_that_asks_for_it_makes_it_a_remark(tmp_path: Path) -> None:
    top = """
def step(apps, schema_editor):
    tables = schema_editor.connection.introspection.table_names()
    if "shop_order" not in tables:
        schema_editor.execute("ALTER TABLE shop_order ADD COLUMN note text")
"""

    found = _refusals(shop(tmp_path, second("migrations.RunPython(step),", top=top)), "shop.0002")

    assert [severity for severity, _ in found] == [Severity.INFO]


def test_an_operation_that_is_not_known_may_have_made_room(tmp_path: Path) -> None:
    text = second(
        "strange.Sharpen('order'),",
        'migrations.RunSQL("ALTER TABLE shop_order ADD COLUMN note text"),',
        top="import strange\n",
    )

    assert [severity for severity, _ in _refusals(shop(tmp_path, text), "shop.0002")] == [Severity.WARNING]


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
