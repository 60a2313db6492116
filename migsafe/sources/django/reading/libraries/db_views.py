"""django-db-views: views that are dropped and made anew (operations.py, migration_functions.py, 0.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from django.db import migrations

from migsafe.sources.django.reading.libraries.base import Built, quoted, send

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class View(NamedTuple):
    """A view in one of its versions; no definition: it is dropped only."""

    kind: str
    definition: str
    name: str
    engine: str | None = None

    def sql(self) -> str:
        """Nothing when it is written for another database."""
        if self.engine is not None and "postg" not in self.engine:
            return ""
        drop = f"DROP {self.kind} IF EXISTS {quoted(self.name)};"
        return f"{drop} CREATE {self.kind} {quoted(self.name)} as {self.definition};" if self.definition else drop


def _view(kind: str) -> Built:
    def make(view_definition: str, table_name: str, engine: str | None = None) -> View:
        return View(kind, view_definition, table_name, engine)

    return Built(make)


def _dropped(kind: str) -> Built:
    def make(table_name: str, engine: str | None = None) -> View:
        return View(kind, "", table_name, engine)

    return Built(make)


class ViewRunPython(migrations.RunSQL):
    """A RunPython whose functions send the view's statements."""

    reduces_to_sql: ClassVar[bool] = True

    def __init__(
        self,
        code: View,
        reverse_code: View | None = None,
        atomic: bool | None = None,  # noqa: ARG002  # the library's signature
        elidable: bool = False,  # noqa: ARG002  # likewise
    ) -> None:
        if not isinstance(code, View) or not isinstance(reverse_code, View | None):
            raise TypeError("the view is not known")
        super().__init__(sql=code.sql(), reverse_sql=None if reverse_code is None else reverse_code.sql())

    def _run_sql(self, schema_editor: BaseDatabaseSchemaEditor, sqls: str) -> None:
        send(schema_editor, sqls)


_FUNCTIONS: Final = "django_db_views.migration_functions"
NAMES: Final = {
    "django_db_views.operations.ViewRunPython": ViewRunPython,
    "django_db_views.operations.ViewDropRunPython": ViewRunPython,
    **{f"{_FUNCTIONS}.{way}ViewMigration": _view("VIEW") for way in ("Forward", "Backward")},
    **{f"{_FUNCTIONS}.{way}MaterializedViewMigration": _view("MATERIALIZED VIEW") for way in ("Forward", "Backward")},
    f"{_FUNCTIONS}.DropView": _dropped("VIEW"),
    f"{_FUNCTIONS}.DropMaterializedView": _dropped("MATERIALIZED VIEW"),
}
