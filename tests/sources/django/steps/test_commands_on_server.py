"""What Django's own commands do to the database, by Django itself on a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migsafe.sources.django.steps.commands import DELETES, QUIET
from tests.sources.django.projects import read, second, shop
from tools.observe.databases import Databases
from tools.observe.servers import Server

_ROOT = Path(__file__).parents[4]
_HAYSTACK = {"rebuild_index", "update_index", "clear_index"}
_ARGUMENTS = {
    "collectstatic": ["--noinput"],
    "findstatic": ["nothing.css"],
    "makemessages": ["-l", "de"],
    "makemigrations": ["--dry-run"],
    "remove_stale_contenttypes": ["--noinput"],
    "sendtestemail": ["someone@example.org"],
    "sqlmigrate": ["auth", "0001"],
    "sqlsequencereset": ["auth"],
}


@pytest.fixture(scope="module")
def done(postgres: Server) -> Iterator[dict[str, list[str]]]:
    """What each command changes, run one after the other on a database with rows for them."""
    databases = Databases(postgres)
    names = sorted((QUIET - _HAYSTACK) | DELETES.keys())
    with databases.copied(databases.built("SELECT 1")) as name:
        asked = {
            "database": {"NAME": name, "HOST": str(postgres.directory), "USER": "postgres"},
            "commands": {command: _ARGUMENTS.get(command, []) for command in names},
        }
        ran = subprocess.run(
            [sys.executable, "-m", "tests.sources.django.steps.commands_run"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            cwd=_ROOT,
        )
        assert ran.returncode == 0, ran.stderr[-3000:]
        yield json.loads(ran.stdout.strip().splitlines()[-1])
    databases.close()


@pytest.mark.parametrize("command", sorted(QUIET - _HAYSTACK))
def test_quiet_commands_change_nothing(command: str, done: dict[str, list[str]]) -> None:
    assert done[command] == []


@pytest.mark.parametrize("command", sorted(DELETES))
def test_others_delete_what_is_said_of_them(command: str, done: dict[str, list[str]], tmp_path: Path) -> None:
    step = f"def tidy(apps, editor):\n    call_command('{command}')\n"
    text = second("migrations.RunPython(tidy),", top=f"from django.core.management import call_command\n\n\n{step}")
    sent = [statement.sql.split(" under ")[0] for statement in read(shop(tmp_path, text), "shop.0002").statements]

    assert sent[0] in done[command]
    assert [one for one in done[command] if one.startswith("DELETE")][-1] == sent[0]


def test_sessions_that_have_not_expired_are_left(done: dict[str, list[str]]) -> None:
    assert done["left"] == ["young"]
