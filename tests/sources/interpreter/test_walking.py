"""Walking a syntax tree finds what `ast` finds, whatever the program."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from migsafe.sources.interpreter.source import children, definitions

_SAYS_WHAT_A_NODE_IS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
_EVERYTHING = """
match x:
    case {"a": 1, **rest} | [None, *more] | Point(y=0) as p if p:
        global g
        def inner(a, /, b: int = 1, *args, c=2, d, **kw) -> {**e, 1: 2}:
            try:
                with open(a) as f, g:
                    yield lambda: [i async for i in a if not -i < 3 <= 4]
            except* E as error:
                raise error from None
            else:
                class C(B, metaclass=M): x: int
            finally:
                del a.b, a[1:2:3]
async def f(): return f"{x!r:>{y}}" if (z := await x) else (yield from w)
for a, *b in c: continue
else:
    def last(): import a.b as c
"""
FILES = sorted((Path(ast.__file__).parent / "email").glob("*.py"))


TEXTS = {"everything": _EVERYTHING, **{path.name: path.read_text() for path in FILES}}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_walking_finds_every_node_and_definition(text: str) -> None:
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
    assert definitions(tree) == functions
    for node in nodes:
        below = [part for part in ast.iter_child_nodes(node) if not isinstance(part, _SAYS_WHAT_A_NODE_IS)]
        assert children(node) == below
