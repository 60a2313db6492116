"""The value of an SQL expression that is made of constants only, as in `EXECUTE format('…', 'a')`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from migsafe.parsers.postgresql.libpg import SyntaxProblemError, parse_tree
from migsafe.parsers.postgresql.predicates import is_null
from migsafe.parsers.postgresql.tree import Node, bodies, body_of, child, children, kind_of, name_of, names
from migsafe.parsers.postgresql.types import constant_text
from migsafe.text.patterns import late

MAX_CONCATENATIONS = 200
"""Operators of one expression that are followed."""


class _NotConstantError(Exception):
    pass


def constant_string(expression: str) -> str | None:
    """The text that the expression always gives; None when it depends on anything, or cannot be read."""
    try:
        found = parse_tree(f"SELECT {expression}")
        targets = bodies(body_of(child(found[0], "stmt")), "targetList") if len(found) == 1 else []
        return _value(child(targets[0], "val"), MAX_CONCATENATIONS) if len(targets) == 1 else None
    except (SyntaxProblemError, _NotConstantError, RecursionError):
        return None


def _value(wrapped: Node, depth: int) -> str:
    """A constant's text. NULL makes the whole text NULL, which EXECUTE refuses: no constant either."""
    body = body_of(wrapped)
    kind = kind_of(wrapped)
    if depth <= 0 or is_null(wrapped):
        raise _NotConstantError
    if kind == "A_Const":
        return _literal(body)
    if kind == "A_Expr" and names(body, "name") == ("||",) and "lexpr" in body:
        return _value(child(body, "lexpr"), depth - 1) + _value(child(body, "rexpr"), depth - 1)
    if kind == "TypeCast" and names(child(body, "typeName"), "names")[-1] in ("text", "varchar", "regclass"):
        return _value(child(body, "arg"), depth - 1)
    if kind == "FuncCall":
        return _called(body, depth)
    raise _NotConstantError


def _literal(const: Node) -> str:
    written = constant_text(const)
    return written[1:-1].replace("''", "'") if "sval" in const else written


def _called(body: Node, depth: int) -> str:
    name = name_of(names(body, "funcname"))
    function = _FUNCTIONS.get(name.name)
    if function is None or name.schema not in (None, "pg_catalog"):
        raise _NotConstantError
    return function([_value(argument, depth - 1) for argument in children(body, "args")])


def _only(arguments: Sequence[str]) -> str:
    if len(arguments) != 1:
        raise _NotConstantError
    return arguments[0]


# Reserved words need quotes as well, but as names they are not worth the list: the grammar would tell.
_PLAIN = late(r"[a-z_][a-z0-9_]*")


def _identifier(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _quoted(value: str) -> str:
    body = value.replace("'", "''")
    return f" E'{body}'".replace("\\", "\\\\") if "\\" in value else f"'{body}'"


_SPECIFIER = late(r"%(?:(?P<position>\d+)\$)?-?\d*(?P<type>[sIL%])|%")


def _format(arguments: Sequence[str]) -> str:
    """As `format` in varlena.c, without widths taken from arguments."""
    if not arguments:
        raise _NotConstantError
    taken = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal taken
        if found["type"] == "%":
            return "%"
        taken = int(found["position"]) if found["position"] else taken + 1
        if found["type"] is None or not 1 <= taken < len(arguments):
            raise _NotConstantError
        return _FORMATS[found["type"]](arguments[taken])

    return _SPECIFIER.sub(replace, arguments[0])


_FORMATS: dict[str, Callable[[str], str]] = {"s": str, "I": _identifier, "L": _quoted}
_FUNCTIONS: dict[str, Callable[[Sequence[str]], str]] = {
    "format": _format,
    "concat": "".join,
    "quote_ident": lambda arguments: _identifier(_only(arguments)),
    "quote_literal": lambda arguments: _quoted(_only(arguments)),
    "lower": lambda arguments: _only(arguments).lower(),
    "btrim": lambda arguments: _only(arguments).strip(" "),
}
