"""The cases of fixtures/django, run by Django itself on a real server, with the code of the releases on both sides.

The SQL is Django's, the server does with it what is predicted, and what a finding says of the running release happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from migsafe.model.migration import Direction
from migsafe.model.report import Report
from migsafe.sources.rendered import HOLE
from tests.rules.comparing import differences, runs
from tests.rules.django_cases import DjangoCase, read_folder
from tests.rules.django_judging import report_on, run_by_django
from tools.observe.databases import Databases
from tools.observe.observe import Observatory, observatory
from tools.observe.servers import Server

ALL = read_folder()
CASES = [pytest.param(case, id=case.id) for case in ALL]
PREDICTED = [pytest.param(case, id=case.id) for case in ALL if "computed" not in case.options]


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[Databases]:
    kept = Databases(postgres)
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def place(postgres: Server) -> Iterator[Observatory]:
    with observatory(postgres) as opened:
        yield opened


@pytest.mark.parametrize("case", CASES)
def test_django_sends_this_and_the_releases_fail_as_written(
    case: DjangoCase, postgres: Server, databases: Databases, tmp_path: Path
) -> None:
    with databases.copied(databases.built("SELECT 1")) as name:
        ran = run_by_django(case, tmp_path / "real", postgres, name)

    assert ran.migration == case.refused
    assert ran.before == [None] * len(case.running), "the running release works before the migration"
    assert ran.after == [release.fails for release in case.running]
    assert ran.next == [release.fails for release in case.next]
    if case.refused_by_django:
        return
    ours = [s.statement.sql for s in ways_up(report_on(case, tmp_path / "read", target=postgres.major)).statements]
    assert len(ours) == len(ran.sql), (ours, ran.sql)
    for one, theirs in zip(ours, ran.sql, strict=True):
        assert re.fullmatch(pattern(one), theirs.removesuffix(";")), (one, theirs)


def pattern(sql: str) -> str:
    """What is not known matches whatever Django computed there."""
    return re.escape(sql).replace(re.escape(f"'{HOLE}'"), r"'[^']*'(::\w+)?")


def ways_up(report: Report) -> Report:
    return report.replace(migrations=tuple(m for m in report.migrations if m.migration.direction is Direction.UP))


@pytest.mark.parametrize("case", PREDICTED)
def test_the_server_does_what_was_predicted(
    case: DjangoCase, place: Observatory, postgres: Server, tmp_path: Path
) -> None:
    before = report_on(case, tmp_path, target=postgres.major, migration="shop.0001_before")
    schema = ";\n".join([*(s.statement.sql for s in ways_up(before).statements), case.rows])
    report = ways_up(report_on(case, tmp_path, target=postgres.major))
    for run in runs(schema, report):
        assert differences(run, place) == [], run.entry.statement.sql
