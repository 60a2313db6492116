"""What statements on the two sides of a condition meet, and what stands behind them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migsafe.model.migration import Certainty, Statement
from migsafe.model.names import Name
from migsafe.schema.origin import Origin
from migsafe.schema.replay import advance, guarded
from migsafe.schema.schema import Schema
from tests.schema.scripts import replay, statements

T = Name(None, "t")
ORIGIN = Origin("1")

Part = tuple[tuple[str, ...], str]  # conditions, and the statements under them


def under(*parts: Part) -> Iterator[Statement]:
    for guards, script in parts:
        yield from (statement.replace(guards=guards) for statement in statements(script))


def columns(schema: Schema) -> list[str]:
    return [column.name for column in schema.relation(T).columns]


def run(schema: Schema, *parts: Part) -> list[list[str]]:
    """The columns of `t` that each statement meets."""
    met = []
    for statement, state in guarded(list(under(*parts)), schema):
        met.append(columns(state))
        advance(state, statement, ORIGIN)
    return met


def test_neither_side_meets_what_the_other_does() -> None:
    schema = replay("CREATE TABLE t (id int);")
    met = run(
        schema,
        (("big",), "ALTER TABLE t ADD a bigint; ALTER TABLE t ADD b int;"),
        (("not big",), "ALTER TABLE t ADD a int;"),
        (("big",), "ALTER TABLE t ADD c int;"),
    )
    assert met == [["id"], ["id", "a"], ["id"], ["id", "a", "b"]]


def test_what_both_sides_do_alike_is_certain_and_all_else_is_not() -> None:
    schema = replay("CREATE TABLE t (id int);")
    run(schema, (("big",), "ALTER TABLE t ADD a int, ADD b int;"), (("not big",), "ALTER TABLE t ADD a int;"))
    assert columns(schema) == ["id", "a"]
    assert not schema.relation(T).complete


def test_what_both_sides_do_wholly_alike_leaves_no_doubt() -> None:
    schema = replay("CREATE TABLE t (id int);")
    run(schema, (("big",), "ALTER TABLE t ADD a int;"), (("not big",), "ALTER TABLE t ADD a int;"))
    assert columns(schema) == ["id", "a"]
    assert schema.relation(T).complete


@pytest.mark.parametrize(("last", "exists"), [("DROP TABLE t;", False), ("ALTER TABLE t ADD a int;", None)])
def test_a_table_that_both_sides_drop_is_gone(last: str, exists: bool | None) -> None:
    schema = replay("CREATE TABLE t (id int); CREATE INDEX i ON t (id);")
    run(schema, (("big",), "DROP TABLE t;"), (("not big",), last))
    assert schema.exists(T) is exists
    assert (schema.index(Name(None, "i")) is None) is (exists is False)


def test_a_condition_in_another_starts_from_what_the_outer_one_did() -> None:
    schema = replay("CREATE TABLE t (id int);")
    met = run(
        schema,
        (("big",), "ALTER TABLE t ADD a int;"),
        (("big", "new"), "ALTER TABLE t ADD b int;"),
        (("big", "not new"), "ALTER TABLE t ADD c int;"),
        (("big",), "ALTER TABLE t ADD d int;"),
        ((), "ALTER TABLE t ADD e int;"),
    )
    assert met == [["id"], ["id", "a"], ["id", "a"], ["id", "a"], ["id"]]


def test_a_condition_that_asks_again_meets_what_may_have_been_done() -> None:
    schema = replay("CREATE TABLE t (id int);")
    parts = (('not has("a")',), "ALTER TABLE t ADD a int;"), (('has("a")',), "CREATE INDEX ON t (a);")
    met = []
    for statement, state in guarded(list(under(*parts)), schema):
        met.append(state.relation(T).complete)
        advance(state, statement, ORIGIN)
    assert met == [True, False]


def test_a_statement_with_a_part_that_is_not_known_may_not_run_either() -> None:
    schema = replay("CREATE TABLE t (id int);")
    holes = [s.replace(certainty=Certainty.HOLES) for s in under((("big",), "DROP TABLE t;"))]
    for statement, state in guarded(holes, schema):
        advance(state, statement, ORIGIN)
    assert schema.exists(T) is None
