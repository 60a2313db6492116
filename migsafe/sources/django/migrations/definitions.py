"""The source text of a field's definition, as the migrations before have it: state has the field, but not all that was
written (help texts, choices), and a migration that is to leave the models alone has to say all of it again."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Protocol

from django.db import migrations
from django.db.migrations.operations.base import Operation

from migsafe.model.migration import Migration, Statement
from migsafe.sources.django.migrations.written_as import call_text
from migsafe.sources.django.objects.stated import stated_field, stated_fields
from migsafe.sources.django.reading.operations import ReadOperation, nested
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.interpreter import Source


class Sources(Protocol):
    """Where the text of a file is."""

    def source(self, path: str) -> Source: ...


def with_definitions(migration: Migration, earlier: Sequence[ReadMigration], files: Sources) -> Migration:
    """The migration whose renamings of fields know how the field is defined. `earlier` come before it."""
    if not any(_renames(statement) for statement in migration.statements):
        return migration
    label = migration.id.partition(".")[0]
    own = [each for each in earlier if each.app_label == label]
    return migration.replace(
        statements=tuple(_defined(s, own, files) if _renames(s) else s for s in migration.statements)
    )


def _renames(statement: Statement) -> bool:
    return statement.written_as is not None and statement.written_as.operation == "RenameField"


def _defined(statement: Statement, earlier: Sequence[ReadMigration], files: Sources) -> Statement:
    written = statement.written_as
    if written is None or written.model is None or written.field is None:
        return statement
    text = _definition(written.model.lower(), written.field, earlier, files)
    return statement.replace(written_as=written.replace(before=text))


def _definition(model: str, field: str, earlier: Sequence[ReadMigration], files: Sources) -> str:
    """The text of the field's last definition; empty when none is written out."""
    for migration in reversed(earlier):
        for read in reversed(migration.operations):
            for operation in nested(read.operation) if read.operation is not None else ():
                if isinstance(operation, migrations.RenameModel) and operation.new_name_lower == model:
                    model = operation.old_name_lower
                elif _is_renaming(operation, model, field):
                    field = str(getattr(operation, "old_name", field))
                elif _defines(operation, model, field):
                    return _text(read, field, files.source(migration.path))
    return ""


def _is_renaming(operation: Operation, model: str, field: str) -> bool:
    if not isinstance(operation, migrations.RenameField) or operation.model_name_lower != model:
        return False
    return bool(operation.new_name == field)


def _defines(operation: Operation, model: str, field: str) -> bool:
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        return bool(operation.model_name_lower == model and operation.name == field)
    if not isinstance(operation, migrations.CreateModel) or operation.name_lower != model:
        return False
    return any(name == field for name, _ in operation.fields)


def _text(read: ReadOperation, field: str, source: Source) -> str:
    node = next(_fields(read.node, field), None)
    return call_text(node, source.span(node), source) if node is not None else ""


def _fields(node: ast.AST | None, field: str) -> Iterator[ast.expr]:
    """Expressions that define a field of this name inside of a call, the last first."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)] if node is not None else []
    for call in reversed(calls):
        yield from (value for name, value in stated_fields(call) if name == field)
        stated = stated_field(call)
        if stated is not None and any(isinstance(v, ast.Constant) and v.value == field for v in _values(call)):
            yield stated


def _values(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)
