"""The findings that only Django's migrations have, and those that look different in them."""

from __future__ import annotations

from pathlib import Path

from tests.sources.django.projects import ORDER, codes, migration, project, report, second, shop

CONCURRENTLY = "from django.contrib.postgres.operations import AddIndexConcurrently\n"
INDEX = 'AddIndexConcurrently("order", models.Index(fields=["note"], name="order_note")),'


def test_a_model_of_todays_code_is_a_finding(tmp_path: Path) -> None:
    top = "from shop.models import Order\n\ndef step(apps, schema_editor):\n    Order.objects.update(note='x')\n"
    found = report(shop(tmp_path, second("migrations.RunPython(step, step),", top=top)), "shop.0002")

    entry = next(e for e in found.findings if e.finding.code == "MS641")
    assert "shop.models.Order" in entry.finding.message
    assert entry.location.line == 5


def test_python_takes_other_letters_for_the_same_name(tmp_path: Path) -> None:
    """PEP 3131: names are compared in their normal form."""
    wide = "\uff4fbjects"
    top = f"from shop.models import Order\n\ndef step(apps, schema_editor):\n    Order.{wide}.update(note='x')\n"
    assert "MS641" in codes(report(shop(tmp_path, second("migrations.RunPython(step, step),", top=top)), "shop.0002"))


def test_a_function_of_a_models_module_in_a_field_is_none(tmp_path: Path) -> None:
    top = "import shop.models\n"
    field = 'migrations.AddField("order", "file", models.FileField(upload_to=shop.models.where, null=True)),'

    assert "MS641" not in codes(report(shop(tmp_path, second(field, top=top)), "shop.0002"))


def test_an_app_that_is_not_declared_is_a_finding(tmp_path: Path) -> None:
    step = "def step(apps, schema_editor):\n    apps.get_model('stock', 'Item').objects.filter(id=1).update(name='x')\n"
    item = ORDER.replace("Order", "Item")
    files = {
        "0001_initial": migration(ORDER),
        "0002_next": second("migrations.RunPython(step, step),", top=step),
        "stock/migrations/0001_initial.py": migration(item),
    }

    assert "MS642" in codes(report(project(tmp_path / "a", files), "shop.0002"))
    files["0001_initial"] = migration(ORDER, after=(("stock", "0001_initial"),))
    assert "MS642" not in codes(report(project(tmp_path / "b", files), "shop.0002"))


def test_an_index_built_concurrently_in_an_atomic_migration_fails(tmp_path: Path) -> None:
    assert "MS302" in codes(report(shop(tmp_path / "a", second(INDEX, top=CONCURRENTLY)), "shop.0002"))
    alone = shop(tmp_path / "b", second(INDEX, top=CONCURRENTLY, more="atomic = False"))
    assert "MS302" not in codes(report(alone, "shop.0002"))


def test_one_value_for_a_unique_column_is_a_finding(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "token", models.UUIDField(default=uuid.uuid4, unique=True)),'

    assert "MS640" in codes(report(shop(tmp_path, second(field, top="import uuid\n")), "shop.0002"))


def test_a_comment_accepts_a_finding(tmp_path: Path) -> None:
    line = 'migrations.RemoveField("order", "note"),  # migsafe: ignore[MS401] nobody reads it'
    found = report(shop(tmp_path, second(line)), "shop.0002")

    accepted = [e.finding.code for e in found.findings if e.finding.suppressed is not None]
    assert accepted == ["MS401"]


def test_flaws_of_the_graph_are_findings(tmp_path: Path) -> None:
    field = 'migrations.AddField("order", "{}", models.TextField(null=True)),'
    files = {
        "0001_initial": migration(ORDER),
        "0002_a": second(field.format("a")),
        "0002_b": second(field.format("b")),
        "0003_c": migration(field.format("c"), after=(("shop", "0002_gone"),)),
        "stock/migrations/0001_x.py": migration(after=(("stock", "0002_y"),)),
        "stock/migrations/0002_y.py": migration(after=(("stock", "0001_x"),)),
    }

    assert {"MS701", "MS703", "MS704"} <= set(codes(report(project(tmp_path, files))))


def test_first_migrations_of_an_app_run_together(tmp_path: Path) -> None:
    """Django splits what an app begins with where its models refer to each other: each part says `initial = True`."""
    field = 'migrations.AddField("order", "owner", models.ForeignKey("auth.User", models.CASCADE)),'
    parts = {
        "0001_initial": migration(ORDER, more="initial = True"),
        "stock/migrations/0001_initial.py": migration(ORDER.replace("Order", "Item")),
        "0002_initial": migration(
            field, after=(("shop", "0001_initial"), ("stock", "0001_initial")), more="initial = True"
        ),
    }
    later = {**parts, "0002_initial": parts["0002_initial"].replace("initial = True", "")}

    assert {"MS101", "MS503"}.isdisjoint(codes(report(project(tmp_path / "a", parts))))
    assert {"MS101", "MS503"} <= set(codes(report(project(tmp_path / "b", later))))


def test_a_type_that_nobody_knows_is_in_no_sql_to_copy(tmp_path: Path) -> None:
    """A server has no type by the name of a field's class: what to type would fail."""
    field = 'migrations.AlterField("order", "note", elsewhere.fields.NoteField()),'
    found = report(shop(tmp_path, second(field, top="import elsewhere.fields\n")), "shop.0002")

    (entry,) = [e for e in found.findings if e.finding.code == "MS103" and not e.is_way_back]
    assert entry.finding.severity == "warning"
    assert "sqlmigrate" in entry.remedy
    assert "ADD COLUMN" not in entry.remedy


def test_a_table_of_which_not_even_the_name_is_known_is_shown_as_such(tmp_path: Path) -> None:
    sql = "migrations.RunSQL('CREATE INDEX notes ON {} (note)'.format(Model._meta.db_table)),"
    found = report(shop(tmp_path, second(sql, top="from elsewhere import Model\n")), "shop.0002")

    (entry,) = [e for e in found.findings if e.finding.code == "MS101"]
    assert entry.finding.message == "Writes to public.… wait until the index is built."
    assert "ON … (note)" in entry.remedy
