"""What the pages of MS644, MS645, MS646, MS648 and MS801 say of Django's steps, shown with Django on a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.django_steps import write
from tools.observe.databases import Databases
from tools.observe.servers import Server


@pytest.fixture(scope="module")
def seen(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """What Django saw while it migrated a database forwards and backwards."""
    root = tmp_path_factory.mktemp("steps")
    write(root)
    databases = Databases(postgres)
    with databases.copied(databases.built("SELECT 1")) as name:
        asked = {"root": str(root), "database": {"NAME": name, "HOST": str(postgres.directory), "USER": "postgres"}}
        done = subprocess.run(
            [sys.executable, "-m", "tests.rules.django_steps"],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        assert done.returncode == 0, done.stderr[-3000:]
        yield json.loads(done.stdout)
    databases.close()


def test_rows_that_were_recoded_stay_so_after_a_way_back_that_is_noop(seen: dict[str, object]) -> None:
    assert seen["after the way back"] == ["new"]


def test_a_loop_over_all_rows_holds_every_one_of_them(seen: dict[str, object]) -> None:
    assert seen["all"] == 100


def test_iterator_holds_a_portion(seen: dict[str, object]) -> None:
    held = seen["iterator"]
    assert isinstance(held, int)
    assert held <= 20  # a portion, and the one that is just fetched


def test_a_worker_does_not_see_the_new_column_before_the_commit(seen: dict[str, object]) -> None:
    assert (seen["before the commit"], seen["after the commit"]) == (3, 4)


def test_rows_with_pending_checks_are_in_the_way_of_add_field(seen: dict[str, object]) -> None:
    assert seen["pending"] == "55006"


def test_a_step_without_reverse_code_is_in_the_way_of_every_earlier_migration(seen: dict[str, object]) -> None:
    assert seen["no way back"] == "IrreversibleError"
