"""Parts of a statement that the parse tree gives no place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migsafe.model.text import Span
from migsafe.text.clauses import Clauses


def cut(sql: str, spans: tuple[Span, ...]) -> list[str]:
    return [sql[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("sql", "actions"),
    [
        ("ALTER TABLE a ADD b int", ["ADD b int"]),
        ("ALTER TABLE a DROP b, DROP c CASCADE", ["DROP b", "DROP c CASCADE"]),
        ("alter table if exists only a.b * drop c,\n\tdrop d", ["drop c", "drop d"]),
        ("ALTER TABLE ONLY (a) ALTER b SET NOT NULL", ["ALTER b SET NOT NULL"]),
        (
            "ALTER TABLE größe /* , */ ADD \"a,b\" numeric(1,2) DEFAULT f('x,y'), -- one\n DROP ü -- two",
            ["ADD \"a,b\" numeric(1,2) DEFAULT f('x,y')", "DROP ü"],
        ),
        ("ALTER MATERIALIZED VIEW a.b CLUSTER ON c, SET WITHOUT CLUSTER", ["CLUSTER ON c", "SET WITHOUT CLUSTER"]),
        ("ALTER FOREIGN TABLE a DROP b, DROP c", ["DROP b", "DROP c"]),
        ("ALTER INDEX view RENAME TO b", ["RENAME TO b"]),
        ("ALTER TYPE a ADD ATTRIBUTE b int, DROP ATTRIBUTE c", ["ADD ATTRIBUTE b int", "DROP ATTRIBUTE c"]),
        (
            "ALTER TABLE a ADD COLUMN b int CHECK (b IN (1, 2)), DROP c",
            ["ADD COLUMN b int CHECK (b IN (1, 2))", "DROP c"],
        ),
        ("DROP TABLE a, b", []),
        ("ALTER TABLE a", []),
        ("ALTER", []),
    ],
)
def test_actions_of_an_alter(sql: str, actions: list[str]) -> None:
    assert cut(sql, Clauses(sql).actions()) == actions


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("DROP TABLE a", ["a"]),
        ('DROP TABLE IF EXISTS a.b, "c, d" -- x\n, größe CASCADE', ["a.b", '"c, d"', "größe"]),
        ("DROP INDEX CONCURRENTLY IF EXISTS a, b", ["a", "b"]),
        ("DROP MATERIALIZED VIEW a, b RESTRICT", ["a", "b"]),
        ("DROP TABLE view", ["view"]),
        ("DROP FUNCTION f(int, text), g", ["f", "g"]),
        ("DROP TRIGGER a ON b CASCADE", ["a"]),
        ("DROP OWNED BY a, b", ["a", "b"]),
        ("DROP FOREIGN DATA WRAPPER a, b", ["a", "b"]),
        ("TRUNCATE a, ONLY b *, c RESTART IDENTITY CASCADE", ["a", "b", "c"]),
        ("TRUNCATE TABLE ONLY (a.b), c", ["a.b", "c"]),
        ("LOCK TABLE a, b IN SHARE MODE NOWAIT", ["a", "b"]),
        ("VACUUM (FULL, ANALYZE) a (x, y), b", ["a", "b"]),
        ("VACUUM FULL VERBOSE a", ["a"]),
        ("ANALYZE a, b", ["a", "b"]),
        ("ANALYZE", []),
        ("DROP OPERATOR +(int, int)", []),
        ("ALTER TABLE a DROP b", []),
        ("DROP", []),
    ],
)
def test_names_in_a_list(sql: str, names: list[str]) -> None:
    assert cut(sql, Clauses(sql).names()) == names


@pytest.mark.parametrize(
    ("sql", "elements"),
    [
        (
            "CREATE TABLE a (\n\tid int, -- key\n\tb numeric(1,2), CHECK (b > 0)) WITH (fillfactor=70)",
            ["id int", "b numeric(1,2)", "CHECK (b > 0)"],
        ),
        ("CREATE INDEX a ON b USING gin (c, (d || e) DESC)", ["c", "(d || e) DESC"]),
        ("CREATE TABLE a PARTITION OF b FOR VALUES IN (1, 2)", []),
        ("CREATE TABLE a PARTITION OF b FOR VALUES WITH (MODULUS 2, REMAINDER 0)", []),
        ("CREATE TABLE a ()", []),
        ("CREATE TABLE a (b int", ["b int"]),
        ("CREATE TABLE a AS SELECT 1", []),
    ],
)
def test_elements_in_parentheses(sql: str, elements: list[str]) -> None:
    assert cut(sql, Clauses(sql).elements()) == elements


def test_words_in_a_row_are_found_in_a_range_and_outside_of_its_parentheses() -> None:
    sql = "ALTER TABLE a ADD b int CHECK (b IS NOT NULL), ADD c int\n  NOT /* really */ NULL"
    clauses = Clauses(sql)
    first, second = clauses.actions()
    assert clauses.phrase("not null", first) is None
    assert clauses.phrase("NOT NULL", second) == Span(sql.rindex("NOT /*"), len(sql))
    assert clauses.phrase("drop column") is None


def test_quoted_words_are_no_keywords() -> None:
    sql = 'ALTER TABLE "only" DROP "cascade"'
    assert Clauses(sql).phrase("cascade") is None
    assert cut(sql, Clauses(sql).actions()) == ['DROP "cascade"']


words = st.sampled_from(
    [
        *("ALTER", "TABLE", "DROP", "INDEX", "TRUNCATE", "VACUUM", "ONLY", "IF EXISTS", "CREATE", "a", '"b"', "größe"),
        *(".", ",", "(", ")", "[", "]", "*", ";", "'x'", "-- y\n", "/* z */", "'", "1", "NOT NULL"),
    ]
)


@settings(deadline=None)
@given(st.lists(words, max_size=12).map(" ".join))
def test_no_text_breaks_it_and_no_part_overlaps_the_next(sql: str) -> None:
    clauses = Clauses(sql)
    for spans in (clauses.actions(), clauses.names(), clauses.elements()):
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(edges)
        assert all(part and part == part.strip() for part in cut(sql, spans))
    assert clauses.phrase("NOT NULL") is None or "NOT NULL" in sql


_actions = st.sampled_from(["DROP b", "ADD c int DEFAULT f(1, 2)", 'ADD "d, e" text', "ALTER g SET DEFAULT 'x, y'"])
_gaps = st.sampled_from([" ", "\n\t", " -- , é\n", " /* ,\t */ ", "\r\n"])


@settings(deadline=None)
@given(st.lists(st.tuples(_actions, _gaps, _gaps), min_size=1, max_size=6))
def test_the_nth_part_is_the_nth_action(parts: list[tuple[str, str, str]]) -> None:
    sql = "ALTER TABLE ONLY é.b" + ",".join(f"{before}{action}{after}" for action, before, after in parts)
    assert cut(sql, Clauses(sql).actions()) == [action for action, _, _ in parts]
