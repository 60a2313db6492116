"""Every fixture runs on a real server: what it locks, rewrites, reads and builds is what was predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rules.comparing import differences, runs
from tests.rules.fixture_files import Case, read_folder
from tests.rules.judging import report_on
from tools.observe.observe import Observatory, observatory
from tools.observe.servers import Server

CASES = [case for file in read_folder() for case in file.cases if case.server != "any"]
HERE = [pytest.param(case, id=case.id) for case in CASES if case.server is None]
ELSEWHERE = [pytest.param(case, id=case.id) for case in CASES if case.server is not None]


@pytest.fixture(scope="module")
def place(postgres: Server) -> Iterator[Observatory]:
    with observatory(postgres) as opened:
        yield opened


@pytest.mark.parametrize("case", HERE)
def test_the_server_does_what_was_predicted(case: Case, place: Observatory, postgres: Server, tmp_path: Path) -> None:
    assert_as_predicted(case, place, postgres.major, tmp_path)


@pytest.mark.other_servers
@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_server_of_that_version_does_what_was_predicted(
    case: Case, server_of: Callable[[int], Server], tmp_path: Path
) -> None:
    server = server_of(int(case.server or 0))
    with observatory(server) as opened:
        assert_as_predicted(case, opened, server.major, tmp_path)


def assert_as_predicted(case: Case, place: Observatory, version: int, folder: Path) -> None:
    report = report_on(case, folder, target=version)
    statements = list(runs(case.schema, report))
    assert statements, "the case runs nothing"
    if "refused" in case.options:
        last = statements.pop()
        observed = place.observe(last.committed, last.entry.statement.sql, before=last.before)
        assert observed.error is not None
        assert observed.error.sqlstate == case.options["refused"]
    for run in statements:
        assert differences(run, place) == [], run.entry.statement.sql
