"""What one setting settles for a whole project is told once to people, and in full to programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migsafe.model.report import Report
from migsafe.outputs import concise, github, text
from migsafe.outputs.json import render as as_json
from tests.sources.django.projects import ORDER, migration, project, report

MORE = 5


@pytest.fixture
def found(tmp_path: Path) -> Report:
    files = {"0001_initial": migration(ORDER)}
    for number in range(2, 2 + MORE):
        add = f'migrations.AddField("order", "extra{number}", models.IntegerField(null=True)),'
        after = max(files)
        files[f"000{number}_extra"] = migration(add, after=(("shop", after),))
    return report(project(tmp_path, files), "shop.0002..0006")


def test_people_read_it_once_with_the_other_places(found: Report) -> None:
    shown = text.render(found)

    assert shown.count("MS301 missing-lock-timeout") == 1
    assert (
        "  also   shop/migrations/0003_extra.py:8, shop/migrations/0004_extra.py:8, "
        "shop/migrations/0005_extra.py:8 and 1 more\n"
    ) in shown
    assert shown.count("PGOPTIONS=") == 1


def test_so_do_those_who_read_one_line_for_each(found: Report) -> None:
    (line,) = (line for line in concise.render(found).splitlines() if "MS301" in line)
    assert line.endswith(
        "Also at shop/migrations/0003_extra.py:8, shop/migrations/0004_extra.py:8, "
        "shop/migrations/0005_extra.py:8 and 1 more."
    )
    assert github.render(found).count("MS301") == 1


def test_the_summary_tells_how_many_there_are(found: Report) -> None:
    assert f"{MORE} warnings ({MORE} that one setting settles) in " in text.render(found)


def test_the_json_report_has_each_with_its_place(found: Report) -> None:
    entries = [entry for entry in json.loads(as_json(found))["findings"] if entry["code"] == "MS301"]

    assert [entry["path"] for entry in entries] == [f"shop/migrations/000{n}_extra.py" for n in range(2, 2 + MORE)]
    assert len({entry["fingerprint"] for entry in entries}) == MORE


def test_files_of_sql_have_a_limit_each(tmp_path: Path) -> None:
    (tmp_path / "V1__a.sql").write_text("CREATE TABLE t (a int);")
    for number in (2, 3):
        (tmp_path / f"V{number}__b.sql").write_text(f"ALTER TABLE t ADD COLUMN b{number} int;")

    shown = concise.render(report(tmp_path, "V2__b.sql", "V3__b.sql"))

    assert shown.count("MS301") == 2
