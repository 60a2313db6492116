"""django-add-default-value: a default that stays in the database (add_default_value.py, 0.10)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from migsafe.sources.django.reading.libraries.base import OnTable, quoted

if TYPE_CHECKING:
    from django.db.models import Model


class AddDefaultValue(OnTable):
    """Every value is quoted as text, also numbers; the words for now and today become `now()`."""

    def __init__(self, model_name: str, name: str, value: object) -> None:
        self.model_name = model_name
        self.name = name
        self.value = value

    def forwards(self, model: type[Model]) -> str:
        return f"{self._column(model)} SET DEFAULT {_written(self.value)};"

    def backwards(self, model: type[Model]) -> str:
        return f"{self._column(model)} DROP DEFAULT;"

    def _column(self, model: type[Model]) -> str:
        column = model._meta.get_field(self.name).get_attname_column()[1]  # noqa: SLF001  # the documented API of models
        return f"ALTER TABLE {quoted(model._meta.db_table)} ALTER COLUMN {quoted(column)}"  # noqa: SLF001  # likewise


def _written(value: object) -> str:
    if value in ("__NOW__", "__TODAY__"):
        return "now()"
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return f"'{text}'"


NAMES: Final = {
    "django_add_default_value.AddDefaultValue": AddDefaultValue,
    "django_add_default_value.add_default_value.AddDefaultValue": AddDefaultValue,
    "django_add_default_value.NOW": "__NOW__",
    "django_add_default_value.TODAY": "__TODAY__",
}
