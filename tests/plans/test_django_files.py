"""How the files of a remedy are named, what they come after, and what they import."""

from __future__ import annotations

import re
from pathlib import Path

import django
import pytest
from django.db import migrations, models

from migsafe.model.report import Report
from tests.sources.django.projects import ORDER, report, second, shop

INDEX = 'migrations.AddIndex("order", models.Index(fields=["note"], name="order_note_idx")),'
OTHER = 'migrations.AddField("order", "extra", models.IntegerField(null=True)),'


def remedy(found: Report, code: str) -> str:
    texts = [e.remedy for e in found.findings if e.finding.code == code and not e.is_way_back]
    assert texts, [e.finding.code for e in found.findings]
    return texts[0]


def paths(text: str) -> list[str]:
    """The names of a remedy's files."""
    return re.findall(r"^# shop/migrations/(\w+)\.py$", text, re.MULTILINE)


def test_it_takes_the_place_of_a_migration_that_does_nothing_else(tmp_path: Path) -> None:
    shop(tmp_path, second(INDEX))

    assert remedy(report(tmp_path, "shop.0002_next"), "MS101").splitlines() == [
        "# shop/migrations/0002_next.py",
        "from django.contrib.postgres.operations import AddIndexConcurrently",
        "from django.db import migrations, models",
        "",
        "",
        "class Migration(migrations.Migration):",
        "    atomic = False  # each operation commits by itself",
        "",
        "    dependencies = [('shop', '0001_initial')]",
        "",
        "    operations = [",
        '        AddIndexConcurrently("order", models.Index(fields=["note"], name="order_note_idx")),',
        "    ]",
    ]


def test_it_comes_after_a_migration_that_does_more(tmp_path: Path) -> None:
    shop(tmp_path, second(OTHER, INDEX))

    lines = remedy(report(tmp_path, "shop.0002_next"), "MS101").splitlines()

    assert lines[:2] == [
        "# Take AddIndex of Order out of 0002_next.py; then:",
        "# shop/migrations/0003_order_order_note_idx.py",
    ]
    at = lines.index('    dependencies = [("shop", "0002_next")]')
    assert lines[at - 1] == "    # or the app's last migration, when there are others by now"


def test_remedies_of_one_migration_have_a_name_each(tmp_path: Path) -> None:
    other = 'migrations.AddIndex("order", models.Index(fields=["done"], name="order_done_idx")),'
    sql = 'migrations.RunSQL("CREATE INDEX by_hand ON shop_order (id)", ""),'
    required = 'migrations.AlterField("order", "done", models.BooleanField()),'
    shop(tmp_path, second(INDEX, other, sql, required))

    found = report(tmp_path, "shop.0002_next").findings

    assert [paths(e.remedy) for e in found if e.finding.code in ("MS101", "MS106") and not e.is_way_back] == [
        ["0003_order_order_note_idx"],
        ["0003_order_order_done_idx"],
        ["0003_by_hand"],
        ["0003_alter_order_done", "0004_alter_order_done_not_null"],
    ]


SINCE_5 = pytest.mark.skipif(django.VERSION < (5,), reason="db_default came with Django 5.0")

KEYED = """
migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel(
    "Order",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.CharField(max_length=50)),
        ("done", models.BooleanField(null=True)),
        ("customer", models.ForeignKey("shop.customer", models.PROTECT{null})),
    ],
    options={{"unique_together": {{("note", "done")}}}},
),
"""


@pytest.mark.parametrize(
    ("operation", "null", "codes"),
    [
        ('migrations.RemoveField("order", "customer"),', "", {"MS111", "MS401"}),
        (
            'migrations.AlterField("order", "customer", models.ForeignKey("shop.customer", models.PROTECT)),',
            ", null=True",
            {"MS106", "MS111", "MS201"},
        ),
        (
            'migrations.AlterField("order", "customer", models.ForeignKey("customer", models.PROTECT, null=True)),',
            "",
            {"MS111", "MS201", "MS410"},
        ),
        ('migrations.AlterUniqueTogether("order", {("done", "id")}),', "", {"MS203", "MS408"}),
        pytest.param(
            'migrations.AddField("order", "code", models.SlugField(db_default="x", unique=True)),',
            "",
            {"MS101", "MS105"},
            marks=SINCE_5,
        ),
    ],
)
def test_all_hazards_of_an_operation_have_one_plan(operation: str, null: str, codes: set[str], tmp_path: Path) -> None:
    shop(tmp_path, second(OTHER, operation), KEYED.format(null=null))

    found = [e for e in report(tmp_path, "shop.0002_next").findings if e.finding.code != "MS301" and not e.is_way_back]

    assert {entry.finding.code for entry in found} >= codes
    first, *others = (entry.remedy for entry in found if entry.finding.code in codes)
    assert others == [first] * len(others)


@pytest.mark.parametrize(
    ("code", "operation"),
    [
        ("MS101", INDEX),
        ("MS101", 'migrations.AddField("order", "at", models.DateField(db_index=True, null=True)),'),
        ("MS401", 'migrations.RemoveField("order", "note"),'),
        ("MS402", 'migrations.DeleteModel("Order"),'),
        ("MS203", 'migrations.AlterUniqueTogether("order", {("note", "done")}),'),
        ("MS106", 'migrations.AlterField("order", "done", models.BooleanField()),'),
        ("MS203", 'migrations.AddConstraint("order", models.UniqueConstraint(fields=["note"], name="Once")),'),
        ("MS502", 'migrations.AlterModelTable("order", "sale"),'),
    ],
)
def test_the_names_are_those_that_django_gives(code: str, operation: str, tmp_path: Path) -> None:
    shop(tmp_path, second(OTHER, operation))
    (meant,) = eval(operation, {"migrations": migrations, "models": models})

    written = paths(remedy(report(tmp_path, "shop.0002_next"), code))

    assert written
    assert all(name.partition("_")[2].startswith(meant.migration_name_fragment) for name in written), written


def test_what_builds_on_the_operation_goes_with_it(tmp_path: Path) -> None:
    wider = 'migrations.AlterField("order", "note", models.IntegerField()),'
    renamed = 'migrations.RenameField("order", "note", "words"),'
    shop(tmp_path, second(wider, renamed))

    assert remedy(report(tmp_path, "shop.0002_next"), "MS103").splitlines()[0] == (
        "# Take AlterField of Order.note out of 0002_next.py, with what follows it there and builds on it; then:"
    )


def test_nothing_is_left_in_its_place_that_is_changed_there_again(tmp_path: Path) -> None:
    added = 'migrations.AddField("order", "at", models.DateField(db_index=True, null=True)),'
    again = 'migrations.AlterField("order", "at", models.DateField(db_index=True)),'
    shop(tmp_path, second(added, again))

    written = remedy(report(tmp_path, "shop.0002_next"), "MS101")

    assert written.startswith("# Take AddField of Order.at out of 0002_next.py, with what follows it there")
    assert paths(written) == ["0003_order_at", "0004_order_at_index"]


def test_what_is_about_another_field_stays(tmp_path: Path) -> None:
    shop(tmp_path, second('migrations.AlterField("order", "note", models.IntegerField()),', OTHER))

    first = remedy(report(tmp_path, "shop.0002_next"), "MS103").splitlines()[0]

    assert first == "# Take AlterField of Order.note out of 0002_next.py; then:"


def test_a_way_back_has_names_of_its_own(tmp_path: Path) -> None:
    shop(tmp_path, second(OTHER, 'migrations.AlterField("order", "note", models.CharField(max_length=50, null=True)),'))

    found = report(tmp_path, "shop.0002_next").findings

    assert [paths(e.remedy) for e in found if e.finding.code == "MS106" and e.is_way_back] == [
        ["0003_undo_shop_order_note_not_null"]
    ]


@SINCE_5
def test_a_default_of_the_database_needs_no_file_of_its_own(tmp_path: Path) -> None:
    shop(tmp_path, second('migrations.AddField("order", "size", models.IntegerField(default=3)),', OTHER))

    lines = remedy(report(tmp_path, "shop.0002_next"), "MS504").splitlines()

    assert lines[:3] == [
        "# before the release:",
        "# In 0002_next.py, in place of AddField of Order.size:",
        'migrations.AddField("order", "size", models.IntegerField(default=3, db_default=3)),',
    ]
    assert paths("\n".join(lines)) == ["0003_order_size_without_db_default"]


def test_a_renaming_that_the_model_makes_unnecessary_stays_in_its_place(tmp_path: Path) -> None:
    shop(tmp_path, second(OTHER, 'migrations.RenameField("order", "note", "words"),'))

    written = remedy(report(tmp_path, "shop.0002_next"), "MS501")

    assert "# In 0002_next.py, in place of RenameField of Order.note:" in written
    assert paths(written) == []


def test_it_imports_what_the_users_text_needs_and_nothing_else(tmp_path: Path) -> None:
    text = 'migrations.AddField("order", "at", models.DateTimeField(db_index=True, null=True, default=timezone.now)),'
    shop(tmp_path, second(text, top="import uuid\nfrom django.utils import timezone\n"))

    written = remedy(report(tmp_path, "shop.0002_next"), "MS101")

    assert "from django.utils import timezone" in written
    assert "import uuid" not in written


def test_a_limit_is_set_once_for_the_project_or_first_of_the_operations(tmp_path: Path) -> None:
    shop(tmp_path, second(OTHER))

    assert remedy(report(tmp_path, "shop.0002_next"), "MS301").splitlines() == [
        '# for the command that migrates, and session-lock-timeout = "2s" in the settings of migsafe:',
        "#     PGOPTIONS='-c lock_timeout=2s' python manage.py migrate",
        '# or for all connections, in DATABASES["default"] of the project\'s settings:',
        '"OPTIONS": {"options": "-c lock_timeout=2s"},',
        "# or for this migration only, the first of the operations in 0002_next.py:",
        "migrations.RunSQL(\"SET LOCAL lock_timeout = '2s'\", reverse_sql=migrations.RunSQL.noop),",
    ]


def test_a_remedy_for_a_part_of_an_operation_says_so(tmp_path: Path) -> None:
    field = "models.ForeignKey('shop.order', models.CASCADE, null=True)"
    twice = f"[migrations.AddField('order', name, {field}) for name in NAMES]"
    shop(tmp_path, second(f"*{twice},", top='NAMES = ["a", "b"]\n'))

    lines = remedy(report(tmp_path, "shop.0002_next"), "MS101").splitlines()

    assert lines[0] == "# In place of this statement of AddField of Order.a; sqlmigrate shows the others:"


def test_a_remedy_for_a_part_of_a_step_leaves_the_rest_of_it_alone(tmp_path: Path) -> None:
    """sqlmigrate shows nothing of what a RunPython does."""
    step = "def step(apps, schema_editor):\n    Order = apps.get_model('shop', 'Order')\n"
    step += "    Order.objects.all().delete()\n    Order.objects.create()\n"
    shop(tmp_path, second("migrations.RunPython(step, migrations.RunPython.noop),", top=step))

    lines = remedy(report(tmp_path, "shop.0002_next"), "MS602").splitlines()

    assert lines[0] == "# In place of this statement of RunPython of shop.Order; what else it does stays:"


def test_names_of_the_users_file_are_told(tmp_path: Path) -> None:
    field = "models.CharField(max_length=LENGTH, default='new', db_index=True)"
    shop(tmp_path, second(f'migrations.AddField("order", "state", {field}),', top="LENGTH = 9\n"))

    assert "# LENGTH: as in 0002_next.py" in remedy(report(tmp_path, "shop.0002_next"), "MS101").splitlines()


def test_an_operation_that_only_has_to_wait_is_not_written_anew(tmp_path: Path) -> None:
    once = 'migrations.AlterUniqueTogether("order", {("note", "done")}),'
    shop(tmp_path, second('migrations.AlterUniqueTogether("order", set()),'), first=ORDER + once)

    assert remedy(report(tmp_path, "shop.0002_next"), "MS408").splitlines() == [
        "# the release:",
        "# Release an application that does not rely on it.",
        "# after the release:",
        "# AlterUniqueTogether of Order as it is, in a migration that is deployed then.",
    ]


def test_neither_is_one_that_waits_for_nothing(tmp_path: Path) -> None:
    shop(tmp_path, second('migrations.AlterField("order", "note", models.CharField(max_length=50, null=True)),'))

    assert remedy(report(tmp_path, "shop.0002_next"), "MS410").splitlines() == [
        "# before the release:",
        "# Make sure that the running release reads NULL in note.",
        "# AlterField of Order.note stays as it is.",
        "# the release:",
        "# Release the application that writes NULL.",
    ]


def test_statements_of_a_function_are_nowhere_else(tmp_path: Path) -> None:
    """`sqlmigrate` shows nothing of what RunPython does."""
    body = "def step(apps, schema_editor):\n    for sql in (ONE, TWO):\n        schema_editor.execute(sql)\n"
    texts = "ONE = 'CREATE INDEX a ON shop_order (note)'\nTWO = 'CREATE INDEX b ON shop_order (done)'\n"
    shop(tmp_path, second("migrations.RunPython(step, migrations.RunPython.noop),", top=texts + body))

    first = remedy(report(tmp_path, "shop.0002_next"), "MS101").splitlines()[0]

    assert first == "# In place of this statement of RunPython; what else it does stays:"


def test_what_uses_a_new_name_goes_with_the_rename(tmp_path: Path) -> None:
    tags = "migrations.AddField('order', 'others', models.ManyToManyField('shop.order')),"
    rename = "migrations.RenameModel('Order', 'Purchase'),"
    use = "migrations.AlterModelOptions('purchase', {'ordering': ['id']}),"
    shop(tmp_path, second(tags + rename + use))

    lines = remedy(report(tmp_path, "shop.0002_next"), "MS502").splitlines()

    assert lines[0] == (
        "# Take RenameModel of Order out of 0002_next.py, with all that follows it there and uses the new name; then:"
    )


def test_the_fields_of_a_model_go_with_it(tmp_path: Path) -> None:
    """makemigrations takes the foreign keys of a model away before the model."""
    shop(tmp_path, second("migrations.RemoveField('order', 'note'),migrations.DeleteModel('order'),"))

    found = report(tmp_path, "shop.0002_next")

    assert [e.finding.code for e in found.findings if e.finding.code in ("MS401", "MS402") and e.counts] == ["MS402"]
    assert remedy(found, "MS402").splitlines()[0] == (
        "# Take DeleteModel of Order out of 0002_next.py, and each RemoveField of Order: its column goes with the "
        "table; then:"
    )
