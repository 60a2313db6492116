"""An operation with the states on both its sides, as small as it allows."""

from __future__ import annotations

from typing import NamedTuple

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from migsafe.sources.django.editor.opaque import is_opaque
from migsafe.sources.django.reading.operations import nested
from migsafe.sources.django.reading.reader import ReadMigration
from migsafe.sources.django.state.slices import (
    slice_of,
    touched,
)


class Done(NamedTuple):
    """An operation between two states."""

    number: int
    operation: Operation
    before: ProjectState
    after: ProjectState
    app_label: str

    def changes_nothing(self) -> bool:
        """Whether it alters a field in ways that no database sees: those options are not read at all."""
        operation = self.operation
        if not isinstance(operation, migrations.AlterField):
            return False
        key = (self.app_label, operation.model_name_lower)
        old = self.before.models[key].fields.get(operation.name) if key in self.before.models else None
        if old is None or type(old) is not type(operation.field) or is_opaque(old):
            return False
        return bool(old.deconstruct()[1:] == operation.field.deconstruct()[1:])


_STATE_ONLY = (migrations.AlterModelOptions, migrations.AlterModelManagers)


def piece_of(number: int, operation: Operation, app_label: str, state: ProjectState) -> Done | None:
    """The states around an operation, as small as it allows; None for one that has no SQL."""
    inner = list(nested(operation))
    if not operation.reduces_to_sql or isinstance(operation, _STATE_ONLY):
        return None
    before = slice_of(state, touched(inner, app_label, state), app_label, inner)
    after = before.clone()
    operation.state_forwards(app_label, after)
    return Done(number, operation, before, after, app_label)


def can_be_undone(migration: ReadMigration) -> bool:
    return all(read.operation is not None and _is_reversible(read.operation) for read in migration.operations)


def _is_reversible(operation: Operation) -> bool:
    """SeparateDatabaseAndState says so of itself whatever is inside of it, and then fails on the way."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return all(map(_is_reversible, operation.database_operations))
    return bool(operation.reversible)
