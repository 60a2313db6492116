"""Errors that the code around a statement catches: MS003 tells of those that end the run on a real server, and of no
other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.rules import refusals
from migsafe.sources.collect import Request, collect_text
from tools.observe.databases import Databases
from tools.observe.servers import Server

USERS = "CREATE TABLE users (id bigint PRIMARY KEY, email text);"
TWICE = "ALTER TABLE users ADD COLUMN email text;"
BLOCKS = {
    f"BEGIN {TWICE} EXCEPTION WHEN duplicate_column THEN NULL; END": False,
    f"BEGIN {TWICE} EXCEPTION WHEN undefined_table OR others THEN NULL; END": False,
    f"BEGIN {TWICE} EXCEPTION WHEN SQLSTATE '42701' THEN NULL; END": False,
    f"BEGIN {TWICE} EXCEPTION WHEN duplicate_table THEN NULL; END": True,
    f"BEGIN {TWICE} EXCEPTION WHEN others THEN RAISE; END": True,
    f"BEGIN {TWICE} EXCEPTION WHEN others THEN RAISE EXCEPTION 'no'; END": True,
    f"BEGIN {TWICE} EXCEPTION WHEN others THEN RAISE NOTICE 'so be it'; END": False,
    f"BEGIN BEGIN {TWICE} END; EXCEPTION WHEN duplicate_column THEN NULL; END": False,
    f"BEGIN BEGIN NULL; EXCEPTION WHEN duplicate_column THEN NULL; END; {TWICE} END": True,
    f"BEGIN IF NOT EXISTS (SELECT FROM pg_attribute WHERE attname = 'email') THEN {TWICE} END IF; END": False,
}


@pytest.fixture(scope="module")
def databases(postgres: Server) -> Iterator[Databases]:
    kept = Databases(postgres)
    yield kept
    kept.close()


@pytest.mark.parametrize(("block", "ends"), BLOCKS.items())
def test_a_refusal_is_told_when_it_ends_the_block(
    block: str, ends: bool, postgres: Server, databases: Databases, tmp_path: Path
) -> None:
    statement = f"DO $do$ {block} $do$"
    with databases.copied(databases.built(USERS)) as name, postgres.connect(name) as session:
        refused = False
        try:
            session.execute(statement.encode())
        except psycopg.Error:
            refused = True
    assert refused is ends

    schema = tmp_path / "schema.sql"
    schema.write_text(USERS, encoding="utf-8")
    settings = Settings(target_version=(postgres.major,), schema=str(schema))
    report = judge(collect_text(statement, Request(root=tmp_path), settings), settings)
    assert ("MS003" in {each.finding.code for each in report.findings}) is ends


def test_errors_are_called_as_the_driver_calls_them() -> None:
    for state, condition in refusals.CONDITIONS.items():
        error = errors.lookup(state)
        assert error.__name__.lower() == condition.replace("_", "")
        assert refusals.CLASSES[state[:2]] in {base.__name__.lower() for base in error.__mro__}
