"""The columns of views, and the columns that views depend on, compared with what a real server records."""

from __future__ import annotations

from typing import LiteralString

import psycopg
import pytest

from migsafe.model.locks import RelationKind
from migsafe.model.migration import Statement
from migsafe.model.names import Name
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement
from migsafe.schema.objects import Relation
from migsafe.schema.origin import Origin
from migsafe.schema.query_columns import Dependence, view_depends
from migsafe.schema.replay import advance
from migsafe.schema.schema import Schema
from tools.observe.servers import Server

TABLES: tuple[LiteralString, ...] = (
    "CREATE TABLE users (id int PRIMARY KEY, name text, email varchar(80), team_id int, tags text[])",
    "CREATE TABLE teams (id int PRIMARY KEY, title text, city text)",
    "CREATE TABLE visits (user_id int, at timestamptz, city text, data jsonb)",
    "CREATE VIEW people AS SELECT id, name AS full_name, team_id FROM users",
    "CREATE VIEW everyone AS SELECT * FROM users",
    "ALTER TABLE users ADD COLUMN added int",
    "CREATE FUNCTION pairs(OUT a int, OUT b int) RETURNS SETOF record LANGUAGE sql AS 'SELECT 1, 2'",
)
QUERIES: tuple[LiteralString, ...] = (
    "SELECT * FROM users",
    "SELECT u.* FROM users u",
    "SELECT users.name FROM public.users",
    "SELECT public.users.name FROM public.users",
    "SELECT name, title FROM users JOIN teams ON team_id = teams.id",
    "SELECT count(*) FROM users",
    "SELECT count(u.*) AS a, count(u) FROM users u",
    "SELECT u AS one FROM users u",
    "SELECT (u).name FROM users u",
    "SELECT (u).* FROM users u",
    "SELECT to_jsonb(users) FROM users WHERE id > 0",
    "SELECT * FROM users NATURAL JOIN teams",
    "SELECT * FROM users JOIN teams USING (id)",
    "SELECT id FROM users FULL JOIN teams USING (id)",
    "SELECT j.x FROM (users JOIN teams USING (id)) AS j (x, y)",
    "SELECT a FROM users AS u (a, b)",
    "SELECT u.a, u.team_id FROM users AS u (a, b)",
    "SELECT * FROM (SELECT id, name FROM users) s",
    "SELECT s.n FROM (SELECT name AS n, email FROM users) s",
    "SELECT id, (SELECT title FROM teams WHERE teams.id = team_id) FROM users",
    "SELECT id FROM users WHERE EXISTS (SELECT FROM visits WHERE user_id = users.id AND city = 'x')",
    "SELECT id FROM users WHERE id IN (SELECT user_id FROM visits)",
    "SELECT name FROM users ORDER BY email",
    "SELECT email AS name FROM users ORDER BY name",
    "SELECT name AS email FROM users GROUP BY email, name",
    "SELECT lower(name) AS low FROM users GROUP BY low",
    "SELECT city, count(*) FROM visits GROUP BY 1 HAVING max(at) > now()",
    "SELECT DISTINCT ON (team_id) id FROM users ORDER BY team_id, name",
    "WITH x AS (SELECT id, name FROM users) SELECT x.id FROM x",
    "WITH x (i, n) AS (SELECT id, name FROM users), y AS (SELECT n FROM x) SELECT * FROM y",
    "WITH users AS (SELECT 1 AS id) SELECT * FROM users",
    "WITH RECURSIVE t (n) AS (SELECT id FROM users UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT * FROM t",
    "SELECT id FROM users UNION SELECT user_id FROM visits ORDER BY id",
    "SELECT u.id, v.at FROM users u LEFT JOIN LATERAL (SELECT at FROM visits WHERE user_id = u.id LIMIT 1) v ON true",
    "SELECT g FROM generate_series(1, 3) g",
    "SELECT id, t FROM users, unnest(tags) AS t",
    "SELECT id, t.tag FROM users, unnest(tags) WITH ORDINALITY AS t (tag, nr)",
    "SELECT r.a FROM visits, jsonb_to_record(data) AS r (a int, b text)",
    "SELECT a FROM pairs()",
    "SELECT data ->> 'k' FROM visits",
    "SELECT at::date, data::text, user_id + 1, 'x'::text, NULL::int FROM visits LIMIT 1",
    "SELECT rank() OVER (PARTITION BY team_id ORDER BY name) FROM users",
    "SELECT sum(id) OVER w FROM users WINDOW w AS (PARTITION BY email)",
    "SELECT full_name FROM people",
    "SELECT title, people.* FROM people JOIN teams ON teams.id = people.team_id",
    "SELECT * FROM everyone",
    "SELECT CASE WHEN name IS NULL THEN email END, coalesce(name, email), greatest(id, team_id) FROM users",
    "SELECT ARRAY(SELECT id FROM teams), EXISTS (TABLE teams), ARRAY[name] AS b, ROW(id) IS NULL AS r FROM users",
    "SELECT (ARRAY[id])[1], current_date, nullif(name, ''), users.name COLLATE \"C\" FROM users",
    "SELECT tableoid, ctid FROM users",
    "SELECT v.column1, c FROM (VALUES (1, 2)) v (column1, c)",
    "VALUES (1, 'a')",
    "SELECT a.id FROM users a, users b WHERE a.team_id = b.id",
    "SELECT name FROM ONLY users TABLESAMPLE system (10)",
    "SELECT string_agg(name, ',' ORDER BY email) FILTER (WHERE id > 0) FROM users",
    "TABLE teams",
)
COLUMNS: LiteralString = """
SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'v'::regclass AND a.attnum > 0 ORDER BY a.attnum"""
READS: LiteralString = """
SELECT DISTINCT c.relname, a.attname FROM pg_rewrite r
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class c ON c.oid = d.refobjid AND c.oid <> r.ev_class
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
WHERE r.ev_class = 'v'::regclass"""


@pytest.fixture(scope="module")
def database(postgres: Server) -> psycopg.Connection:
    with postgres.connect() as admin:
        admin.execute("CREATE DATABASE view_columns")
    connection = postgres.connect("view_columns")
    for sql in TABLES:
        connection.execute(sql)
    return connection


def replayed(*statements: str, onto: Schema | None = None) -> Schema:
    schema = Schema() if onto is None else onto
    for sql in statements:
        clauses = parse_statement(sql).clauses
        advance(schema, Statement(index=0, sql=sql, span=Span(0, len(sql)), clauses=clauses), Origin("m"))
    return schema


def view_in(schema: Schema) -> Relation:
    return schema.relation(Name(None, "v"))


@pytest.mark.parametrize("query", QUERIES)
def test_columns_and_dependencies_are_the_servers(database: psycopg.Connection, query: LiteralString) -> None:
    view = view_in(replayed(*TABLES, f"CREATE VIEW v AS {query}"))

    with database.transaction(force_rollback=True):
        database.execute(f"CREATE VIEW v AS {query}")
        columns = [name for (name,) in database.execute(COLUMNS)]
        reads = set(database.execute(READS))

    assert {(read.relation.name, column) for read in view.reads for column in read.columns} == reads
    if view.complete:
        assert [column.name for column in view.columns] == columns


@pytest.mark.parametrize("query", [q for q in QUERIES if "generate_series" not in q and "pairs" not in q])
def test_columns_are_known_when_the_relations_are(query: str) -> None:
    assert view_in(replayed(*TABLES, f"CREATE VIEW v AS {query}")).complete


def dependence(column: str, *statements: str, table: str = "users") -> Dependence:
    schema = replayed(*statements)
    return view_depends(schema, view_in(schema), Name("public", table), column)


def test_star_stands_for_the_columns_of_its_day() -> None:
    before, later = "CREATE TABLE users (id int)", "ALTER TABLE users ADD COLUMN later text"
    assert dependence("id", before, "CREATE VIEW v AS SELECT * FROM users", later) is Dependence.CERTAIN
    assert dependence("later", before, "CREATE VIEW v AS SELECT * FROM users", later) is Dependence.NONE
    assert dependence("later", before, later, "CREATE VIEW v AS SELECT * FROM users") is Dependence.CERTAIN


def test_star_of_an_unknown_table_may_be_any_column() -> None:
    assert dependence("name", "CREATE VIEW v AS SELECT * FROM users") is Dependence.POSSIBLE


def test_the_only_unknown_table_has_the_column_that_no_other_has() -> None:
    teams = "CREATE TABLE teams (id int, title text)"
    view = "CREATE VIEW v AS SELECT name, title FROM users, teams"
    assert dependence("name", teams, view) is Dependence.CERTAIN
    assert dependence("title", teams, view) is Dependence.NONE


def test_one_of_two_unknown_tables_has_the_column() -> None:
    assert dependence("name", "CREATE VIEW v AS SELECT name FROM users, teams") is Dependence.POSSIBLE


def test_dependencies_follow_new_names() -> None:
    history = (
        "CREATE TABLE accounts (id int, login text)",
        "CREATE VIEW v AS SELECT login FROM accounts",
        "ALTER TABLE accounts RENAME COLUMN login TO name",
        "ALTER TABLE accounts RENAME TO users",
    )
    assert dependence("name", *history) is Dependence.CERTAIN
    assert dependence("login", *history) is Dependence.NONE


def test_cascade_takes_the_views_that_name_the_column() -> None:
    schema = replayed(
        "CREATE TABLE users (id int, name text)",
        "CREATE VIEW v AS SELECT id FROM users",
        "CREATE VIEW gone AS SELECT name FROM users",
        "ALTER TABLE users DROP COLUMN name CASCADE",
    )
    assert schema.exists(Name(None, "gone")) is False
    assert schema.exists(Name(None, "v")) is True


def test_cascade_perhaps_takes_the_views_that_perhaps_name_the_column() -> None:
    schema = replayed("CREATE VIEW v AS SELECT * FROM users", "ALTER TABLE users DROP COLUMN name CASCADE")
    assert schema.exists(Name(None, "v")) is None


def test_names_given_to_a_view_are_its_columns() -> None:
    view = view_in(replayed("CREATE TABLE t (a int, b text)", "CREATE MATERIALIZED VIEW v (x) AS SELECT * FROM t"))
    assert [column.name for column in view.columns] == ["x", "b"]
    assert view.kind is RelationKind.MATERIALIZED_VIEW
