"""A snapshot's schema is the one that the migrations built: against replay, and against the server's catalogs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest

from migsafe.model.names import Name
from migsafe.schema.schema import Schema
from migsafe.statistics.file import read, written
from migsafe.statistics.shadow import schema_of
from tests.schema.scripts import replay
from tests.schema.test_against_server import difference
from tests.statistics.live import database, snapshot_of
from tests.statistics.schemas import differences
from tools.observe.cases import FOLDER, read_file
from tools.observe.servers import Server
from tools.observe.session import run_script

ROOT = Path(__file__).parents[2]
TOPICS = sorted(path.stem for path in (ROOT / FOLDER).glob("*.sql"))
SCRIPTS = {path.stem: path.read_text() for path in sorted((ROOT / "tests/schema/sql").glob("*.sql"))}
EXPLAINED = {
    # PostgreSQL 18 gives a copy (LIKE) and a partition the names of its model's NOT NULL constraints; replay makes up
    # new ones. Replay also puts the columns of LIKE behind the others.
    "relation public.measurements_2022.columns",
    "relation public.measurements_2023.columns",
    "relation public.bare.columns",
    "relation public.copy.columns",
    "relation public.m2.columns",
    # An element in brackets with COLLATE is an expression to the parser and a column to the server.
    "index public.t_a_idx3.elements",
    # The names of an index's own columns come from the text of the migration, the snapshot has the server's.
    "server: index public.t_case_idx on t btree (case)",
    "replay: index public.t_case_idx on t btree (text)",
    # Up to 14 the clone of a row trigger counts as internal, which the comparison with the catalogs leaves out.
    "replay: trigger public.parts_a.after_insert",
}


def setups(topic: str, major: int) -> Iterator[str]:
    cases = [case for case in read_file(ROOT / FOLDER / f"{topic}.sql") if major in case.versions]
    return (setup for setup, _ in groupby(cases, key=lambda case: case.setup))


def disagreements(server: Server, name: str, script: str) -> list[str]:
    """What replaying the script says otherwise than a snapshot of its result, written to a file and read again."""
    replayed = replay(script)
    replayed.rollback()
    with database(server, name) as session:
        run_script(session, script)
        captured = schema_of(read(written(snapshot_of(server, name)), "snapshot"))
        against_server = difference(session, captured).splitlines()
    against_replay = differences(replayed, captured, server.major)
    found = [line for line in (*against_server, *against_replay) if line.split(": ")[0] not in EXPLAINED]
    return [line for line in found if line not in EXPLAINED]


@pytest.mark.parametrize("topic", TOPICS)
def test_setups_of_the_truth_set(topic: str, postgres: Server) -> None:
    compared = 0
    for number, setup in enumerate(setups(topic, postgres.major)):
        assert disagreements(postgres, f"shadow-{topic}-{number}", setup) == []
        compared += 1
    assert compared


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_about_names_and_partitions(script: str, postgres: Server) -> None:
    assert disagreements(postgres, f"shadow-{script}", SCRIPTS[script]) == []


@pytest.mark.other_servers
@pytest.mark.parametrize("major", [12, 13, 14, 15, 17])
@pytest.mark.parametrize(
    "topic", ["foreign-keys", "indexes", "partitions", "views", "triggers-rules-policies", "types"]
)
def test_setups_on_other_servers(topic: str, major: int, server_of: Callable[[int], Server]) -> None:
    server = server_of(major)
    for number, setup in enumerate(setups(topic, major)):
        assert disagreements(server, f"shadow-{topic}-{number}", setup) == []


HOSTILE = r'''
CREATE SCHEMA "a.b";
CREATE SCHEMA "Quoted ""Schema""";
CREATE TABLE "a.b"."c""d.e" (
  "; DROP TABLE x; --" int PRIMARY KEY,
  "%s {} \n" text DEFAULT '%s {0} ''"' CHECK ("%s {} \n" <> ''));
CREATE TABLE "Quoted ""Schema"""."user" ("select" int REFERENCES "a.b"."c""d.e", "ü" text);
CREATE INDEX "idx ""of"" ü" ON "Quoted ""Schema"""."user" (lower("ü")) WHERE "select" > 0;
CREATE VIEW "a.b"."v'; SELECT 1; --" AS SELECT "; DROP TABLE x; --" AS "a""b" FROM "a.b"."c""d.e";
CREATE TYPE "a.b"."Mood ""x""" AS ENUM ('it''s', '"', ',', '');
ALTER TABLE "Quoted ""Schema"""."user" ADD COLUMN mood "a.b"."Mood ""x""" DEFAULT 'it''s';
'''


def test_names_that_are_hard_to_write(postgres: Server) -> None:
    assert disagreements(postgres, "hostile ' \" name %s", HOSTILE) == []


def test_a_snapshot_of_the_whole_database_closes_the_world(postgres: Server) -> None:
    script = """CREATE SCHEMA other; CREATE TABLE t (a int PRIMARY KEY, b serial);
        CREATE TABLE other.u (a int REFERENCES t, b int DEFAULT nextval('t_b_seq'));
        CREATE VIEW other.v AS SELECT a FROM t; CREATE TABLE other.child () INHERITS (t)"""
    with database(postgres, "closed", script):
        whole = schema_of(snapshot_of(postgres, "closed"))
        part = schema_of(snapshot_of(postgres, "closed", schemas=("other",)))
    assert whole.closed
    assert {str(name) for name in whole.relations} == {
        "public.t",
        "public.t_b_seq",
        "other.u",
        "other.v",
        "other.child",
    }
    assert not part.closed
    assert {str(name) for name in part.relations} == {"other.u", "other.v", "other.child"}
    table = Name("public", "t")
    assert part.referencing(table) == whole.referencing(table)
    assert [each.name for each in part.views_on(table)] == [Name("other", "v")]
    assert [each.name for each in part.children_of(table)] == [Name("other", "child")]


def test_without_a_schema_nothing_is_known() -> None:
    assert vars(schema_of(read('{"snapshot_version": 1}', "x"))).keys() == vars(Schema()).keys()
    assert not schema_of(read('{"snapshot_version": 1}', "x")).closed
