"""The name that the server gives an index column that is an expression.

Source: src/backend/parser/parse_target.c, FigureColnameInternal: a column or function gives its name, a cast the
type's name unless what is cast has a better one, CASE its ELSE branch or "case", operators nothing.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from migsafe.model.definitions import IndexElement
from migsafe.model.expressions import Expression
from migsafe.text.lexer import IDENTIFIER_START, WORD
from migsafe.text.patterns import late

_UNNAMED: Final = "expr"
_TOKEN = late(rf"""'(?:[^']|'')*'|"(?:[^"]|"")*"|{WORD}|\d[\w.]*|::|[-+*/<>=~!@#%^&|`?]+|\S""", re.DOTALL)
_WORD: Final = late(rf'"|{IDENTIFIER_START}')
_OPENING: Final = frozenset("([")
_CLOSING: Final = frozenset(")]")
_NO_NAME: Final = frozenset({"true", "false", "null", "not"})
_INFIX_WORDS: Final = frozenset({"and", "or", "is", "in", "like", "ilike", "between", "similar", "isnull", "notnull"})
_FUNCTION_BEHIND: Final = {"trim": "btrim"}  # what the grammar turns into a call of another name


class _Named(NamedTuple):
    """A name and whether it is better than that of a type around it (the strength 2 of the source)."""

    name: str | None
    strong: bool


_NOTHING: Final = _Named(None, strong=False)


def column_name_of(element: IndexElement) -> str:
    """The preliminary name of one index column, before it is made unique."""
    if element.column is not None:
        return element.column
    if element.expression is None:
        return _UNNAMED
    return name_of_expression(element.expression)


def name_of_expression(expression: Expression) -> str:
    """The name for an expression, from the shape of its text."""
    if expression.cast_of_column is not None:
        return expression.cast_of_column
    found = _name(_TOKEN.findall(expression.sql))
    if found.name is None or found.strong:
        return found.name or _UNNAMED
    return expression.casts[-1].name if expression.casts else found.name


def _name(tokens: list[str]) -> _Named:
    tokens = _unwrapped(tokens)
    if not tokens:
        return _NOTHING
    first = tokens[0].lower()
    if first == "case":
        return _of_case(tokens)
    if first == "cast" and len(tokens) > 2 and _closing(tokens, 1) == len(tokens) - 1:
        return _of_cast(tokens[2:-1], "as")
    cuts = _top_level(tokens)
    return _NOTHING if _operators(tokens, cuts) else _of_value(tokens, cuts)


def _of_value(tokens: list[str], cuts: dict[str, int]) -> _Named:
    """An item, perhaps with a suffix that binds more tightly than operators."""
    if "::" in cuts:
        return _of_cast(tokens, "::")
    if "collate" in cuts:
        return _name(tokens[: cuts["collate"]])
    if [token.lower() for token in tokens[cuts.get("at", 0) :][:3]] == ["at", "time", "zone"]:
        return _Named("timezone", strong=True)
    return _of_item(tokens)


def _of_item(tokens: list[str]) -> _Named:
    """A column, perhaps qualified, a call, an array or row constructor; a constant has no name."""
    at = 0
    while tokens[at + 1 : at + 2] == ["."]:
        at += 2
    if at >= len(tokens) or not _WORD.match(tokens[at]) or tokens[at].lower() in _NO_NAME:
        return _NOTHING
    rest = tokens[at + 1 :]
    if rest and _closing(tokens, at + 1) != len(tokens) - 1:
        return _NOTHING
    name = _identifier(tokens[at])
    return _Named(_FUNCTION_BEHIND.get(name, name) if rest else name, strong=True)


def _of_cast(tokens: list[str], separator: str) -> _Named:
    """`value::type`: the value's name if it is a good one, else the type's."""
    at = max(i for i, token in enumerate(tokens) if token.lower() == separator)
    inner = _name(tokens[:at])
    return (
        inner if inner.strong else _Named(_identifier(tokens[at + 1]) if at + 1 < len(tokens) else None, strong=False)
    )


def _of_case(tokens: list[str]) -> _Named:
    """The ELSE branch's name if it is a good one, else "case"."""
    depth = 0
    for at in range(len(tokens) - 1, 0, -1):
        word = tokens[at].lower()
        depth += (word in {"end", ")"}) - (word in {"case", "("})
        if word == "else" and depth == 1:
            inner = _name(tokens[at + 1 : -1])
            return inner if inner.strong else _Named("case", strong=False)
    return _Named("case", strong=False)


def _top_level(tokens: list[str]) -> dict[str, int]:
    """The tokens outside of parentheses, lower case, with their last place."""
    depth, found = 0, {}
    for at, token in enumerate(tokens):
        depth += (token in _OPENING) - (token in _CLOSING)
        if depth == 0:
            found[token.lower()] = at
    return found


def _operators(tokens: list[str], cuts: dict[str, int]) -> bool:
    """Whether operators or words such as AND join several values at the outermost level."""
    if tokens[0].lower() == "not":
        return True
    return any(cut in _INFIX_WORDS or (cut != "::" and not re.match(r"[\w\"'.,()\[\]]", cut)) for cut in cuts)


def _unwrapped(tokens: list[str]) -> list[str]:
    """Without parentheses around the whole."""
    while tokens and tokens[0] == "(" and _closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: list[str], opening: int) -> int:
    """Where the bracket at `opening` is closed; -1 if there is none or it stays open."""
    if tokens[opening] not in _OPENING:
        return -1
    depth = 0
    for at in range(opening, len(tokens)):
        depth += (tokens[at] in _OPENING) - (tokens[at] in _CLOSING)
        if depth == 0:
            return at
    return -1


def _identifier(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token.lower()
