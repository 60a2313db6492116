"""The SQL of RunSQL as the file gives it: a text, or a list of texts and of pairs of a text and parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeGuard

from migsafe.sources.django.editor.opaque import UNKNOWN_VALUE, unknown_default
from migsafe.sources.django.objects.values import UnbuildableError, real, words
from migsafe.text.holes import has_hole


def is_partly_unknown(sql: object) -> bool:
    """Whether a part of the text or a parameter is not known."""
    return _has_holes(sql) or _has_unknown_parameters(sql)


def _has_holes(sql: object) -> bool:
    if isinstance(sql, str):
        return has_hole(sql)
    return isinstance(sql, (list, tuple)) and any(_has_holes(item) for item in sql)


def sql_of_run_sql(sql: object) -> object:
    """The text, or the list of texts and of pairs of text and parameters, as RunSQL takes them."""
    if isinstance(sql, str):
        return sql
    if isinstance(sql, (list, tuple)):
        return [_sql_item(item) for item in sql]
    raise UnbuildableError(words(sql))


def _sql_item(item: object) -> object:
    if isinstance(item, str):
        return item
    if isinstance(item, (list, tuple)) and len(item) == 2 and isinstance(item[0], str):
        return _with_parameters(item[0], item[1])
    raise UnbuildableError(words(item))


def _with_parameters(sql: str, values: object) -> object:
    """A text and its parameters; in the place of a value that is not known stands a sign for it."""
    if isinstance(values, (list, tuple)):
        return sql, [_parameter(value) for value in values]
    try:
        return sql, real(values)
    except UnbuildableError:
        return PARAMETER.sub(f"'{UNKNOWN_VALUE}'", sql).replace("%%", "%")


PARAMETER = re.compile(r"(?<!%)%(?:\(\w+\))?s")
"""A place for a value as psycopg replaces it; the values are not looked at."""


def with_places(sql: str) -> str:
    """A text with `$1` where psycopg writes a value. Behind IN and VALUES the value is a tuple: psycopg2 writes it with
    its parentheses (its `adapt_tuple`, and `execute_values` for rows)."""
    sql = _ROWS.sub(_row, sql)
    sql = _AMONG.sub(r"\1 ($1)", sql)
    return PARAMETER.sub("$1", sql).replace("%%", "%")


_AMONG = re.compile(rf"\b(IN)\s*{PARAMETER.pattern}", re.IGNORECASE)
_ROWS = re.compile(rf"\b(VALUES)\s*{PARAMETER.pattern}", re.IGNORECASE)
_NAMED_BEFORE = re.compile(r"\(([^()]*)\)\s*\Z")
_NAMED_BEHIND = re.compile(r"\s*\)\s*(?:AS\s+)?\w+\s*\(([^()]*)\)", re.IGNORECASE)


def _row(found: re.Match[str]) -> str:
    """A row of as many values as columns are named before it (INSERT) or behind it (FROM)."""
    text = found.string
    named = _NAMED_BEFORE.search(text[: found.start()]) or _NAMED_BEHIND.match(text[found.end() :])
    columns = named[1].count(",") + 1 if named else 1
    return f"{found[1]} ({', '.join(['$1'] * columns)})"


def _parameter(value: object) -> object:
    try:
        return real(value)
    except UnbuildableError:
        return unknown_default()


def _has_unknown_parameters(sql: object) -> bool:
    pairs = [item for item in sql if isinstance(item, (list, tuple)) and len(item) == 2] if _is_list(sql) else []
    return any(_is_unknown(value) for _, values in pairs for value in (values if _is_list(values) else (values,)))


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, (list, tuple))


def _is_unknown(value: object) -> bool:
    try:
        real(value)
    except UnbuildableError:
        return True
    return False
