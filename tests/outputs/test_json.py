"""The JSON report is a contract."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from migsafe.commands.running import judge, render
from migsafe.config import Settings
from migsafe.sources.collect import Request, collect

ROOT = Path(__file__).parent.parent.parent
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())
FOLDERS = [ROOT / "fixtures" / "example", *sorted((ROOT / "fixtures" / "conventions").iterdir())]


def report_of(folder: Path) -> str:
    settings = Settings()
    return render(judge(collect(Request(root=folder), settings), settings), "json")


def printed_by_a_process(folder: Path, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "migsafe", "check", ".", "--isolated", "--exit-zero", "--output-format", "json"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("folder", [f for f in FOLDERS if f.is_dir()], ids=lambda folder: folder.name)
def test_the_report_follows_its_schema(folder: Path) -> None:
    report = json.loads(report_of(folder))
    jsonschema.validate(report, SCHEMA)
    assert report["summary"]["statements"] > 0


def test_places_point_at_the_right_characters(tmp_path: Path) -> None:
    text = '-- größe\nCREATE TABLE t (a int);\n\tALTER TABLE t ADD COLUMN "ü" int, DROP COLUMN a;\n'
    (tmp_path / "V1__x.sql").write_text(text, encoding="utf-8")
    statements = json.loads(report_of(tmp_path))["migrations"][0]["statements"]
    assert [text.encode()[s["offset"] : s["end_offset"]].decode() for s in statements] == [
        "CREATE TABLE t (a int)",
        'ALTER TABLE t ADD COLUMN "ü" int, DROP COLUMN a',
    ]
    assert [(s["line"], s["column"]) for s in statements] == [(2, 1), (3, 2)]
    assert [(s["end_line"], s["end_column"]) for s in statements] == [(2, 23), (3, 49)]


def test_the_same_input_gives_the_same_bytes() -> None:
    """Whatever the hash seed, the locale and the time zone."""
    folder = ROOT / "fixtures" / "example"
    first = printed_by_a_process(folder, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC")
    assert printed_by_a_process(folder, PYTHONHASHSEED="2", LC_ALL="C.UTF-8", TZ="Asia/Tokyo") == first


def test_literals_of_data_statements_do_not_appear(tmp_path: Path) -> None:
    (tmp_path / "V1__x.sql").write_text(
        "INSERT INTO people (email) VALUES ('ada@example.org');\n"
        "UPDATE people SET email = 'grace@example.org' WHERE name = 'x';\n"
        "DO $$ BEGIN UPDATE people SET email = 'edith@example.org'; END $$;\n"
        "CREATE ROLE app PASSWORD 'hunter2';\n"
        "UPDATE people SET ((email = 'kurt@example.org';\n"
    )
    report = report_of(tmp_path)
    for secret in ("ada@", "grace@", "edith@", "hunter2", "kurt@"):
        assert secret not in report
