"""Comments that accept findings, in migrations of Django's."""

from __future__ import annotations

from pathlib import Path

from tests.sources.django.projects import report, second, shop

INDEXED = 'migrations.AlterField("order", "note", models.CharField(max_length=50, db_index=True)),'


def test_a_comment_above_an_operation_is_for_all_of_its_statements(tmp_path: Path) -> None:
    shop(tmp_path, second(f"# migsafe: ignore[MS101] the table is small\n{INDEXED}"))

    found = [entry.finding for entry in report(tmp_path, "shop.0002_next").findings if entry.finding.code == "MS101"]

    assert [finding.suppressed for finding in found] == ["the table is small"] * 2
