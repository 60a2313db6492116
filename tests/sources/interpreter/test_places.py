"""Where a node stands in its file, whatever ends the lines."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migsafe.sources.interpreter.source import Source

LINES = ("first = 1", "", "größe = 'ß' + name", "last = first")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_span_of_a_node_is_its_text(end: str) -> None:
    text = end.join(LINES)
    source = Source("a.py", text)
    found = [text[span.start : span.end] for span in map(source.span, ast.parse(text).body)]
    assert found == [line for line in LINES if line]


@given(st.lists(st.sampled_from(["", "x", "é = 1"]), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_each_line_begins_where_the_lines_before_it_end(lines: list[str], end: str) -> None:
    source = Source("a.py", end.join(lines))
    starts = [source.offset(number, 0) for number in range(1, len(lines) + 1)]
    assert starts == [len(end.join([*lines[:number], ""])) for number in range(len(lines))]
