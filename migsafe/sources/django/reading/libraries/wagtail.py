"""Wagtail: the operations that prepare a model for translations (models/i18n.py, 8.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from django.db import migrations, models

from migsafe.sources.django.reading.libraries.base import quoted, send

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class BootstrapLocaleField(migrations.AddField):
    """A locale that may be missing."""

    def __init__(self, model_string: str) -> None:
        field = models.ForeignKey("wagtailcore.locale", models.DO_NOTHING, null=True, related_name="+")
        super().__init__(_model(model_string), "locale", field, preserve_default=False)


class BootstrapTranslationKeyField(migrations.AddField):
    """A key that may be missing."""

    def __init__(self, model_string: str) -> None:
        super().__init__(_model(model_string), "translation_key", models.UUIDField(null=True))


class BootstrapTranslatableModel(migrations.RunPython):
    """Fills both columns, row by row. It is a RunPython whose way back does nothing."""

    reduces_to_sql: ClassVar[bool] = True

    def __init__(self, model_string: str, language_code: str | None = None) -> None:  # noqa: ARG002  # the library's
        self.model_string = model_string
        self.model_name = _model(model_string)
        super().__init__(migrations.RunPython.noop, migrations.RunPython.noop)

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002  # Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002  # likewise
    ) -> None:
        table = quoted(from_state.apps.get_model(self.model_string)._meta.db_table)  # noqa: SLF001  # documented API
        change = f"UPDATE {table} SET translation_key = $1, locale_id = $2"
        send(schema_editor, f"{change} WHERE translation_key IS NULL")


def _model(words: str) -> str:
    return words.rpartition(".")[2].lower()


_HOMES: Final = ("wagtail.models", "wagtail.models.i18n", "wagtail.core.models", "wagtail.core.models.i18n")
NAMES: Final = {
    f"{home}.{kind.__name__}": kind
    for home in _HOMES
    for kind in (BootstrapLocaleField, BootstrapTranslationKeyField, BootstrapTranslatableModel)
}
