"""django-hierarkey: `CleanHierarkeyDuplicates` deletes settings that are there twice (utils.py, 2.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from migsafe.sources.django.reading.libraries.base import OnTable, quoted

if TYPE_CHECKING:
    from django.db.models import Model


class CleanHierarkeyDuplicates(OnTable):
    """For each key that occurs more than once, all rows but the last. The way back does nothing."""

    def __init__(self, model_name: str, hints: object = None) -> None:
        self.model_name = model_name
        self.hints = hints

    def forwards(self, model: type[Model]) -> str:
        return f"DELETE FROM {quoted(model._meta.db_table)} WHERE key = $1 AND NOT id = $2"  # noqa: SLF001  # documented

    def backwards(self, model: type[Model]) -> str:  # noqa: ARG002  # the base's signature
        return ""


NAMES: Final = {"hierarkey.utils.CleanHierarkeyDuplicates": CleanHierarkeyDuplicates}
