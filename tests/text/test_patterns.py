"""Possessive quantifiers mean the same in every Python: before 3.11.5 they are compiled as atomic groups."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migsafe.text import patterns
from migsafe.text.lexer import _RULES, WHITE_SPACE, _quiet_pattern
from migsafe.text.patterns import compiled, with_atomic_groups
from migsafe.text.templates import _PATTERNS

PACKAGE = Path(patterns.__file__).parents[1]
USED = (*(rule for _, rule in _RULES), _quiet_pattern("(?!)"), rf"(?:[{WHITE_SPACE}]|\\?;)*+", *_PATTERNS.values())
BOTH_WAYS = [(with_atomic_groups(source), compiled(source)) for source in USED]


# Each is from the issues python/cpython#106052 and #100061, with what `re` documents.
@pytest.mark.parametrize(
    ("source", "text", "end"),
    [
        ("(?:ab?c)++", "aca", 2),
        ("(?:.(?!D))++", "ABCDE", 2),
        ("(?:ab?c){1,3}+", "aca", 2),
        ("(?:(?:ab?c)?+x)*+", "acxax", 3),
    ],
)
def test_a_loop_ends_where_its_part_does(source: str, text: str, end: int) -> None:
    for pattern in (compiled(source), with_atomic_groups(source)):
        found = pattern.match(text)
        assert found is not None
        assert found.end() == end


@given(st.text("abeExX'\"\\$0_-+*/<=~;.{}%#: \n\t\x00ä"))
@example("\\;;E'\\''\n'x'")
def test_every_rule_of_the_lexer_finds_the_same_both_ways(text: str) -> None:
    for with_groups, usual in BOTH_WAYS:
        assert [found.span() for found in with_groups.finditer(text)] == [
            found.span() for found in usual.finditer(text)
        ]


def patterns_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[pattern, *_]):
                parts = [part for part in ast.walk(pattern) if isinstance(part, ast.Constant)]
                yield node.lineno, " ".join(str(part.value) for part in parts)
            case _:
                pass


def test_possessive_quantifiers_are_compiled_in_one_place() -> None:
    seen = [(path, *found) for path in sorted(PACKAGE.rglob("*.py")) for found in patterns_of(path)]
    assert len(seen) > 30
    assert [f"{path}:{line}" for path, line, text in seen if re.search(r"(?<!\\)[]*+?})\w][*+?}]\+", text)] == []
