"""A statement knows the operation that it comes from, in Django's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import WrittenAs
from tests.sources.django.projects import read, second, shop


def written(root: Path, *operations: str, top: str = "") -> list[WrittenAs | None]:
    shop(root, second(*operations, top=top))
    return [statement.written_as for statement in read(root, "shop.0002_next").statements]


@pytest.mark.parametrize(
    ("call", "operation", "model", "field", "new_name"),
    [
        ('migrations.AddField("order", "total", models.IntegerField(null=True))', "AddField", "Order", "total", None),
        ('migrations.AlterField("order", "note", models.TextField())', "AlterField", "Order", "note", None),
        ('migrations.RemoveField("order", "note")', "RemoveField", "Order", "note", None),
        ('migrations.RenameField("order", "note", "words")', "RenameField", "Order", "note", "words"),
        ('migrations.RenameModel("Order", "Sale")', "RenameModel", "Order", None, "Sale"),
        ('migrations.DeleteModel("order")', "DeleteModel", "Order", None, None),
        ('migrations.AlterModelTable("order", "sales")', "AlterModelTable", "Order", None, None),
    ],
)
def test_operation_model_and_field(  # noqa: PLR0917  # the columns of the table above
    tmp_path: Path, call: str, operation: str, model: str | None, field: str | None, new_name: str | None
) -> None:
    first, *_ = written(tmp_path, f"{call},")

    assert first is not None
    assert first.replace(before="", back=()) == WrittenAs(
        operation=operation, model=model, field=field, new_name=new_name, text=call
    )


def test_the_text_of_an_operation_is_dedented(tmp_path: Path) -> None:
    text = 'migrations.AddField(\n    "order",\n    "total",\n    models.IntegerField(null=True),\n)'

    (one,) = written(tmp_path, f"{text},")

    assert one is not None
    assert one.text == text


def test_all_statements_of_an_operation_have_it_deferred_ones_too(tmp_path: Path) -> None:
    call = 'migrations.AddField("order", "twin", models.ForeignKey("shop.order", models.CASCADE, null=True))'

    found = written(tmp_path, f"{call},")

    assert [one.text if one is not None else None for one in found] == [call] * len(found)
    assert len(found) > 1


def test_sql_is_shown_where_it_is_read_as_sql_and_nowhere_else(tmp_path: Path) -> None:
    sql = "migrations.RunSQL(\"ALTER ROLE app PASSWORD 'hunter2'\")"

    first, second = written(tmp_path, f"{sql},", f"migrations.SeparateDatabaseAndState([{sql}]),")

    assert first == WrittenAs(operation="RunSQL")
    assert second == WrittenAs(operation="SeparateDatabaseAndState")


def test_a_secret_in_an_operation_is_masked(tmp_path: Path) -> None:
    call = 'migrations.AddField("order", "url", models.TextField(default="https://app:hunter2@db"))'

    first, *_ = written(tmp_path, f"{call},")

    assert first is not None
    assert first.text == call.replace('"https://app:hunter2@db"', "'https://app:…@db'")


def test_what_stands_around_the_operations(tmp_path: Path) -> None:
    shop(tmp_path, second('migrations.RemoveField("order", "note"),', top="from datetime import date\n"))

    program = read(tmp_path, "shop.0002_next").program

    assert program is not None
    assert program.dependencies == "[('shop', '0001_initial')]"
    assert program.imports == ("from django.db import migrations, models", "from datetime import date")
    assert program.operations == 1


def test_what_django_sends_to_undo_it(tmp_path: Path) -> None:
    (one,) = written(tmp_path, 'migrations.RemoveField("order", "done"),')

    assert one is not None
    assert one.back == ('ALTER TABLE "shop_order" ADD COLUMN "done" boolean NULL',)


def test_a_renamed_field_has_its_definition(tmp_path: Path) -> None:
    (one,) = written(tmp_path, 'migrations.RenameField("order", "note", "words"),')

    assert one is not None
    assert one.before == "models.CharField(max_length=50)"


def test_the_text_of_a_helper_says_nothing_outside_of_it(tmp_path: Path) -> None:
    helper = "def drop(name):\n    return migrations.RemoveField('order', name)\n"

    (one,) = written(tmp_path, 'drop("note"),', top=helper)

    assert one is not None
    assert (one.field, one.text) == ("note", "")


def test_what_a_function_asks_the_schema_editor_for_is_of_the_function(tmp_path: Path) -> None:
    step = """def step(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    schema_editor.add_index(Order, models.Index(fields=["note"], name="order_note"))
"""
    (statement,) = written(tmp_path, "migrations.RunPython(step, migrations.RunPython.noop),", top=step)

    assert statement is not None
    assert statement.operation == "RunPython"
    assert statement.by_hand
