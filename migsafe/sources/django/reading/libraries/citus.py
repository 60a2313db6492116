"""django-multitenant: tables of Citus (db/migrations/distribute.py, 4.1). What the functions do is Citus's matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from migsafe.sources.django.reading.libraries.base import UNKNOWN_VALUE, OnTable, literal

if TYPE_CHECKING:
    from django.db.models import Model


class Distribute(OnTable):
    """The column of the tenant is an attribute of today's model: it is not known."""

    def __init__(self, model_name: str, reference: bool = False, reverse_ignore: bool = False) -> None:
        self.model_name = model_name
        self.reference = reference
        self.reverse_ignore = reverse_ignore

    def forwards(self, model: type[Model]) -> str:
        table = literal(model._meta.db_table)  # noqa: SLF001  # the documented API of models
        if self.reference:
            return f"SELECT create_reference_table({table})"
        return f"SELECT create_distributed_table({table}, {UNKNOWN_VALUE})"

    def backwards(self, model: type[Model]) -> str:
        table = literal(model._meta.db_table)  # noqa: SLF001  # likewise
        return "" if self.reverse_ignore else f"SELECT undistribute_table({table})"


NAMES: Final = {
    "django_multitenant.db.migrations.Distribute": Distribute,
    "django_multitenant.db.migrations.distribute.Distribute": Distribute,
}
