"""Which tables may not be as the project's models say, because something else has changed them or may have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Field
from django.db.models.fields import PositiveIntegerRelDbTypeMixin

from migsafe.sources.django.reading.followed import is_derived
from migsafe.sources.django.reading.operations import ReadOperation, nested
from migsafe.sources.django.state.data import table_name
from migsafe.sources.django.state.lingering import left_in_database
from migsafe.sources.django.state.slices import ModelKey, named, touched


def doubted(read: ReadOperation, app_label: str, state: ProjectState) -> set[ModelKey]:
    """The models of the state whose tables an operation before the focus leaves in doubt."""
    if read.operation is None or read.problem:
        return _named_in(read.node, app_label, state) | left_open(read, app_label, state.models)
    return {key for one in nested(read.operation) for key in _in_doubt(one, app_label, state)}


def left_open(read: ReadOperation, app_label: str, models: Mapping[ModelKey, ModelState]) -> set[ModelKey]:
    """The models with whose tables an operation does something that is not known."""
    if read.operation is None or read.unfollowed is None:
        return set()
    about = {*named(nested(read.operation), app_label), *read.unfollowed.models}
    words = read.unfollowed.words
    return {key for key, model in models.items() if key in about or table_name(key, model).name in words}


def _in_doubt(operation: Operation, app_label: str, state: ProjectState) -> set[ModelKey]:
    """Of one that does to the database something else than to the models."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        database, told = operation.database_operations, operation.state_operations
        if not database and len(list(left_in_database(operation))) == len(told):
            return set()  # what only the models have lost is known
        return set() if _same(database, told) else touched((*database, *told), app_label, state)
    if is_derived(operation) and not isinstance(operation, migrations.RunSQL):
        return set() if any(left_in_database(operation)) else touched((operation,), app_label, state)
    if isinstance(operation, migrations.RunSQL):
        return touched(operation.state_operations, app_label, state)
    if isinstance(operation, _NEW_NAMES) or (isinstance(operation, migrations.AlterField) and _adds(operation.field)):
        return named((operation,), app_label)
    return set()


_NEW_NAMES = (migrations.RenameModel, migrations.AlterModelTable, migrations.RenameField)
"""After these, parts of a table keep the names that they were given under another name."""


def _adds(field: Field) -> bool:
    """Whether a changed field may get a constraint that would have another name if it had come with its column."""
    return bool(field.unique or field.db_column or isinstance(field, PositiveIntegerRelDbTypeMixin))


def _same(database: Iterable[Operation], told: Iterable[Operation]) -> bool:
    """Whether the models are told of what is done: the same, or an index that was built in another way."""
    return sorted(_words(database)) == sorted(_words(told))


def _words(operations: Iterable[Operation]) -> Iterator[str]:
    for operation in operations:
        name, arguments, options = operation.deconstruct()
        if not isinstance(operation, migrations.RunPython):
            stated = sorted((key, repr(_plain(value))) for key, value in options.items())
            yield f"{name.removesuffix('Concurrently')} {arguments!r} {stated!r}"


def _plain(value: object) -> object:
    return value.deconstruct()[1:] if isinstance(value, Field) else value


def _named_in(node: ast.AST | None, app_label: str, state: ProjectState) -> set[ModelKey]:
    """The models of the app that the call of an operation names somewhere."""
    texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant)) if node is not None else ()
    keys = ((app_label, text.lower()) for text in texts if isinstance(text, str))
    return {key for key in keys if key in state.models}
