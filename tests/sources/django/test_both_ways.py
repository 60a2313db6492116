"""What is said of the way back that Django itself makes of an operation."""

from __future__ import annotations

from pathlib import Path

from migsafe.model.report import Report
from tests.sources.django.projects import ORDER, report, second, shop


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
