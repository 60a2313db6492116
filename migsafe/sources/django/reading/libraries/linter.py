"""django-migration-linter: `IgnoreMigration()` tells that linter to pass a file over (operations.py, 6.0)."""

from __future__ import annotations

from typing import Final

from migsafe.sources.django.reading.libraries.base import Nothing


class IgnoreMigration(Nothing):
    """Changes nothing: judging a migration is not its author's to forbid here."""


NAMES: Final = {
    "django_migration_linter.IgnoreMigration": IgnoreMigration,
    "django_migration_linter.operations.IgnoreMigration": IgnoreMigration,
}
