"""The framework's own words for the statements of a migration: which operation, of which model and field, and its
source text. Remedies are written with them, and findings name what the user wrote."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from django import VERSION
from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import ModelOperation
from django.db.migrations.state import ModelState

from migsafe.model.migration import Program, WrittenAs
from migsafe.model.text import Span
from migsafe.sources.django.editor.rendering import Rendering
from migsafe.sources.django.reading.operations import nested
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.reading.step_editor import Request
from migsafe.sources.interpreter import Source
from migsafe.sources.interpreter.holes import replace
from migsafe.sources.rendered import HOLE
from migsafe.text.masking import mask_secrets, printable_lines

Models = Mapping[tuple[str, str], ModelState]
_LONGEST: Final = 10_000  # characters of an operation that is worth showing again


def program(migration: ReadMigration, source: Source) -> Program:
    """What stands around the operations."""
    stated = source.text[migration.parents.start : migration.parents.end]
    listed = stated if migration.parents != migration.place and stated.startswith(("[", "(")) else "[]"
    return Program(
        dependencies=printable_lines(dedented(listed, source.text, migration.parents.start)),
        imports=_top_level(source.text).imports,
        operations=len(migration.operations),
        framework=VERSION[:2],
    )


class _TopLevel(NamedTuple):
    """What a module binds: its imports, and all names."""

    imports: tuple[str, ...]
    names: frozenset[str]


@lru_cache(maxsize=4)
def _top_level(text: str) -> _TopLevel:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return _TopLevel((), frozenset())
    imports = tuple(
        printable_lines(ast.unparse(statement))
        for statement in body
        if isinstance(statement, ast.Import | ast.ImportFrom)
    )
    return _TopLevel(imports, frozenset(name for statement in body for name in _bound(statement)))


def _bound(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case _:
            yield from (
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )


def written_as(
    number: int, migration: ReadMigration, models: Models, source: Source, down: Rendering | None
) -> WrittenAs:
    """The operation of this number in Django's words. `models` are those before and after it."""
    read, label = migration.operations[number], migration.app_label
    operation = read.operation
    if operation is None:
        return WrittenAs(operation=read.name)
    return WrittenAs(
        operation="RunPython" if isinstance(operation, Request) else type(operation).__name__,
        model=_model(operation, label, models),
        field=_field(operation),
        new_name=_text(operation, "new_name"),
        text=call_text(read.node, read.span, source) if _shows_no_sql(operation) else "",
        back=tuple(_back(number, down)) if down is not None and _shows_no_sql(operation) else (),
    )


def _back(number: int, down: Rendering) -> Sequence[str]:
    """What undoes the operation, if that changes no rows."""
    found = [one.sql for one in down.statements if one.operation == number]
    shown = [mask_secrets(printable_lines(replace(sql, lambda _: HOLE))).removesuffix(";") for sql in found]
    return shown if all(sql.startswith(_OF_SCHEMA) for sql in shown) else ()


_OF_SCHEMA: Final = ("ALTER ", "CREATE ", "DROP ", "COMMENT ", "SET CONSTRAINTS ")


def _shows_no_sql(operation: Operation) -> bool:
    """SQL inside of Python can hold data, which is only masked where it is read as SQL."""
    return not any(isinstance(one, migrations.RunSQL) for one in nested(operation))


def _model(operation: Operation, label: str, models: Models) -> str | None:
    """As the model calls itself: operations may spell its name in lower case."""
    attributes = ("model_name",) if _text(operation, "model_name") is not None else ("old_name", "name")
    found = next((text for text in (_text(operation, name) for name in attributes) if text is not None), None)
    known = models.get((label, found.lower())) if found is not None else None
    return (
        known.name
        if known is not None
        else found
        if isinstance(operation, ModelOperation | migrations.RenameModel)
        else None
    )


def _field(operation: Operation) -> str | None:
    if isinstance(operation, migrations.RenameField):
        return _text(operation, "old_name")
    about = (migrations.AddField, migrations.AlterField, migrations.RemoveField)
    return _text(operation, "name") if isinstance(operation, about) else None


def _text(operation: Operation, attribute: str) -> str | None:
    value = getattr(operation, attribute, None)
    return value if isinstance(value, str) else None


def call_text(node: ast.AST | None, span: Span, source: Source) -> str:
    """The call's source, dedented; empty when it does not stand in this file or is too long to be shown."""
    text = source.text[span.start : span.end]
    if not isinstance(node, ast.Call) or len(text) > _LONGEST:
        return ""
    shown = printable_lines(dedented(text, source.text, span.start))
    try:
        call = ast.parse(shown, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    if not isinstance(call, ast.Call) or not _stands_alone(call, _top_level(source.text).names):
        return ""
    return _without_secrets(call, shown)


def _stands_alone(call: ast.Call, names: frozenset[str]) -> bool:
    """Whether it means the same in another file with the same imports: no name of a function or of a loop around it."""
    inside = [node for node in ast.walk(call) if isinstance(node, ast.Name | ast.arg)]
    own = {
        n.arg if isinstance(n, ast.arg) else n.id for n in inside if not isinstance(getattr(n, "ctx", None), ast.Load)
    }
    used = {node.id for node in inside if isinstance(node, ast.Name)} - own
    return all(name in names or hasattr(builtins, name) for name in used)


def _without_secrets(call: ast.Call, text: str) -> str:
    """The text with masked string literals in place of those that hold a connection string or a password."""
    shown = Source("", text)
    for node in ast.walk(call):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = f"'{node.value.replace(_QUOTE, _QUOTE * 2)}'"
            masked = mask_secrets(words)
            if masked != words:
                place = shown.span(node)
                text = text.replace(shown.text[place.start : place.end], repr(masked[1:-1]))
    return text


_QUOTE: Final = "'"


def dedented(text: str, whole: str, start: int) -> str:
    """Lines of an expression without the indentation of the line on which it begins."""
    line = whole[whole.rfind("\n", 0, start) + 1 : start]
    margin = len(line) - len(line.lstrip())
    first, *rest = text.split("\n")
    return "\n".join((first, *(_without(one, margin) for one in rest)))


def _without(line: str, margin: int) -> str:
    return line[margin:] if not line[:margin].strip() else line.lstrip()
