"""`migsafe baseline` and `check --baseline`: what is accepted stays accepted, what is new is reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run

Write = Callable[..., None]

TABLE = "CREATE TABLE users (id bigint PRIMARY KEY, email text, phone text);"
DROP = "SET lock_timeout = '2s';\nALTER TABLE users DROP COLUMN email;\n"
INDEX = "SET lock_timeout = '2s';\nCREATE INDEX users_phone_idx ON users (phone);\n"
FILE = "migsafe-baseline.json"


@pytest.fixture
def accepted(run: Run, migrations: Write) -> None:
    """A project whose one finding, MS401, is in its baseline."""
    migrations(TABLE, DROP)
    result = run("baseline")
    assert result.code == 0
    written, hint = result.out.splitlines()
    assert written == f"{FILE}: 1 finding accepted."
    assert hint == f'next     baseline = "{FILE}" in the settings, or migsafe check --baseline {FILE}'


def codes(run: Run) -> list[str]:
    report = run("check", "--baseline", FILE, "--output-format", "json").report
    return [finding["code"] for finding in report["findings"] if finding["suppressed"] is None]


@pytest.mark.usefixtures("accepted")
class TestWhatIsAccepted:
    def test_it_is_not_reported_but_counted(self, run: Run) -> None:
        assert run("check").code == 1
        result = run("check", "--baseline", FILE)
        assert result.code == 0
        assert "No findings (1 in the baseline)" in result.out
        assert "MS401" not in result.out

    def test_the_json_report_has_it_marked(self, run: Run) -> None:
        report = run("check", "--baseline", FILE, "--output-format", "json").report
        assert [f["suppressed"] for f in report["findings"]] == [{"reason": "baseline"}]
        assert (report["summary"]["suppressed"], report["summary"]["in_baseline"]) == (1, 1)

    def test_what_is_new_is_reported(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, DROP, INDEX)
        assert codes(run) == ["MS101"]

    def test_a_second_deed_of_the_same_kind_is_new(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, DROP + "ALTER TABLE users DROP COLUMN phone;")
        assert codes(run) == ["MS401"]

    @pytest.mark.parametrize(
        "text",
        [f"-- why\n\n{DROP}", DROP.replace(" DROP", "\n  DROP"), f"SELECT 1;\n{DROP}", DROP.replace("2s", "5s")],
        ids=["lines above", "other line breaks", "a statement above", "another limit"],
    )
    def test_it_is_known_again_elsewhere_in_its_file(self, run: Run, migrations: Write, text: str) -> None:
        migrations(TABLE, text)
        assert codes(run) == []

    def test_the_setting_names_the_file(self, run: Run, project: Path) -> None:
        (project / "migsafe.toml").write_text(f'baseline = "{FILE}"\n')
        assert run("check").code == 0

    def test_a_suppression_in_the_file_goes_first(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, DROP.replace("ALTER", "-- migsafe: ignore[MS401] nobody reads it\nALTER"))
        report = run("check", "--baseline", FILE, "--output-format", "json").report
        assert [f["suppressed"] for f in report["findings"]] == [{"reason": "nobody reads it"}]
        assert report["summary"]["in_baseline"] == 0


@pytest.mark.usefixtures("accepted")
class TestWhatNoLongerOccurs:
    def test_it_is_said(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, "SELECT 1;")
        assert "1 entry of the baseline no longer occurs" in run("check", "--baseline", FILE).out

    def test_it_is_said_of_a_file_that_is_gone(self, run: Run, project: Path) -> None:
        (project / "migrations/V2__step.sql").unlink()
        assert "1 entry of the baseline no longer occurs" in run("check", "--baseline", FILE).out

    def test_what_was_not_judged_is_not_stale(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, "SELECT 1;", "SELECT 2;")
        assert "no longer" not in run("check", "migrations/V3__step.sql", "--baseline", FILE).out
        assert "no longer" not in run("check", "--ignore", "MS401", "--baseline", FILE).out

    def test_prune_takes_it_out_and_accepts_nothing_new(self, run: Run, migrations: Write, project: Path) -> None:
        migrations(TABLE, INDEX)
        assert run("baseline", "--prune").out == f"{FILE}: 0 findings accepted, 1 taken out that no longer occurs.\n"
        assert json.loads((project / FILE).read_text())["findings"] == []
        assert codes(run) == ["MS101"]


class TestTheFile:
    @pytest.mark.parametrize(
        "text", ["", "[]", '{"schema_version": 2, "findings": []}', '{"schema_version": 1, "findings": [{}]}']
    )
    def test_one_that_cannot_be_read_is_an_error_with_a_remedy(
        self, run: Run, migrations: Write, project: Path, text: str
    ) -> None:
        migrations(TABLE)
        (project / FILE).write_text(text)
        result = run("check", "--baseline", FILE)
        assert result.code == 2
        assert "write it anew with migsafe baseline" in result.err

    def test_one_that_is_not_there_is_an_error(self, run: Run, migrations: Write) -> None:
        migrations(TABLE)
        assert run("check", "--baseline", "nowhere.json").code == 2
        assert run("baseline", "--prune").code == 2

    @pytest.mark.usefixtures("accepted")
    def test_it_is_sorted_and_the_same_each_time(self, run: Run, migrations: Write, project: Path) -> None:
        migrations(TABLE, INDEX, DROP)
        run("baseline")
        first = (project / FILE).read_text()
        run("baseline", "--output", "again.json")
        assert (project / "again.json").read_text() == first
        assert [entry["path"][-12:] for entry in json.loads(first)["findings"]] == ["V2__step.sql", "V3__step.sql"]
