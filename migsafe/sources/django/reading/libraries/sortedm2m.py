"""django-sortedm2m: a relation gets an order, or loses it (operations.py, 4.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import migrations

from migsafe.sources.django.reading.libraries.base import quoted, send

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

_COLUMN: Final = "sort_value"  # fields.py, SORT_VALUE_FIELD_NAME


class AlterSortedManyToManyField(migrations.AlterField):
    """Adds the column of the order to the table of links: an integer, 0 in all rows that are there; or drops it. Which
    of both is told by the field that it leads to, on the way back the one before (`database_backwards`)."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # Django's signature
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        field: Any = model._meta.get_field(self.name)  # noqa: SLF001  # the documented API of models
        table = f"ALTER TABLE {quoted(field.m2m_db_table())}"
        if _is_sorted(field):
            send(schema_editor, f"{table} ADD COLUMN {quoted(_COLUMN)} integer DEFAULT 0 NOT NULL")
            send(schema_editor, f"{table} ALTER COLUMN {quoted(_COLUMN)} DROP DEFAULT")
        else:
            send(schema_editor, f"{table} DROP COLUMN {quoted(_COLUMN)} CASCADE")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)


def _is_sorted(field: object) -> bool:
    """Fields of the library keep its name in their class's, or say so."""
    return bool(getattr(field, "sorted", "Sorted" in type(field).__name__))


NAMES: Final = {
    "sortedm2m.operations.AlterSortedManyToManyField": AlterSortedManyToManyField,
}
