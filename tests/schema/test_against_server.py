"""The shadow schema and a server's catalogs say the same after the same statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import psycopg
import pytest

from migsafe.schema.builtin_types import BUILTIN_TYPES
from migsafe.schema.schema import Schema
from tests.schema.scripts import replay, statements
from tests.schema.server_catalog import of_schema, of_server
from tools.observe.cases import FOLDER, Case, read_file
from tools.observe.servers import Server

ROOT = Path(__file__).parents[2]
TOPICS = sorted(path.stem for path in (ROOT / FOLDER).glob("*.sql"))
NOT_TRANSACTIONAL = psycopg.errors.ActiveSqlTransaction
DIFFERENT = {
    "create-table/foreign-table-drop-server-cascade": "the server of a foreign table is not recorded",
    "drop/extension": "what an extension contains is not recorded: everything is doubted",
    "foreign-keys/rename-referenced-column": "the server keeps the names of an index's own columns",
    "identity-and-sequences/add-identity-with-sequence-name": "the name is not part of the operation",
    "partitioned-tables/set-schema": "pg_catalog is left out of the comparison",
    "types/create-shell-type": "a type that has no form yet",
    "dml/select-function-with-ddl": "what a called function does is told by the statements inside it",
}


@contextmanager
def database(server: Server, name: str) -> Iterator[psycopg.Connection]:
    with server.connect() as session:
        session.execute(f'CREATE DATABASE "{name}"')
    with server.connect(name) as session:
        yield session
    with server.connect() as session:
        session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def visible(lines: set[str]) -> set[str]:
    """Without the schemas that the server's side leaves out."""
    return {line for line in lines if " pg_temp." not in line and " pg_catalog." not in line}


def difference(session: psycopg.Connection, schema: Schema) -> str:
    server, ours = of_server(session), visible(of_schema(schema))
    lines = (
        *(f"server: {line}" for line in sorted(server - ours)),
        *(f"replay: {line}" for line in sorted(ours - server)),
    )
    return "\n".join(lines)


def differences(session: psycopg.Connection, cases: list[Case], base: Schema) -> Iterator[str]:
    for case in cases:
        name = f"{case.topic}/{case.name}"
        if name in DIFFERENT or case.statement.startswith("DO "):
            continue
        try:
            with session.transaction(force_rollback=True):
                session.execute(case.before.encode())
                session.execute(case.statement.encode())
                found = difference(session, replay(f"{case.before}\n;{case.statement}", base.overlay()))
                if found:
                    yield f"{name}: {case.statement}\n{found}"
        except psycopg.Error:
            continue  # refused, or not in a transaction


@pytest.mark.parametrize("topic", TOPICS)
def test_replay_agrees_with_the_server_on_the_truth_set(topic: str, postgres: Server) -> None:
    cases = [c for c in read_file(ROOT / FOLDER / f"{topic}.sql") if postgres.major in c.versions]
    found: list[str] = []
    for number, (setup, members) in enumerate(groupby(cases, key=lambda case: case.setup)):
        with database(postgres, f"replay-{topic}-{number}") as session:
            session.execute(setup.encode())
            base = replay(setup)
            found += [f"setup: {line}" for line in difference(session, base).splitlines()]
            found += differences(session, list(members), base)
    assert "\n\n".join(found) == ""


SCRIPTS = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "sql").glob("*.sql"))}


@pytest.mark.parametrize("script", SCRIPTS)
def test_replay_agrees_with_the_server_after_every_statement(script: str, postgres: Server) -> None:
    schema = Schema()
    with database(postgres, f"script-{script}") as session:
        for statement in statements(SCRIPTS[script]):
            session.execute(statement.sql.encode())
            replay(statement.sql, schema)
            assert difference(session, schema) == "", statement.sql


def test_the_list_of_built_in_types_is_that_of_the_server(postgres: Server) -> None:
    query = """SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace
               AND typtype IN ('b', 'r', 'm') AND typelem = 0 AND typname !~ '^_'"""
    with postgres.connect() as session:
        names = {row[0] for row in session.execute(query).fetchall()}
    with_elements = {"box", "int2vector", "line", "lseg", "name", "oidvector", "point"}
    assert names <= BUILTIN_TYPES
    assert BUILTIN_TYPES - names - with_elements == set()


@pytest.fixture(scope="session")
def older(server_of: Callable[[int], Server]) -> Server:
    return server_of(12)


@pytest.mark.other_servers
@pytest.mark.parametrize("script", [name for name in SCRIPTS if name not in {"names_of_indexes", "partitions"}])
def test_generated_names_are_the_same_on_the_oldest_server(script: str, older: Server) -> None:
    schema = Schema()
    with database_of_old_server(older, script) as session:
        for statement in statements(SCRIPTS[script]):
            session.execute(statement.sql.encode())
            replay(statement.sql, schema)
        assert difference(session, schema) == ""


@contextmanager
def database_of_old_server(server: Server, name: str) -> Iterator[psycopg.Connection]:
    """DROP DATABASE WITH (FORCE) came with PostgreSQL 13."""
    with server.connect() as session:
        session.execute(f'CREATE DATABASE "{name}"')
    with server.connect(name) as session:
        yield session
