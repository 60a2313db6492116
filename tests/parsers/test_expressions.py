"""What the summary of an expression says, and its text."""

from __future__ import annotations

import pytest

from migsafe.model.definitions import Check
from migsafe.model.expressions import Comparison, Expression
from migsafe.model.names import Name
from migsafe.model.operations import AddCheck, AddColumn, AlterColumnType, Select, Update
from migsafe.parsers.postgresql import parse_statement


def check(condition: str) -> Expression:
    operation = parse_statement(f"ALTER TABLE t ADD CHECK ({condition})").clauses[0].operation
    assert isinstance(operation, AddCheck)
    assert isinstance(operation.constraint, Check)
    return operation.constraint.expression


def default(text: str) -> Expression:
    operation = parse_statement(f"ALTER TABLE t ADD c text DEFAULT {text} NOT NULL").clauses[0].operation
    assert isinstance(operation, AddColumn)
    assert operation.column.default is not None
    assert operation.column.not_null
    return operation.column.default


@pytest.mark.parametrize(
    ("condition", "proved"),
    [
        ("a IS NOT NULL", "a"),
        ("a IS NOT NULL AND b > 0", "a"),
        ("a IS NOT NULL AND (b IS NOT NULL AND c IS NOT NULL)", "a b c"),
        ("NOT (a IS NULL)", "a"),
        ("NOT (a IS NULL OR b IS NULL)", "a b"),
        ("a IS DISTINCT FROM NULL", "a"),
        ("NOT (NULL IS NOT DISTINCT FROM a)", "a"),
        ("ROW(a, b) IS NOT NULL", "a b"),
        ("(a IS NOT NULL AND b = 1) OR (a IS NOT NULL AND b = 2)", "a"),
        ("a IS NOT NULL OR b IS NOT NULL", ""),
        ("NOT (a IS NULL AND b IS NULL)", ""),
        ("a > 0", ""),
        ("num_nulls(a) = 0", ""),
        ("a::text IS NOT NULL", ""),
        ("a IS NULL", ""),
        ("NOT (ROW(a, b) IS NULL)", ""),
    ],
)
def test_which_conditions_prove_not_null(condition: str, proved: str) -> None:
    assert check(condition).proves_not_null == tuple(proved.split())


@pytest.mark.parametrize(
    "text",
    [
        "now()",
        "-1",
        "'x'::text",
        "1.5::numeric(10,2)",
        "'a' || 'b'",
        "'x'::character varying(3)[]",
        "'x'::timestamp(3) with time zone",
        "'x'::double precision",
        "interval '1 day' day to second",
        "CURRENT_TIMESTAMP(3)",
        "ARRAY[]::text[]",
        "ARRAY[1, 2]",
        "CASE WHEN a THEN b ELSE c END",
        "coalesce(a, (b))",
        "(a + (1)) * (2)",
        "nextval('s'::regclass)",
        "public.f(1, 'é')",
        "CAST(x AS text)",
        'x."Y".z',
        "(SELECT max(b) FROM u WHERE c = 1)",
        "'é' || ü",
    ],
)
def test_the_text_of_a_default_is_as_written(text: str) -> None:
    shown = default(text).sql

    assert shown == text


@pytest.mark.parametrize(
    "condition",
    [
        "a IS NOT NULL",
        "(a) > (0)",
        "(a > 0) AND (b IN (1, 2))",
        "a ISNULL",
        "a IS NOT TRUE",
        "count(*) FILTER (WHERE a > 1) OVER w > 1",
        'a COLLATE "C" > b COLLATE "é"',
        "a AT TIME ZONE 'utc' > b",
        "a BETWEEN 1 AND 2",
        "a = ANY (ARRAY[1, 2])",
        "EXISTS (SELECT 1)",
        "a[1:2] = b",
        "(x).y = 1",
        "a LIKE 'x%' ESCAPE '!'",
        "a::json IS JSON OBJECT",
    ],
)
def test_the_text_of_a_condition_is_as_written(condition: str) -> None:
    assert check(condition).sql == condition


def test_a_constant_is_a_literal_perhaps_cast() -> None:
    assert default("'x'::text").constant
    assert default("5").constant
    assert not default("'a' || 'b'").constant
    assert default("NULL::int").null


def test_calls_operators_casts_and_special_values_are_listed() -> None:
    found = default("lower(a)::varchar(3) || public.f(1, 'x'::regclass) || CURRENT_USER")

    assert [str(call.function) for call in found.calls] == ["lower", "public.f"]
    assert found.calls[1].argument_types == ("int4", "regclass")
    assert found.calls[1].strings == (None, "x")
    assert found.operators == ("||", "||")
    assert [str(cast) for cast in found.casts] == ["varchar(3)", "regclass"]
    assert found.special == ("current_user",)
    assert found.columns == ("a",)


def test_a_using_expression_that_only_casts_the_column_is_known_as_such() -> None:
    operation = parse_statement("ALTER TABLE t ALTER a TYPE int USING trim(a)::int").clauses[0].operation
    plain = parse_statement("ALTER TABLE t ALTER a TYPE int USING (a::text)::int").clauses[0].operation

    assert isinstance(operation, AlterColumnType)
    assert isinstance(plain, AlterColumnType)
    assert operation.using is not None
    assert operation.using.cast_of_column is None
    assert plain.using is not None
    assert plain.using.cast_of_column == "a"
    assert [str(cast) for cast in plain.using.casts] == ["text", "int4"]


def test_simple_conditions_are_conjuncts() -> None:
    found = check("a >= '2024-01-01' AND 10 > a AND b IN (1, 2) AND (c)::text = 'x'::text AND d")

    assert found.whole
    assert found.conjuncts == (
        Comparison("a", ">=", "'2024-01-01'"),
        Comparison("a", "<", "10"),
        Comparison("b", "in", "(1, 2)"),
        Comparison("c", "=", "'x'"),
        Comparison("d", "=", "true"),
    )


def test_lists_as_the_server_prints_them_are_lists() -> None:
    printed = check("(a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])")
    excluded = check("b <> ALL (ARRAY[1, 2])")

    assert printed.conjuncts == (Comparison("a", "in", "('x', 'y')"),)
    assert excluded.conjuncts == (Comparison("b", "not in", "(1, 2)"),)
    assert check("b = ALL (ARRAY[1, 2])").conjuncts == ()
    assert check("b = ANY (ARRAY[1, c])").conjuncts == ()


def test_a_condition_that_is_not_simple_leaves_the_conjuncts_incomplete() -> None:
    found = check("a = 1 AND f(b)")

    assert found.conjuncts == (Comparison("a", "=", "1"),)
    assert not found.whole


def reads(sql: str) -> list[str]:
    operation = parse_statement(sql).clauses[-1].operation
    assert isinstance(operation, Select)
    return [str(name) for name in operation.query.reads]


def test_names_of_common_table_expressions_are_no_relations() -> None:
    assert reads("WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a) SELECT * FROM b JOIN s.a USING (x)") == [
        "t",
        "s.a",
    ]


def test_without_recursive_an_expression_does_not_see_itself() -> None:
    assert reads("WITH t AS (SELECT * FROM t) SELECT * FROM t") == ["t"]
    assert reads("WITH RECURSIVE t AS (SELECT * FROM t) SELECT * FROM t") == []


def test_a_common_table_expression_is_only_seen_inside_its_query() -> None:
    assert reads("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a") == ["a"]


def test_row_locks_follow_the_aliases() -> None:
    operation = parse_statement("SELECT * FROM a JOIN b AS x ON true FOR UPDATE OF x").clauses[0].operation

    assert isinstance(operation, Select)
    assert operation.query.row_locked == (Name(None, "b"),)


def test_an_update_lists_what_it_reads_besides_its_table() -> None:
    operation = parse_statement("UPDATE t SET a = 1 WHERE id IN (SELECT id FROM u LIMIT 10)").clauses[0].operation

    assert isinstance(operation, Update)
    assert operation.query is not None
    assert operation.query.reads == (Name(None, "u"),)
    assert operation.query.has_limit
    assert operation.where is not None
    assert operation.where.columns == ("id",)


def test_words_in_the_brackets_of_a_type_are_no_columns() -> None:
    assert check("g::geometry(Point, 4326) IS NOT NULL").columns == ("g",)
    query = parse_statement("SELECT g::geometry(Point, 4326) FROM t").clauses[0].operation
    assert isinstance(query, Select)
    assert query.query is not None
    assert query.query.columns == ("g",)
