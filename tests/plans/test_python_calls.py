"""The user's own calls, changed argument by argument."""

from __future__ import annotations

import pytest

from migsafe.plans.writers.python_calls import Call, is_literal, parse_call
from migsafe.plans.writers.python_code import literal


def call(text: str) -> Call:
    found = parse_call(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        'migrations.AddIndex("order", models.Index(fields=["total"], name="x"))',
        "f(*args, **options)",
        "f()",
        'f("ä", b=lambda: {"ü": 1})',
    ],
)
def test_a_call_that_is_not_changed_stays_as_it_is(text: str) -> None:
    assert call(text).source == text


def test_the_function_is_exchanged() -> None:
    assert call('migrations.AddIndex("order", index)').to("AddIndexConcurrently").source == (
        'AddIndexConcurrently("order", index)'
    )


def test_an_argument_is_changed_where_it_stands() -> None:
    assert call('f("a", b=1)').with_argument("b", "2").source == 'f("a", b=2)'
    assert call('f("a", 1)').with_argument("b", "2", 1).source == 'f("a", 2)'


def test_an_argument_is_added_and_taken_out() -> None:
    assert call("f(a=1)").with_argument("b", "2").without("a").source == "f(b=2)"


def test_arguments_of_several_lines_keep_their_layout() -> None:
    name = "long enough that it does not fit on one line"
    text = f'f(\n    a,\n    g(\n        b=1,\n    ),\n    name="{name}",\n    other="{name}",\n)'

    assert call(text).source == text


def test_what_is_given_by_position_is_found_by_name() -> None:
    assert call("f(1, 2, c=3)").argument("b", 1) == "2"
    assert call("f(1, 2, c=3)").argument("c", 2) == "3"
    assert call("f(1)").argument("b", 1) is None


@pytest.mark.parametrize("text", ["", "name", "f(", "f(1); g(2)", "("])
def test_what_is_no_call(text: str) -> None:
    assert parse_call(text) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("1", True), ("-1", True), ('"x"', True), ("None", False), ("x", False)]
)
def test_a_constant(text: str, expected: bool) -> None:
    assert is_literal(text) is expected


@pytest.mark.parametrize(
    "text", ["plain", 'with "double"', "with 'single'", "with \"both\" 'kinds'", "two\nlines", 'end"']
)
def test_a_literal_reads_as_the_text(text: str) -> None:
    assert eval(literal(text)) == text
