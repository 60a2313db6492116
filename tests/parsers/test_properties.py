"""Nothing that is assembled from fragments crashes the parser, and all places lie inside the text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from migsafe.model.migration import Clause
from migsafe.parsers.postgresql import body_statements, parse_statement
from tests.parsers.test_commands import EXAMPLES

_WORDS = (
    "ALTER TABLE DROP ADD COLUMN a \"é\" int , ( ) [ ] 'x' 'ü' $$ $x$ 1 -1 . :: NOT NULL IS DEFAULT CHECK CASE WHEN "
    "THEN ELSE END SELECT FROM WHERE WITH AS INSERT INTO VALUES UPDATE SET DELETE CREATE INDEX ON VIEW USING LOCK "
    "IN MODE /*é*/ -- = || IF EXISTS LOOP FOR BEGIN DECLARE EXCEPTION EXECUTE ; := .. << >> PERFORM RETURN QUERY CURSOR"
)
FRAGMENTS = _WORDS.split()

fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join)
names = st.sampled_from(["a", '"é"', '"x, y"', "s.ü", '"(" . b'])
comments = st.sampled_from(["", " ", " /* ü, ( */ ", " -- é, )\n"])


@st.composite
def actions(draw: st.DrawFn) -> str:
    """One action of ALTER TABLE with names and comments that could confuse a search for commas."""
    form = draw(
        st.sampled_from(
            [
                "ADD COLUMN {0} numeric(1,{1}2) DEFAULT 'é,'",
                "DROP COLUMN {1}{0}",
                "ALTER {0}{1} SET NOT NULL",
                "ADD CHECK ({0} IN (1, 2){1})",
                "DROP CONSTRAINT {0}",
            ]
        )
    )
    return form.format(draw(st.sampled_from(["a", '"é, ü"', '"("'])), draw(comments))


def all_inside(clauses: tuple[Clause, ...], text: str) -> bool:
    return all(0 <= clause.span.start <= clause.span.end <= len(text) for clause in clauses)


@given(fragments)
@settings(max_examples=150, deadline=None)
def test_fragments_of_statements_never_crash(sql: str) -> None:
    parsed = parse_statement(sql)

    assert all_inside(parsed.clauses, sql)
    assert parsed.syntax_error is None or 0 <= parsed.syntax_error.span.start <= parsed.syntax_error.span.end <= len(
        sql
    )


@given(fragments, st.sampled_from(["plpgsql", "sql"]))
@settings(max_examples=150, deadline=None)
def test_fragments_of_bodies_never_crash(text: str, language: str) -> None:
    body = f"BEGIN {text} ; END" if language == "plpgsql" else text

    for statement in body_statements(language, body):
        assert 0 <= statement.span.start <= statement.span.end <= len(body)
        assert all_inside(statement.clauses, body)


@given(names, comments, st.lists(actions(), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_the_place_of_an_action_holds_exactly_its_text(name: str, comment: str, parts: list[str]) -> None:
    sql = f"ALTER TABLE {name}{comment} " + f",{comment}".join(parts)

    clauses = parse_statement(sql).clauses

    assert [sql[clause.span.start : clause.span.end] for clause in clauses] == [part.strip() for part in parts]


@given(st.sampled_from(EXAMPLES), st.text(max_size=5).filter(lambda text: "\0" not in text and "*" not in text))
@settings(max_examples=100, deadline=None)
def test_a_comment_around_a_statement_changes_nothing_but_places(example: tuple[str, str], comment: str) -> None:
    sql, labels = example
    commented = f"/* {comment.encode('utf-8', 'replace').decode()} */ {sql} /* é */"

    parsed = parse_statement(commented)

    assert [clause.operation.label for clause in parsed.clauses] == labels.split()
    assert all_inside(parsed.clauses, commented)
