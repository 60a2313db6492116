"""django-pgviews-redux: views that the library keeps in the project's state (db/migrations/operations.py, 1.3).

The views themselves are made when all migrations are applied; a migration only drops one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from migsafe.sources.django.reading.libraries.base import Nothing, send

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class RegisterViewOperation(Nothing):
    """Only the library's state has it."""

    reversible: ClassVar[bool] = False

    def __init__(self, name: str, materialized: bool, db_name: str) -> None:
        self.name = name
        self.materialized = materialized
        self.db_name = db_name


class DeleteViewOperation(RegisterViewOperation):
    """DROP VIEW with all that depends on it; the name is sent as it is written."""

    reduces_to_sql: ClassVar[bool] = True

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002  # Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002  # likewise
        to_state: ProjectState,  # noqa: ARG002  # likewise
    ) -> None:
        kind = "MATERIALIZED VIEW" if self.materialized else "VIEW"
        send(schema_editor, f"DROP {kind} IF EXISTS {self.db_name} CASCADE")


_HOME: Final = "django_pgviews.db.migrations.operations"
NAMES: Final = {f"{_HOME}.{kind.__name__}": kind for kind in (RegisterViewOperation, DeleteViewOperation)}
