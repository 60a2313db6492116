"""The cases of fixtures/django, run by Django itself on a real server, with the code of the releases on both sides.

The SQL is Django's, the server does with it what is predicted, and what a finding says of the running release happens.
All of this holds for the Django that is installed; it was run with 4.2, 5.2 and 6.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from migsafe.model.migration import Direction
from migsafe.model.report import Report
from migsafe.model.text import Span
from migsafe.sources.rendered import HOLE, Origin, RenderedStatements
from tests.rules.comparing import differences, runs
from tests.rules.django_cases import DjangoCase, read_folder
from tests.rules.django_judging import report_on, run_by_django
from tools.observe.databases import Databases
from tools.observe.observe import Observatory, observatory
from tools.observe.servers import Server

ALL = tuple(case for case in read_folder() if case.since_django <= django.VERSION[:2])  # each holds for all versions
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
    if case.refused_by_django or "asks" in case.options:
        return
    ours = ways_up(report_on(case, tmp_path / "read", target=postgres.major)).statements
    assert [masked(s.statement.sql) for s in ours] == [masked(sql) for sql in split_up(ran.sql)]


def split_up(lines: list[str]) -> list[str]:
    """Django puts SET CONSTRAINTS and the statement that needs it into one line."""
    collected = RenderedStatements()
    for line in lines:
        collected.script(line, Origin(span=Span(0, 0)))
    return [statement.sql for statement in collected.statements]


def masked(sql: str) -> str:
    """Without what Django computes when it is asked."""
    return _COMPUTED.sub(f"'{HOLE}'", sql)


_COMPUTED = re.compile(rf"'{HOLE}'(::\w+)?|'[0-9a-f-]{{32,36}}'::uuid|'20[0-9-]{{8}} [0-9:.+]*'::timestamptz")


def ways_up(report: Report) -> Report:
    return report.replace(migrations=tuple(m for m in report.migrations if m.migration.direction is Direction.UP))


@pytest.mark.parametrize("case", PREDICTED)
def test_the_server_does_what_was_predicted(
    case: DjangoCase, place: Observatory, postgres: Server, tmp_path: Path
) -> None:
    before = report_on(case, tmp_path, target=postgres.major, migration="shop.0001_before")
    schema = ";\n".join([*(s.statement.sql for s in ways_up(before).statements), case.rows])
    report = ways_up(report_on(case, tmp_path, target=postgres.major))
    statements = list(runs(schema, report))
    if case.refused is not None and statements and not case.refused_by_django:
        last = statements.pop()
        refusal = place.observe(last.committed, last.entry.statement.sql, before=last.before).error
        assert refusal is not None
        assert refusal.sqlstate == case.refused
    for run in statements:
        assert differences(run, place) == [], run.entry.statement.sql
