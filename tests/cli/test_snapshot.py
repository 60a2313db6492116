"""`migsafe snapshot` from the outside: what is printed, what is written, and what never is."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from migsafe.statistics.file import load
from tests.cli.conftest import Run
from tests.statistics.live import database, environment
from tools.observe.servers import Server

SCRIPT = """
CREATE TABLE orders (id serial PRIMARY KEY);
CREATE TABLE alembic_version (version_num text);
INSERT INTO alembic_version VALUES ('ae10');
"""
PASSWORD = "hunter2"


@pytest.fixture(autouse=True)
def no_settings_of_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)


def test_it_writes_a_file_and_says_what_is_in_it(
    run: Run, project: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(postgres, "cli_file", SCRIPT):
        monkeypatch.setenv("URL", environment(postgres, "cli_file", password=PASSWORD)["DB"])
        result = run("snapshot", "--database-url-env", "URL")
    text = (project / "migsafe-stats.json").read_text()
    assert result.code == 0
    assert f"migsafe-stats.json: database cli_file, PostgreSQL {postgres.major}." in result.out
    assert "2 tables (2 of unknown size), 1 sequence, 1 applied migration." in result.out
    assert "Not seen: Reads and writes per second are unknown" in result.out
    assert load([project / "migsafe-stats.json"]).statistics.applied[0].versions == ("ae10",)
    assert PASSWORD not in text + result.out + result.err
    assert str(postgres.directory) not in text


def test_credentials_the_libpq_way(run: Run, project: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with database(postgres, "cli_libpq", SCRIPT):
        settings = {"PGHOST": str(postgres.directory), "PGUSER": "postgres", "PGDATABASE": "cli_libpq"}
        for name, value in {**settings, "PGPASSWORD": PASSWORD}.items():
            monkeypatch.setenv(name, value)
        result = run("snapshot", "--output", "-")
    assert result.code == 0
    assert json.loads(result.out)["databases"] == ["cli_libpq"]
    assert "database cli_libpq" in result.err
    assert not list(project.glob("*.json"))
    assert PASSWORD not in result.out + result.err


def test_a_schema_alone(run: Run, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with database(postgres, "cli_schema", "CREATE SCHEMA shop; CREATE TABLE shop.t (a int); CREATE TABLE u (a int)"):
        monkeypatch.setenv("URL", environment(postgres, "cli_schema")["DB"])
        document = json.loads(run("snapshot", "--database-url-env", "URL", "--schema", "shop", "--output", "-").out)
    assert [table["name"] for table in document["tables"]] == ["shop.t"]
    assert document["schema"]["complete"] is False


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (None, "the environment variable URL is not set; set it, or name another"),
        (PASSWORD, "the variable does not hold a connection string; it takes postgresql://host/database"),
        (f"postgresql://me:{PASSWORD}@/shop?host=/nowhere", "cannot connect to the database: "),
        (f"postgresql://me:{PASSWORD}@/shop?host=/nowhere&sslmode={PASSWORD}", "cannot connect to the database: "),
    ],
)
def test_what_goes_wrong_is_one_sentence_without_secrets(
    run: Run, monkeypatch: pytest.MonkeyPatch, url: str | None, sentence: str
) -> None:
    if url is not None:
        monkeypatch.setenv("URL", url)
    result = run("snapshot", "--database-url-env", "URL")
    assert result.code == 2
    assert sentence in result.err
    assert len(result.err.splitlines()) == 1
    assert PASSWORD not in result.out + result.err


@pytest.mark.parametrize("flags", [("--show-settings",), ()])
def test_a_url_in_place_of_a_variables_name_is_shown_nowhere(run: Run, flags: tuple[str, ...]) -> None:
    result = run("check", "-", "--database-url-env", f"postgres://me:{PASSWORD}@db.example/shop", *flags)
    assert "database-url-env" in result.out + result.err
    assert PASSWORD not in result.out + result.err


def test_without_psycopg_it_says_how_to_get_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    result = run("snapshot")
    assert result.code == 2
    assert 'pip install "migsafe-lint[db]"' in result.err


def test_another_file_is_not_overwritten(run: Run, project: Path) -> None:
    (project / "package.json").write_text("{}")
    result = run("snapshot", "--output", "package.json")
    assert result.code == 2
    assert "package.json is no snapshot" in result.err
    assert (project / "package.json").read_text() == "{}"


def test_progress_is_shown_on_a_terminal_only(project: Path, postgres: Server) -> None:
    script = (
        "import sys; from migsafe.commands import execute; sys.exit(execute(['snapshot', '--database-url-env', 'URL']))"
    )
    with database(postgres, "cli_progress", SCRIPT):
        surroundings = {**os.environ, "URL": environment(postgres, "cli_progress")["DB"], "TERM": "xterm"}
        command = [sys.executable, "-c", script]
        piped = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
        shown = _on_terminal(command, surroundings)
    assert piped.stderr == ""
    assert "snapshot" in shown


def _on_terminal(command: list[str], surroundings: dict[str, str]) -> str:
    """What the command writes to standard error when that is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=surroundings, stderr=theirs, stdout=subprocess.DEVNULL) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # Linux says EIO when the other side is closed
                break
            text += chunk
            if not chunk:
                break
        assert process.wait() == 0
    os.close(ours)
    return text.decode()
