"""Sentry's safe operations: columns and tables go in two deploys (sentry/new_migrations/monkey, 26.1).

First the models lose them (`MOVE_TO_PENDING`), which sends nothing; in a later release they are dropped (`DELETE`).
What Sentry's own schema editor does besides, timeouts and indexes built concurrently, is a matter of its engine.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import migrations

from migsafe.sources.django.objects.values import wrapped
from migsafe.sources.interpreter import HostKind, HostObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState


class DeletionAction(Enum):
    """Which of the two deploys it is (state.py)."""

    MOVE_TO_PENDING = 0
    DELETE = 1


class _InTwoSteps:
    """What both operations share. `super()` is the removal by Django's own operation."""

    deletion_action: DeletionAction
    reversible: ClassVar[bool] = True

    @property
    def reduces_to_sql(self) -> bool:
        return self.deletion_action is DeletionAction.DELETE

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.deletion_action is DeletionAction.DELETE:
            super().database_forwards(app_label, schema_editor, from_state, to_state)  # type: ignore[misc]  # a mix-in: the operation's

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.deletion_action is DeletionAction.DELETE:
            super().database_backwards(app_label, schema_editor, from_state, to_state)  # type: ignore[misc]  # a mix-in: the operation's


class SafeRemoveField(_InTwoSteps, migrations.RemoveField):
    """A column that the models lose, or one that they have lost and that is dropped."""

    def __init__(self, model_name: str, name: str, *, deletion_action: DeletionAction) -> None:
        super().__init__(model_name, name)
        self.deletion_action = DeletionAction(deletion_action)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model = state.models.get((app_label, self.model_name_lower))
        if self.deletion_action is DeletionAction.MOVE_TO_PENDING or (model is not None and self.name in model.fields):
            super().state_forwards(app_label, state)


class SafeDeleteModel(_InTwoSteps, migrations.DeleteModel):
    """The same for a table."""

    def __init__(self, name: str, *, deletion_action: DeletionAction) -> None:
        super().__init__(name)
        self.deletion_action = DeletionAction(deletion_action)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        known = (app_label, self.name_lower) in state.models
        if known or self.deletion_action is DeletionAction.MOVE_TO_PENDING:
            super().state_forwards(app_label, state)


class SafeRunSQL(migrations.RunSQL):
    """RunSQL under the project's timeouts, which settings hold: they are not known here (special.py)."""

    def __init__(  # the library's signature
        self,
        sql: object,
        reverse_sql: object | None = None,
        state_operations: Sequence[Operation] | None = None,
        hints: object = None,
        elidable: bool = False,
        *,
        use_statement_timeout: bool = True,  # noqa: ARG002  # likewise
    ) -> None:
        super().__init__(sql, reverse_sql, state_operations, hints, elidable)


def _action(_: HostObject, name: str) -> object | None:
    return wrapped(DeletionAction[name]) if name in DeletionAction.__members__ else None


_MONKEY: Final = "sentry.new_migrations.monkey"
NAMES: Final = {
    f"{_MONKEY}.fields.SafeRemoveField": SafeRemoveField,
    f"{_MONKEY}.models.SafeDeleteModel": SafeDeleteModel,
    f"{_MONKEY}.special.SafeRunSQL": SafeRunSQL,
    f"{_MONKEY}.state.DeletionAction": HostObject(HostKind(name="DeletionAction", attribute=_action)),
}
NOT_ATOMIC: Final = frozenset(("sentry.new_migrations.migrations.CheckedMigration",))
"""Bases of migrations outside of Sentry itself that no transaction is opened around (migrations.py)."""
