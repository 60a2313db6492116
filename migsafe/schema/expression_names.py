"""The name that the server gives an index column that is an expression.

Source: src/backend/parser/parse_target.c, FigureColnameInternal: a column or function gives its name, a cast the
type's name unless what is cast has a better one, CASE its ELSE branch or "case", the rest nothing.
"""

from __future__ import annotations

import re
from typing import Final

from migsafe.model.definitions import IndexElement
from migsafe.model.expressions import Expression
from migsafe.text.lexer import WORD

_UNNAMED: Final = "expr"
_CALL = re.compile(rf'(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<plain>{WORD}))\s*\(')
_QUALIFIER = re.compile(rf'(?:"(?:[^"]|"")+"|{WORD})\s*\.\s*')
_SUBSTITUTES: Final = {"trim": "btrim", "cast": "", "row": "row", "array": "array", "any": "", "case": ""}


def column_name_of(element: IndexElement) -> str:
    """The preliminary name of one index column, before it is made unique."""
    if element.column is not None:
        return element.column
    if element.expression is None:
        return _UNNAMED
    return name_of_expression(element.expression)


def name_of_expression(expression: Expression) -> str:
    """The name for an expression, from the facts known of it and the shape of its text."""
    if expression.cast_of_column is not None:
        return expression.cast_of_column
    text = _without_outer_casts(_unwrapped(expression.sql.strip()))
    called = _outermost_call(text)
    if called:
        return called
    if expression.special and text.lower() in expression.special:
        return text.lower()
    return expression.casts[-1].name if expression.casts and text != expression.sql.strip() else _UNNAMED


def _outermost_call(text: str) -> str | None:
    """The function's name when the whole text is one call."""
    start = 0
    while (qualifier := _QUALIFIER.match(text, start)) is not None:
        start = qualifier.end()
    found = _CALL.match(text, start)
    if found is None or _closing(text, found.end() - 1) != len(text) - 1:
        return None
    if found["quoted"] is not None:
        return found["quoted"].replace('""', '"')
    name = found["plain"].lower()
    return _SUBSTITUTES.get(name, name) or None


def _unwrapped(text: str) -> str:
    """The text without parentheses around the whole."""
    while text.startswith("(") and _closing(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _without_outer_casts(text: str) -> str:
    """The text before `::type` at the outermost level, when that is how it ends."""
    depth, quote, cast_at = 0, "", -1
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif depth == 0 and text.startswith("::", at) and cast_at < 0:
            cast_at = at
        elif depth == 0 and cast_at >= 0 and char in "+-*/%<>=|&#~!@":
            return text
    return _unwrapped(text[:cast_at].strip()) if cast_at >= 0 else text


def _closing(text: str, opening: int) -> int:
    """Where the parenthesis at `opening` is closed; -1 if nowhere."""
    depth, quote = 0, ""
    for at in range(opening, len(text)):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return at
    return -1
