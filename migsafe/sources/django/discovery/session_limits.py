"""The lock_timeout that settings give to migrations, read as text.

Django hands OPTIONS to the driver, and the driver `options` to the server (libpq, 34.1.2 "Parameter Key Words"). Two
libraries have a setting of their own: django-pgmigrate for the command migrate, django-pg-zero-downtime-migrations (and
Sentry's engine, which is made of it) for what its schema editor sends.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from migsafe.sources.django.discovery.engines import REWRITING
from migsafe.text.durations import seconds

SESSION: Final = "DATABASES lock_timeout"
"""Of every connection: a length as PostgreSQL reads it, "" for one that nobody states."""
EDITOR: Final = "ZERO_DOWNTIME_MIGRATIONS_LOCK_TIMEOUT"
"""Of what the engine's schema editor sends, but for CREATE TABLE and DROP TABLE."""
_COMMAND: Final = "PGMIGRATE_LOCK_TIMEOUT"
_OPTION: Final = re.compile(r"(?:-c\s*|--)lock[_-]timeout\s*=\s*'?\s*(\d+\s*(?:us|ms|s|min|h|d)?(?![\w%{.]))?")
_NOT_LIVE: Final = re.compile(r"(?:^|[/_.])(?:tests?|testing|dev|develop|development|local|ci|debug)(?=[/_.]|$)")
_MENTIONED: Final = re.compile("lock[_-]timeout", re.IGNORECASE)
_UNITS: Final = {"milliseconds": 1, "seconds": 1000, "minutes": 60_000}


def stated_limits(texts: Mapping[str, str]) -> dict[str, str]:
    """The limits that files of settings state, by path; those of a developer's machine and of tests state none."""
    found: dict[str, set[str]] = {}
    for path, text in texts.items():
        if _MENTIONED.search(text) and not _NOT_LIVE.search(path):
            for name, length in _limits(text):
                found.setdefault(name, set()).add(length)
    everything = "\n".join(texts.values())
    if "pgmigrate" in everything:
        found.setdefault(SESSION, set()).update(found.pop(_COMMAND, ()))
    kept = (SESSION, EDITOR) if any(engine in everything for engine in REWRITING) else (SESSION,)
    return {name: _one(found[name]) for name in kept if found.get(name) and not any(map(_is_off, found[name]))}


def _one(lengths: Iterable[str]) -> str:
    """The length that all agree on."""
    first, *others = lengths
    return first if not others else ""


def _is_off(length: str) -> bool:
    """Whether it sets no limit: 0 is none."""
    return seconds(length, unit="ms") == 0


def _limits(text: str) -> Iterator[tuple[str, str]]:
    try:
        module = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in _statements(module.body):
        targets, value = _assigned(statement)
        yield from (pair for target in targets for pair in _of_library(target, value))
        if not any(map(_is_other_database, targets)):
            named = any(isinstance(target, ast.Name) and target.id == "DATABASES" for target in targets)
            yield from ((SESSION, length) for length in _options(statement, by_alias=named))


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Also those below a condition, of a class (django-configurations) and of a function; no docstrings."""
    for statement in body:
        inner = tuple(_inside(statement))
        if inner:
            yield from _statements(inner)
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            yield statement


def _inside(statement: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(statement, ast.If | ast.Try | ast.With | ast.ClassDef | ast.FunctionDef):
        yield from statement.body
    if isinstance(statement, ast.If | ast.Try):
        yield from statement.orelse


def _assigned(statement: ast.stmt) -> tuple[Sequence[ast.expr], ast.expr | None]:
    if isinstance(statement, ast.Assign):
        return statement.targets, statement.value
    if isinstance(statement, ast.AnnAssign | ast.AugAssign):
        return (statement.target,), statement.value
    return (), None


def _of_library(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, str]]:
    name = target.id if isinstance(target, ast.Name) else ""
    if name not in (EDITOR, _COMMAND) or value is None:
        return
    if isinstance(value, ast.Constant):
        if isinstance(value.value, str):
            yield name, value.value
        return  # None: no limit
    yield name, _of_timedelta(value) or ""


def _of_timedelta(value: ast.expr) -> str:
    """`timedelta(seconds=5)` as PostgreSQL would write it; "" for what is not stated in numbers."""
    if not isinstance(value, ast.Call) or value.args:
        return ""
    parts = [(keyword.arg or "", keyword.value) for keyword in value.keywords]
    known = [
        part.value * _UNITS[unit]
        for unit, part in parts
        if unit in _UNITS and isinstance(part, ast.Constant) and isinstance(part.value, int)
    ]
    return f"{sum(known)}ms" if known and len(known) == len(parts) else ""


def _is_other_database(target: ast.expr) -> bool:
    """`DATABASES["replica"]` and what is in it."""
    while isinstance(target, ast.Subscript):
        inner = target.value
        if isinstance(inner, ast.Name) and inner.id == "DATABASES":
            return _is_other(target.slice)
        target = inner
    return False


def _is_other(alias: ast.expr | None) -> bool:
    return isinstance(alias, ast.Constant) and alias.value != "default"


def _options(node: ast.AST, *, by_alias: bool) -> Iterator[str]:
    """What strings state that look like libpq's `options`; `by_alias` when the node assigns the databases."""
    texts = _texts(node, by_alias=by_alias)
    yield from (match[1] or "" for text in texts for match in _OPTION.finditer(unquote(text)))


def _texts(node: ast.AST, *, by_alias: bool) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif by_alias and isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield from () if _is_other(key) else _texts(value, by_alias=False)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child, by_alias=by_alias)
