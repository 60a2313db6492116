"""Python between the SQL of one operation runs where it stands, on both ways."""

from __future__ import annotations

from pathlib import Path

from tests.sources.django.projects import ORDER, collected, report, second, sent, shop

STEPS = """
def there(apps, schema_editor):
    schema_editor.execute("ALTER TABLE shop_order RENAME TO sales_order")


def back(apps, schema_editor):
    schema_editor.execute("ALTER TABLE sales_order RENAME TO shop_order")
"""
MIXED = """
migrations.SeparateDatabaseAndState(
    database_operations=[
        migrations.RunSQL("ALTER TABLE shop_order RENAME note TO word", "ALTER TABLE shop_order RENAME word TO note"),
        migrations.RunPython(there, back),
        migrations.RunSQL("ALTER TABLE sales_order RENAME done TO paid", "ALTER TABLE sales_order RENAME paid TO done"),
    ],
    state_operations=[migrations.AlterModelTable("order", "sales_order")],
),
"""


def mixed(root: Path) -> Path:
    return shop(root, second(MIXED, top=STEPS), ORDER)


def test_python_runs_between_the_sql(tmp_path: Path) -> None:
    assert sent(mixed(tmp_path), "shop.0002") == [
        "ALTER TABLE shop_order RENAME note TO word",
        "ALTER TABLE shop_order RENAME TO sales_order",
        "ALTER TABLE sales_order RENAME done TO paid",
    ]


def test_and_on_the_way_back(tmp_path: Path) -> None:
    (down,) = (m for m in collected(mixed(tmp_path), "shop.0002").focus if m.direction == "down")

    assert [statement.sql for statement in down.statements] == [
        "ALTER TABLE sales_order RENAME paid TO done",
        "ALTER TABLE sales_order RENAME TO shop_order",
        "ALTER TABLE shop_order RENAME word TO note",
    ]


def test_the_server_refuses_nothing_of_it(tmp_path: Path) -> None:
    assert not [e.finding.message for e in report(mixed(tmp_path)).findings if e.finding.code in ("MS001", "MS003")]


def test_what_the_models_lose_beside_it_is_not_waiting_for_its_removal(tmp_path: Path) -> None:
    """The Python may have removed it: that the column lingers is not known, and nothing is made up."""
    lost = MIXED.replace(
        'migrations.AlterModelTable("order", "sales_order")', 'migrations.RemoveField("order", "done")'
    )
    later = 'migrations.AddField("order", "done", models.BooleanField(null=True)),'
    root = shop(tmp_path, second(lost, later, top=STEPS), ORDER)

    assert sent(root, "shop.0002")[-1].startswith('ALTER TABLE "shop_order" ADD COLUMN "done"')
