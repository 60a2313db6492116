"""What the operations of libraries share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from django.db.migrations.operations.base import Operation

from migsafe.model.record import Record

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState
    from django.db.models import Model


class Built(Record):
    """A class of a library whose objects are arguments of its operations: `make` gets the real arguments."""

    make: Callable[..., object]


class Nothing(Operation):
    """An operation that changes neither state nor database: a mark for another tool."""

    reversible: ClassVar[bool] = True
    reduces_to_sql: ClassVar[bool] = False

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Changes nothing."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Changes nothing."""

    database_backwards = database_forwards


class OnTable(Operation):
    """An operation that sends SQL about one model's table and leaves the state as it is."""

    reversible: ClassVar[bool] = True
    model_name: str

    def forwards(self, model: type[Model]) -> str:
        """The SQL of the way up."""
        raise NotImplementedError

    def backwards(self, model: type[Model]) -> str:
        """The SQL of the way back; empty when there is none."""
        raise NotImplementedError

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Changes nothing."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # Django's signature
        to_state: ProjectState,
    ) -> None:
        send(schema_editor, self.forwards(to_state.apps.get_model(app_label, self.model_name)))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # likewise
        to_state: ProjectState,
    ) -> None:
        send(schema_editor, self.backwards(to_state.apps.get_model(app_label, self.model_name)))


def send(schema_editor: BaseDatabaseSchemaEditor, sql: str) -> None:
    """Send a text in which no parameters are replaced; nothing when it is empty."""
    if sql:
        schema_editor.execute(sql, params=None)


def quoted(name: str) -> str:
    """As Django's PostgreSQL backend quotes names: not again what is quoted (postgresql/operations.py)."""
    return name if name.startswith('"') and name.endswith('"') else f'"{name}"'


def literal(value: object) -> str:
    """A constant of SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


UNKNOWN_VALUE: Final = "$1"
"""Stands for a value in SQL that only the run knows."""
