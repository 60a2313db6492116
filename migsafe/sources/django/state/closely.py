"""Which operations before the focus are rendered, because they are about tables that the focus touches.

The state says what a table has, and not what its parts are called: a unique constraint that came with its column has
another name than one that came later, and what was made before a table got a new name keeps the old one
(django/db/backends/base/schema.py, `_create_index_name`; the server's `ChooseConstraintName`). So these tables are
built as their migrations built them, with what `SeparateDatabaseAndState` and SQL did in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.sources.django.reading.older_sql import sql_of, words_of
from migsafe.sources.django.reading.operations import every, nested
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.state.data import table_name
from migsafe.sources.django.state.slices import SEEN_ELSEWHERE, ModelKey, named, references

MOST: Final = 300
"""Operations before the focus that are rendered at most, each some milliseconds. With more of them the tables are made
as the state has them."""


def watched(before: Sequence[ReadMigration], focus: Sequence[ReadMigration]) -> frozenset[ModelKey]:
    """The models whose tables are built closely, under all names that they had."""
    keys = {key for migration in focus for key in named(every(migration.operations), migration.app_label)}
    about_them = 0
    for migration in reversed(before):
        for operation in reversed(list(every(migration.operations))):
            names = named((operation,), migration.app_label)
            if names.isdisjoint(keys):
                continue
            about_them += 1
            if isinstance(operation, migrations.RenameModel):
                keys |= names
    return frozenset(keys) if about_them <= MOST else frozenset()


def is_about(operation: Operation, app_label: str, state: ProjectState, keys: frozenset[ModelKey]) -> bool:
    """Whether an operation is about the tables of some models, itself or by what they refer to."""
    inner = list(nested(operation))
    if not named(inner, app_label).isdisjoint(keys):
        return True
    known = [state.models[key] for key in keys if key in state.models]
    if any(isinstance(each, migrations.RunSQL) for each in inner):
        tables = {table_name((model.app_label, model.name_lower), model).name.lower() for model in known}
        return not tables.isdisjoint(words_of(sql_of(operation)))
    far = [each for each in inner if isinstance(each, (*SEEN_ELSEWHERE, migrations.AlterField))]
    if not far:
        return False
    targets = named(far, app_label)
    return any(not targets.isdisjoint(references(model)) for model in known)
