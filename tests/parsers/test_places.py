"""Where clauses are: spans in code points of the statement's text."""

from __future__ import annotations

import pytest

from migsafe.model.operations import ExtensionCall, Opaque, SetParameter
from migsafe.model.text import Span
from migsafe.parsers.postgresql import parse_statement, parse_type


def clause_texts(sql: str) -> list[str]:
    return [sql[clause.span.start : clause.span.end] for clause in parse_statement(sql).clauses]


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("ALTER TABLE t ADD a int", ["ADD a int"]),
        ("ALTER TABLE ONLY (t) ADD a int", ["ADD a int"]),
        ("ALTER TABLE IF EXISTS ONLY s.t DROP a", ["DROP a"]),
        ("ALTER TABLE t * DROP a", ["DROP a"]),
        ("ALTER TABLE t /* é, */ ADD a numeric(1, 2), -- ü,\n DROP b", ["ADD a numeric(1, 2)", "DROP b"]),
        ('ALTER TABLE "é,é"."ü" ALTER "ß" SET NOT NULL, DROP c', ['ALTER "ß" SET NOT NULL', "DROP c"]),
        ("DROP TABLE IF EXISTS a, s . b CASCADE", ["a", "s . b"]),
        ("DROP FUNCTION f(int, text), g", ["f", "g"]),
        ("DROP TABLE a", ["DROP TABLE a"]),
        ('TRUNCATE "é", ONLY b', ['"é"', "b"]),
        ("LOCK a, b IN SHARE MODE", ["a", "b"]),
        (
            "CREATE SCHEMA s CREATE VIEW v AS SELECT 'é' CREATE TABLE t (a int) GRANT SELECT, INSERT ON t TO r",
            [
                "CREATE SCHEMA s CREATE VIEW v AS SELECT 'é' CREATE TABLE t (a int) GRANT SELECT, INSERT ON t TO r",
                "CREATE VIEW v AS SELECT 'é'",
                "CREATE TABLE t (a int)",
                "GRANT SELECT, INSERT ON t TO r",
            ],
        ),
        ("VACUUM a, b (c)", ["a", "b"]),
        (
            "WITH x AS (DELETE FROM é RETURNING *) INSERT INTO t SELECT * FROM x",
            ["DELETE FROM é RETURNING *", "WITH x AS (DELETE FROM é RETURNING *) INSERT INTO t SELECT * FROM x"],
        ),
    ],
)
def test_clauses_are_where_the_text_has_them(sql: str, texts: list[str]) -> None:
    assert clause_texts(sql) == texts


@pytest.mark.parametrize(
    ("sql", "token"),
    [
        ("CREATE TABEL é (a int)", "TABEL"),
        ("SELECT 'é' FROM FROM x", "FROM"),
        ("SELECT 'éé', 'ü' FROM WHERE", "WHERE"),
        ("ALTER TABLE t ADD", "ADD"),
    ],
)
def test_a_syntax_error_is_at_the_offending_token(sql: str, token: str) -> None:
    problem = parse_statement(sql).syntax_error

    assert problem is not None
    assert problem.message.startswith("syntax error")
    assert sql[problem.span.start : problem.span.end] == token


@pytest.mark.parametrize("operators", [800, 30_000])
def test_a_statement_nested_too_deeply_is_a_problem_and_no_crash(operators: int) -> None:
    sql = "SELECT " + "1 + " * operators + "1"

    problem = parse_statement(sql).syntax_error

    assert problem is not None
    assert problem.span.end <= len(sql)


def test_a_lone_surrogate_is_a_problem() -> None:
    problem = parse_statement("SELECT '\ud800'").syntax_error

    assert problem is not None
    assert problem.span == Span(8, 9)


def test_nothing_but_a_comment_has_no_clauses() -> None:
    parsed = parse_statement("-- nothing")

    assert parsed.clauses == ()
    assert parsed.syntax_error is None


def test_two_statements_are_a_problem() -> None:
    assert parse_statement("SELECT 1; SELECT 2").syntax_error is not None


def test_set_config_with_constants_sets_parameters() -> None:
    parsed = parse_statement(
        "SELECT pg_catalog.set_config('search_path', '', false), set_config('Lock_Timeout', '5s', true)"
    )

    assert [clause.operation for clause in parsed.clauses] == [
        SetParameter(name="search_path", value="", local=False),
        SetParameter(name="lock_timeout", value="5s", local=True),
    ]


@pytest.mark.parametrize(
    ("sql", "name", "value"),
    [
        ("SET search_path TO a, \"B c\", '$user'", "search_path", 'a, "B c", "$user"'),
        ("SET LOCAL statement_timeout = 5000", "statement_timeout", "5000"),
        ("SET TIME ZONE 'Europe/London'", "timezone", "Europe/London"),
        ("RESET ALL", "all", None),
        ("SET lock_timeout TO DEFAULT", "lock_timeout", None),
        ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "transaction_isolation", "serializable"),
    ],
)
def test_settings_have_the_value_that_the_server_stores(sql: str, name: str, value: str | None) -> None:
    operation = parse_statement(sql).clauses[0].operation

    assert isinstance(operation, SetParameter)
    assert (operation.name, operation.value) == (name, value)


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("SELECT create_hypertable('public.\"M\"', by_range('t'))", 'public."M"'),
        ("SELECT * FROM create_distributed_table('t'::regclass, 'id')", "t"),
        ("SELECT AddGeometryColumn('s', 't', 'geom', 4326, 'POINT', 2)", "s.t"),
        ("SELECT partman.create_parent(p_parent_table => 's.t', p_control => 'c')", "s.t"),
        ("SELECT cron.schedule('job', '* * * * *', 'VACUUM')", "None"),
    ],
)
def test_calls_of_known_extensions_are_named(sql: str, table: str) -> None:
    operation = parse_statement(sql).clauses[0].operation

    assert isinstance(operation, ExtensionCall)
    assert str(operation.table) == table


def test_no_statement_of_this_kind_is_silently_analysed_as_another() -> None:
    operation = parse_statement("SELECT set_config(name, '5s', true) FROM settings").clauses[0].operation

    assert not isinstance(operation, SetParameter | Opaque)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("int", "int4"),
        ("pg_catalog.int4", "int4"),
        ("character varying(20)[]", "varchar(20)[]"),
        ("char", "bpchar(1)"),
        ("timestamp(3) with time zone", "timestamptz(3)"),
        ("numeric(10, -2)", "numeric(10, -2)"),
        ("interval day to second(2)", "interval(day to second, 2)"),
        ("public.geometry(Point, 4326)", "public.geometry(point, 4326)"),
        ("bigserial", "bigserial"),
        ('"Mood"[][]', '"Mood"[][]'),
    ],
)
def test_types_have_the_names_of_the_catalog(written: str, shown: str) -> None:
    assert str(parse_type(written)) == shown


@pytest.mark.parametrize("written", ["", "int; DROP TABLE t", "int, 1", "int FROM t", "1 +"])
def test_what_is_no_type_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_type(written)
