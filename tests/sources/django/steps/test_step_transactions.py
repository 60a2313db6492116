"""Which transaction the steps of a RunPython run in: Django's around the migration, their own, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Migration
from migsafe.model.operations import Begin, Commit, Delete, Update
from tests.sources.django.projects import codes, migration, project, read, report, second

MODELS = """
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("note", models.TextField(null=True)),
    ("done", models.BooleanField(null=True)),
    ("parent", models.ForeignKey("self", models.CASCADE, null=True)),
]),
"""
IMPORTS = "from django.db import transaction\nfrom django.db.models.signals import post_migrate\n"
BATCHES = (
    "while True:",
    "    ids = list(Order.objects.filter(note=None).values_list('pk', flat=True)[:1000])",
    "    if not ids:",
    "        break",
    "    Order.objects.filter(pk__in=ids).update(note='x')",
)
ROW_BY_ROW = ("for order in Order.objects.iterator():", "    order.note = 'x'", "    order.save()")
NOT_ATOMIC = "atomic = False"


def stepped(folder: Path, *lines: str, more: str = "", options: str = "", before: str = "") -> Path:
    """A project whose second migration has one RunPython of these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    step = f"{before}def step(apps, schema_editor):\n    Order = apps.get_model('shop', 'Order')\n{body}"
    text = second(f"migrations.RunPython(step, step{options}),", more=more, top=IMPORTS + step)
    return project(folder, {"0001_initial": migration(MODELS), "0002_next": text})


def about_rows(folder: Path) -> set[str]:
    """The codes of the findings about changes of many rows."""
    return {"MS310", "MS601", "MS602"} & set(codes(report(folder, "shop.0002")))


def sent(found: Migration) -> list[type]:
    return [type(operation) for statement in found.statements for operation in statement.operations]


@pytest.mark.parametrize("lines", [BATCHES, ROW_BY_ROW])
def test_a_loop_in_the_migrations_transaction_is_one_finding(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert about_rows(stepped(tmp_path, *lines)) == {"MS310"}


@pytest.mark.parametrize("lines", [BATCHES, ROW_BY_ROW])
def test_each_round_commits_without_a_transaction_around_it(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert about_rows(stepped(tmp_path, *lines, more=NOT_ATOMIC)) == set()


@pytest.mark.parametrize("lines", [BATCHES, ROW_BY_ROW])
def test_an_atomic_operation_is_a_transaction_of_its_own(lines: tuple[str, ...], tmp_path: Path) -> None:
    folder = stepped(tmp_path, *lines, more=NOT_ATOMIC, options=", atomic=True")

    assert about_rows(folder) == {"MS310"}
    assert sent(read(folder, "shop.0002")) == [Begin, Update, Commit]


def test_atomic_around_a_loop_is_one_transaction(tmp_path: Path) -> None:
    lines = ("with transaction.atomic():", *(f"    {line}" for line in ROW_BY_ROW))

    assert about_rows(stepped(tmp_path, *lines, more=NOT_ATOMIC)) == {"MS310"}


def test_atomic_inside_of_a_loop_commits_each_round(tmp_path: Path) -> None:
    lines = (
        "for start in range(0, Order.objects.count(), 1000):",
        "    with transaction.atomic():",
        "        Order.objects.filter(id__gte=start, id__lt=start + 1000).update(note='x')",
    )

    assert about_rows(stepped(tmp_path, *lines, more=NOT_ATOMIC)) == set()


def test_a_decorated_function_is_one_transaction(tmp_path: Path) -> None:
    lines = ("Order.objects.filter(done=None).update(done=True)", "Order.objects.filter(note='x').delete()")
    folder = stepped(tmp_path, *lines, more=NOT_ATOMIC, before="@transaction.atomic\n")

    assert sent(read(folder, "shop.0002")) == [Begin, Update, Delete, Commit]


def test_statements_of_one_block_are_one_transaction(tmp_path: Path) -> None:
    lines = (
        "with transaction.atomic():",
        "    Order.objects.filter(done=None).update(done=True)",
        "    Order.objects.filter(note='x').delete()",
        "Order.objects.filter(note='y').delete()",
    )
    found = read(stepped(tmp_path, *lines, more=NOT_ATOMIC), "shop.0002")

    assert sent(found) == [Begin, Update, Delete, Commit, Delete]


def test_the_rest_of_a_batch_behind_the_loop_is_part_of_it(tmp_path: Path) -> None:
    lines = (
        "batch = []",
        "for order in Order.objects.iterator():",
        "    batch.append(order)",
        "    if len(batch) >= 500:",
        "        Order.objects.bulk_update(batch, ['note'])",
        "        batch = []",
        "Order.objects.bulk_update(batch, ['note'])",
    )

    assert about_rows(stepped(tmp_path / "a", *lines, more=NOT_ATOMIC)) == set()
    assert about_rows(stepped(tmp_path / "b", *lines)) == {"MS310"}


@pytest.mark.parametrize(
    "lines",
    [
        ("transaction.on_commit(lambda: Order.objects.filter(note='x').delete())",),
        (
            "def later(sender, **kwargs):",
            "    Order.objects.filter(note='x').delete()",
            "post_migrate.connect(later, weak=False)",
        ),
    ],
)
def test_what_is_done_afterwards_is_no_part_of_the_transaction(lines: tuple[str, ...], tmp_path: Path) -> None:
    found = read(stepped(tmp_path, *lines, "Order.objects.filter(id=1).update(note='x')"), "shop.0002")

    assert sent(found) == [Update, Delete]
    assert found.autocommit == ((1, 2),)


@pytest.mark.parametrize(
    ("condition", "code"),
    [("note=None", "MS601"), ("id__gt=5", "MS601"), ("id__gt=5, id__lt=9", ""), ("note='x'", ""), ("pk=1", "")],
)
def test_a_filter_is_judged_as_a_condition_in_sql_is(condition: str, code: str, tmp_path: Path) -> None:
    folder = stepped(tmp_path, f"Order.objects.filter({condition}).update(done=True)")

    assert about_rows(folder) == ({code} if code else set())


@pytest.mark.parametrize(
    ("rows", "code"), [("filter(note='x')", ""), ("filter(note=None)", "MS601"), ("all()", "MS601")]
)
def test_bulk_update_of_a_query_set_changes_its_rows(rows: str, code: str, tmp_path: Path) -> None:
    lines = (f"rows = Order.objects.{rows}", "for row in rows:", "    row.done = True")
    folder = stepped(tmp_path, *lines, "Order.objects.bulk_update(rows, ['done'])")

    assert about_rows(folder) == ({code} if code else set())


TAKEN = ("taken = []", "for row in Order.objects.{}:", "    {}", "        taken.append(row{})")


@pytest.mark.parametrize(
    ("rows", "condition", "relation", "message"),
    [
        ("all()", "if True:", "", "Every row of public.shop_order is changed at once"),
        ("all()", "if not row.note:", "", "Each row of public.shop_order that fits is changed at once"),
        ("filter(note='x')", "if not row.done:", "", None),
        ("filter(note='x')", "if True:", ".parent", None),
        ("all()", "if row.parent:", ".parent", "Each row of public.shop_order that fits is changed at once"),
    ],
)
def test_bulk_update_of_a_list_changes_the_rows_that_were_taken_into_it(
    rows: str, condition: str, relation: str, message: str | None, tmp_path: Path
) -> None:
    lines = "\n".join(TAKEN).format(rows, condition, relation).split("\n")
    found = report(stepped(tmp_path, *lines, "Order.objects.bulk_update(taken, ['done'])"), "shop.0002")

    told = {entry.finding.message for entry in found.findings if entry.finding.code == "MS601"}  # of both ways
    assert {text.split(",")[0] for text in told} == ({message} if message else set())


IDS = ("with schema_editor.connection.cursor() as cursor:", "    cursor.execute('SELECT id FROM shop_order')")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE shop_order SET note = %s WHERE id = %s', ['x', row[0]]", {"MS310"}),
        ("DELETE FROM shop_order WHERE id = %s', [row[0]]", {"MS310"}),
        ("INSERT INTO shop_order (note) VALUES (%s)', ['x']", set()),
    ],
)
def test_sql_that_a_loop_sends_for_one_row_after_the_other_changes_any_number(
    change: str, found: set[str], tmp_path: Path
) -> None:
    lines = (*IDS, "    for row in cursor.fetchall():", f"        cursor.execute('{change})")

    assert about_rows(stepped(tmp_path / "a", *lines)) == found
    assert about_rows(stepped(tmp_path / "b", *lines, more=NOT_ATOMIC)) == set()


def test_sql_for_one_row_is_few(tmp_path: Path) -> None:
    lines = (*IDS, "    cursor.execute('UPDATE shop_order SET note = NULL WHERE id = 5')")

    assert about_rows(stepped(tmp_path, *lines)) == set()
