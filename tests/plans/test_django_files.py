"""How the files of a remedy are named, what they come after, and what they import."""

from __future__ import annotations

from pathlib import Path

from migsafe.model.report import Report
from tests.sources.django.projects import report, second, shop

INDEX = 'migrations.AddIndex("order", models.Index(fields=["note"], name="order_note_idx")),'
OTHER = 'migrations.AddField("order", "extra", models.IntegerField(null=True)),'


def remedy(found: Report, code: str) -> str:
    texts = [e.remedy for e in found.findings if e.finding.code == code and not e.is_way_back]
    assert texts, [e.finding.code for e in found.findings]
    return texts[0]


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

    assert lines[:2] == ["# Take AddIndex of Order out of 0002_next.py; then:", "# shop/migrations/0003_next_2.py"]
    assert '    dependencies = [("shop", "0002_next")]' in lines


def test_it_imports_what_the_users_text_needs_and_nothing_else(tmp_path: Path) -> None:
    text = 'migrations.AddField("order", "at", models.DateTimeField(db_index=True, null=True, default=timezone.now)),'
    shop(tmp_path, second(text, top="import uuid\nfrom django.utils import timezone\n"))

    written = remedy(report(tmp_path, "shop.0002_next"), "MS101")

    assert "from django.utils import timezone" in written
    assert "import uuid" not in written


def test_a_limit_is_the_first_of_the_operations(tmp_path: Path) -> None:
    shop(tmp_path, second(OTHER))

    assert remedy(report(tmp_path, "shop.0002_next"), "MS301") == (
        "# the first of the operations in 0002_next.py:\n"
        "migrations.RunSQL(\"SET LOCAL lock_timeout = '2s'\", reverse_sql=migrations.RunSQL.noop),"
    )


def test_a_remedy_for_a_part_of_an_operation_says_so(tmp_path: Path) -> None:
    field = "models.ForeignKey('shop.order', models.CASCADE, null=True)"
    twice = f"[migrations.AddField('order', name, {field}) for name in NAMES]"
    shop(tmp_path, second(f"*{twice},", top='NAMES = ["a", "b"]\n'))

    lines = remedy(report(tmp_path, "shop.0002_next"), "MS101").splitlines()

    assert lines[0] == "# In place of this statement of AddField of Order.a; sqlmigrate shows the others:"


def test_names_of_the_users_file_are_told(tmp_path: Path) -> None:
    field = "models.CharField(max_length=LENGTH, default='new', db_index=True)"
    shop(tmp_path, second(f'migrations.AddField("order", "state", {field}),', top="LENGTH = 9\n"))

    assert "# LENGTH: as in 0002_next.py" in remedy(report(tmp_path, "shop.0002_next"), "MS101").splitlines()
