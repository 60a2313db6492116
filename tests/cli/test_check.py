"""`migsafe check`: exit codes, focus, selection, settings, standard input."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run

Write = Callable[..., None]

TABLE = "CREATE TABLE users (id bigint PRIMARY KEY, email text);"
INDEX = "SET lock_timeout = '2s';\nCREATE INDEX users_email_idx ON users (email);"
HARMLESS = "SET lock_timeout = '2s';\nALTER TABLE users ADD COLUMN name text;"
SLOW_READ = "SET lock_timeout = '2s';\nALTER TABLE users ALTER COLUMN email SET NOT NULL;"


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


class TestExitCode:
    def test_clean_is_0(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, HARMLESS)
        assert run("check").code == 0

    def test_an_error_is_1(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, INDEX)
        assert run("check").code == 1

    def test_a_warning_is_0_unless_asked_for(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, SLOW_READ)
        assert run("check").code == 0
        assert run("check", "--fail-on", "warning").code == 1

    @pytest.mark.parametrize("flag", [["--exit-zero"], ["--fail-on", "never"]])
    def test_nothing_fails_when_told_so(self, run: Run, migrations: Write, flag: list[str]) -> None:
        migrations(TABLE, INDEX)
        result = run("check", *flag, "--output-format", "json")
        assert result.code == 0
        assert result.report["summary"]["verdict"] == "block"

    def test_no_migration_at_all_is_2(self, run: Run) -> None:
        result = run("check")
        assert result.code == 2
        assert "no migrations were found" in result.err

    def test_a_folder_for_another_database_is_2_and_says_why(self, run: Run, project: Path) -> None:
        folder = project / "migrations" / "mysql"
        folder.mkdir(parents=True)
        (folder / "001_a.up.sql").write_text("CREATE TABLE t (a int);")
        result = run("check", "migrations/mysql")
        assert result.code == 2
        assert "mysql" in result.err.split("(")[1]

    def test_files_that_are_all_for_another_database_are_2(self, run: Run, migrations: Write) -> None:
        migrations("CREATE TABLE `t` (a int) ENGINE=InnoDB;")
        result = run("check")
        assert result.code == 2
        assert "written for mysql" in result.err

    def test_a_path_that_is_not_there_is_2(self, run: Run) -> None:
        result = run("check", "nowhere")
        assert result.code == 2
        assert "nowhere" in result.err

    def test_an_unknown_flag_is_2(self, run: Run) -> None:
        assert run("check", "--no-such-flag").code == 2


class TestSettings:
    def test_the_file_of_the_project_counts(self, run: Run, migrations: Write, project: Path) -> None:
        migrations(TABLE, INDEX)
        (project / "pyproject.toml").write_text('[tool.migsafe]\nignore = ["MS101"]\n')
        assert run("check").code == 0
        assert run("check", "--isolated").code == 1

    def test_flag_before_variable_before_file(
        self, run: Run, migrations: Write, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrations(TABLE)
        (project / "migsafe.toml").write_text('target-version = "14"\n')
        assert "14 " in run("check", "--show-settings").out.split("target-version")[1]
        monkeypatch.setenv("MIGSAFE_TARGET_VERSION", "16")
        assert "environment" in run("check", "--show-settings").out.split("target-version")[1].splitlines()[0]
        line = run("check", "--show-settings", "--target-version", "17").out.split("target-version")[1].splitlines()[0]
        assert "17" in line
        assert "command line" in line

    def test_an_unknown_key_gets_a_hint(self, run: Run, project: Path) -> None:
        (project / "migsafe.toml").write_text('target-verson = "14"\n')
        result = run("check")
        assert result.code == 2
        assert "did you mean 'target-version'?" in result.err

    @pytest.mark.parametrize("version", ["eleven", "9.6", "11"])
    def test_a_version_that_is_none_is_refused(self, run: Run, version: str) -> None:
        result = run("check", "--target-version", version)
        assert result.code == 2
        assert "target-version" in result.err

    def test_a_newer_version_is_said_to_be_treated_as_the_newest_known(self, run: Run, migrations: Write) -> None:
        migrations(TABLE)
        assert "treated as 18" in run("check", "--target-version", "25").out

    def test_several_versions_are_judged_by_the_worst(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, "ALTER TABLE users ADD CONSTRAINT e NOT NULL email NOT VALID;")
        assert "MS003" not in run("check", "--target-version", "18", "--output-format", "concise").out
        assert "MS003" in run("check", "--target-version", "17,18", "--output-format", "concise").out


class TestPerFile:
    def test_a_pattern_bounds_the_severity(self, run: Run, migrations: Write, project: Path) -> None:
        migrations(TABLE, INDEX)
        migrations(TABLE, INDEX, folder="tools/migrations")
        (project / "migsafe.toml").write_text('[per-file-severity]\n"tools/**" = "warning"\n')
        findings = run("check", "--output-format", "json").report["findings"]
        assert [(f["path"], f["severity"]) for f in findings if f["code"] == "MS101"] == [
            ("migrations/V2__step.sql", "error"),
            ("tools/migrations/V2__step.sql", "warning"),
        ]

    def test_it_never_raises_one(self, run: Run, migrations: Write, project: Path) -> None:
        migrations(TABLE, SLOW_READ)
        (project / "migsafe.toml").write_text('[per-file-severity]\n"migrations/**" = "error"\n')
        assert run("check").code == 0

    def test_a_level_that_is_none_is_refused(self, run: Run, project: Path) -> None:
        (project / "migsafe.toml").write_text('[per-file-severity]\n"a" = "loud"\n')
        result = run("check")
        assert result.code == 2
        assert "per-file-severity" in result.err


class TestFocus:
    def test_a_named_file_is_judged_with_its_history_as_context(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, INDEX, HARMLESS)
        result = run("check", "migrations/V3__step.sql", "--output-format", "json")
        assert result.code == 0
        assert result.report["summary"]["migrations"] == 3
        assert result.report["summary"]["in_focus"] == 1

    @pytest.mark.parametrize(
        ("words", "judged"),
        [
            (["2"], ["V2"]),
            (["V2__step"], ["V2"]),
            (["2..3"], ["V2", "V3"]),
            (["..2"], ["V1", "V2"]),
            (["1", "3"], ["V1", "V3"]),
        ],
    )
    def test_ids_and_ranges(self, run: Run, migrations: Write, words: list[str], judged: list[str]) -> None:
        migrations(TABLE, HARMLESS, SLOW_READ)
        report = run("check", *words, "--output-format", "json").report
        paths = [m["path"] for m in report["migrations"] if m["in_focus"]]
        assert paths == [f"migrations/{name}__step.sql" for name in judged]

    def test_a_range_is_one_deploy(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, INDEX)
        assert run("check", "1..2").code == 0
        assert run("check", "1", "2").code == 1

    def test_without_a_focus_the_run_says_that_it_judges_everything(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, HARMLESS)
        assert "pass --since REV" in run("check").out
        assert "pass --since REV" not in run("check", "2").out

    def test_since_judges_what_changed(self, run: Run, migrations: Write, project: Path) -> None:
        (project / ".git").rmdir()
        git(project, "init", "-q")
        migrations(TABLE, INDEX)
        git(project, "add", ".")
        git(project, "commit", "-qm", "before")
        assert "No migration has changed since HEAD" in run("check", "--since", "HEAD").out
        migrations(TABLE, INDEX, HARMLESS)
        result = run("check", "--since", "HEAD", "--output-format", "json")
        assert result.code == 0
        assert result.report["summary"]["in_focus"] == 1

    def test_a_deploy_may_fill_and_index_its_own_table(self, run: Run, migrations: Write, project: Path) -> None:
        """A table that an earlier migration of the same deploy created is new, whatever is built on it."""
        (project / ".git").rmdir()
        git(project, "init", "-q")
        git(project, "commit", "-q", "--allow-empty", "-m", "before")
        migrations(TABLE, INDEX)
        assert run("check", "--since", "HEAD").code == 0
        assert run("check").code == 1

    def test_an_unknown_revision_is_2(self, run: Run, migrations: Write, project: Path) -> None:
        (project / ".git").rmdir()
        git(project, "init", "-q")
        migrations(TABLE)
        result = run("check", "--since", "no-such-revision")
        assert result.code == 2
        assert "no-such-revision" in result.err


class TestSelection:
    def test_by_code_prefix_and_name(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, "CREATE INDEX i ON users (email);\nALTER TABLE users DROP COLUMN email;")
        as_json = ("--output-format", "json")
        assert set(run("check", "--select", "MS1", *as_json).codes) == {"MS101"}
        assert set(run("check", "--select", "drop-column", *as_json).codes) == {"MS401"}
        assert "MS401" not in run("check", "--ignore", "MS4", *as_json).codes

    def test_an_unknown_rule_gets_a_hint(self, run: Run, migrations: Write) -> None:
        migrations(TABLE)
        result = run("check", "--select", "drop-colum")
        assert result.code == 2
        assert "did you mean 'drop-column'?" in result.err

    def test_per_file_ignores(self, run: Run, migrations: Write, project: Path) -> None:
        migrations(TABLE, INDEX)
        (project / "migsafe.toml").write_text('[per-file-ignores]\n"migrations/V2*" = ["MS101"]\n')
        assert run("check").code == 0


class TestStandardInput:
    def test_one_file_with_the_schema_as_its_history(self, run: Run, project: Path) -> None:
        (project / "schema.sql").write_text("CREATE TABLE users (email varchar(10));")
        arguments = ("check", "--isolated", "--schema", "schema.sql", "--transaction", "none")
        widen = run(*arguments, "--output-format", "json", "-", stdin="ALTER TABLE users ALTER email TYPE text;")
        assert widen.codes == ["MS301"]
        narrow = run(*arguments, "--output-format", "json", "-", stdin="ALTER TABLE users ALTER email TYPE char(5);")
        assert "MS103" in narrow.codes

    def test_the_name_shows_in_the_report(self, run: Run) -> None:
        result = run("check", "-", "--stdin-filename", "db/x.sql", "--output-format", "concise", stdin="DROP TABLE t;")
        assert result.out.startswith("db/x.sql:1:1: ")


class TestOutputFormats:
    def test_several_formats_in_one_run(self, run: Run, migrations: Write, project: Path) -> None:
        migrations(TABLE, INDEX)
        formats = ("--output-format", "json:report.json", "--output-format", "concise")
        result = run("check", *formats)
        assert "MS101" in result.out
        assert json.loads((project / "report.json").read_text())["schema_version"] == 1

    def test_an_unknown_format_gets_a_hint(self, run: Run, migrations: Write) -> None:
        migrations(TABLE)
        result = run("check", "--output-format", "jsn")
        assert result.code == 2
        assert "did you mean 'json'?" in result.err

    def test_quiet_says_nothing_when_nothing_was_found(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, HARMLESS)
        assert run("check", "-q").out == ""

    def test_show_files(self, run: Run, migrations: Write) -> None:
        migrations(TABLE, INDEX)
        shown = run("check", "--show-files").out
        assert "flyway" in shown
        assert shown.index("V1__step.sql") < shown.index("V2__step.sql")
