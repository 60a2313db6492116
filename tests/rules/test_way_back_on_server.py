"""What MS802 says is left, or missing, after a way back is what a server's catalogs say."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from migsafe.rules.ms930_reserved_word_name import RESERVED
from tests.rules.fixture_files import Case, read_folder
from tests.rules.test_remedies_on_server import CATALOG
from tools.observe.databases import Databases
from tools.observe.servers import Server
from tools.observe.session import run_script

LABELS = "SELECT enumtypid::regtype::text, enumlabel FROM pg_enum ORDER BY 1, enumsortorder"
CASES = [case for file in read_folder() for case in file.cases if case.up and "refused" not in case.options]


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[Databases]:
    kept = Databases(postgres)
    yield kept
    kept.close()


def catalog(session: psycopg.Connection) -> list[tuple[object, ...]]:
    """Columns, constraints, indexes and labels; neither the order of columns nor what is not validated yet."""
    rows = session.execute(CATALOG).fetchall()
    plain = [(*row[:3], str(row[3]).removesuffix(" NOT VALID")) if row[0] == "constraint" else row for row in rows]
    return [*plain, *session.execute(LABELS).fetchall()]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_a_difference_is_told_where_the_catalogs_differ(case: Case, postgres: Server, databases: Databases) -> None:
    with databases.copied(databases.built(case.schema)) as copy, postgres.connect(copy) as session:
        before = catalog(session)
        run_script(session, case.up)
        run_script(session, case.migration)
        assert (catalog(session) != before) == (" MS802 " in case.findings)


def test_reserved_words_are_those_of_the_server(postgres: Server) -> None:
    with postgres.connect() as session:
        rows = session.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')").fetchall()
    assert {row[0] for row in rows} == RESERVED
