"""Random small programs of the subset that migrations are written in.

Functions get all names as parameters: that a name assigned later in a function is no longer the module's is an error
of the program (UnboundLocalError) that the evaluator does not look for.
"""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ("a", "b", "c", "d")
Draw = st.DrawFn

LITERALS = st.one_of(
    st.integers(-5, 20).map(repr),
    st.sampled_from(
        ("'x'", "'ab c'", "''", "'1,2'", "True", "None", "2.5", "[1, 2]", "('p', 3)", "{'k': 1}", "[]", "{1, 2}")
    ),
)
BINARY = ("+", "-", "//", "%", "==", "!=", "<", ">=", "in", "and", "or", "is", "is not", "not in", "|", "&")
METHODS = (
    *(
        ".upper()",
        ".split(',')",
        ".strip()",
        ".items()",
        ".keys()",
        ".get('k')",
        ".get('z', 0)",
        ".copy()",
        ".count(1)",
    ),
    *(".replace('a', 'b')", ".startswith('a')", ".index('x')", ".join(['p', 'q'])", ".format(1, k=2)", ".title()"),
    *(".union([3])", ".values()", ".zfill(5)", ".partition(' ')", ".find('b')", ".isdigit()", ".center(9, '*')"),
)
CALLS = (
    "len",
    "str",
    "list",
    "sorted",
    "bool",
    "tuple",
    "repr",
    "sum",
    "any",
    "all",
    "max",
    "abs",
    "set",
    "int",
    "dict",
    "reversed",
)


@st.composite
def expressions(draw: Draw, depth: int = 2) -> str:  # noqa: C901, PLR0911  # a grammar: one return for each form
    if depth == 0:
        return draw(st.one_of(LITERALS, st.sampled_from(NAMES)))
    inner = expressions(depth=depth - 1)
    kind = draw(st.integers(0, 11))
    if kind <= 2:
        return f"({draw(inner)} {draw(st.sampled_from(BINARY))} {draw(inner)})"
    if kind == 3:
        return f"({draw(inner)}){draw(st.sampled_from(METHODS))}"
    if kind == 4:
        return f"{draw(st.sampled_from(CALLS))}({draw(inner)})"
    if kind == 5:
        return f"({draw(inner)} if {draw(inner)} else {draw(inner)})"
    if kind == 6:
        return f"[{draw(inner)} for a in {draw(inner)} if {draw(inner)}]"
    if kind == 7:
        spec = draw(st.sampled_from(("", "!r", ":>6", ":.2f", ":03d", "!s:<4")))
        return "f'<{" + draw(expressions(depth=0)).replace("'", '"') + spec + "}>'"
    if kind == 8:
        return f"({draw(inner)})[{draw(st.sampled_from(('0', '-1', '1:', ':1', '::-1', repr('k'))))}]"
    if kind == 9:
        return "('%s-%d|' % (" + draw(inner) + ", 3))"
    if kind == 10:
        return f"(lambda a, b=2, *c: {draw(inner)})({draw(inner)}, *[1, 2][:{draw(st.integers(0, 2))}])"
    return f"{{{draw(LITERALS)}: {draw(inner)}}}"


@st.composite
def statements(draw: Draw, depth: int = 2) -> list[str]:  # noqa: PLR0911  # likewise
    name, value = draw(st.sampled_from(NAMES)), draw(expressions())
    kind = draw(st.integers(0, 12))
    if depth == 0 or kind <= 3:
        return [f"{name} = {value}"]
    block = [f"    {line}" for line in draw(blocks(depth=depth - 1))]
    if kind == 4:
        return [f"if {value}:", *block, "else:", *[f"    {line}" for line in draw(blocks(depth=depth - 1))]]
    if kind == 5:
        end = draw(st.sampled_from(("pass", "break", "continue", f"if {name}: break", f"if {name}: continue")))
        return [f"for {name} in {value}:", *block, f"    {end}", "else:", f"    {name} = 'done'"]
    if kind == 6:
        error = draw(st.sampled_from(("Exception", "(TypeError, KeyError)", "ValueError", "LookupError")))
        return ["try:", *block, f"except {error} as e:", f"    {name} = 'caught'", "finally:", "    d = 'end'"]
    if kind == 7:
        return [f"{name} {draw(st.sampled_from(('+=', '|=', '-=')))} {value}"]
    if kind == 8:
        call = f"{name} = f({value}, b={draw(expressions(depth=1))})"
        return ["def f(a, b=1, *c, d=d, **e):", *block, f"    return ({draw(expressions())}, a)", call]
    if kind == 9:
        return [f"{name}, *b = {value}"]
    if kind == 10:
        return ["n = 0", "while n < 3:", "    n += 1", *block]
    if kind == 11:
        return ["def g(a=a, b=b, c=c, d=d):", *block, "    yield 1", f"    yield {value}", f"{name} = list(g())"]
    return [
        f"match {value}:",
        f"    case {draw(LITERALS.filter(lambda text: text[0] not in '{['))}:",
        *[f"    {x}" for x in block],
        "    case [x, *_]:",
        f"        {name} = x",
        "    case _:",
        f"        {name} = 0",
    ]


@st.composite
def blocks(draw: Draw, depth: int = 2) -> list[str]:
    return [line for part in draw(st.lists(statements(depth=depth), min_size=1, max_size=3)) for line in part]


@st.composite
def programs(draw: Draw) -> str:
    """Statements after each other; most with a handler of their own, so that one error does not end the program."""
    lines = ["a, b, c, d = 1, 'text', [1, 'x'], {'k': 2}"]
    for part in draw(st.lists(statements(), min_size=1, max_size=6)):
        if draw(st.integers(0, 4)):
            lines += ["try:", *[f"    {line}" for line in part], "except Exception:", "    e = 1"]
        else:
            lines += part
    return "\n".join(lines)
