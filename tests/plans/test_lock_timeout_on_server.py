"""Each way to set a lock_timeout that a remedy names is one that holds for a real Django on a real server."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plans.django_proof import FIRST, ORDER, database, drive, migration, order, write_project
from tests.sources.django.projects import report, second, shop
from tools.observe.servers import Server, embedded_server

ADDED = 'migrations.AddField("order", "extra", models.IntegerField(null=True)),'
CUSTOMER = """\
migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
"""
ASKED = [["migrate"], ["ask", "SHOW lock_timeout"]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with embedded_server(16) as started:
        yield started


@pytest.fixture
def remedy(tmp_path: Path) -> str:
    shop(tmp_path / "judged", second(ADDED))
    found = report(tmp_path / "judged", "shop.0002_next").findings
    return next(entry.remedy for entry in found if entry.finding.code == "MS301")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "real", {FIRST: migration(FIRST, f"{CUSTOMER}{ORDER}")}, order())


def test_without_one_there_is_none(project: Path, server: Server) -> None:
    with database(server, "limits") as conninfo:
        assert drive(sys.executable, project, conninfo, ASKED)[1] == [["0"]]


def test_in_the_environment_of_the_command(remedy: str, project: Path, server: Server) -> None:
    (options,) = re.findall("PGOPTIONS='(.+)' python manage.py migrate", remedy)

    with database(server, "limits") as conninfo:
        assert drive(sys.executable, project, conninfo, ASKED, {"PGOPTIONS": options})[1] == [["2s"]]


def test_in_the_settings_of_the_database(remedy: str, project: Path, server: Server) -> None:
    (line,) = (line for line in remedy.splitlines() if line.startswith('"OPTIONS"'))

    with database(server, "limits") as conninfo:
        with_options = {**conninfo, **ast.literal_eval(f"{{{line}}}")}
        assert drive(sys.executable, project, with_options, ASKED)[1] == [["2s"]]
