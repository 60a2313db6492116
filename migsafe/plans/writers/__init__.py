"""Writers print a remedy or a plan in a framework's own language: one file for each, named like the source."""

from __future__ import annotations

from importlib import import_module

from migsafe.model.findings import Remedy
from migsafe.model.migration import Migration


def write_remedy(remedy: Remedy, migration: Migration) -> str:
    """The remedy's steps as text in the language of the migration's source ("sql", "alembic", "django")."""
    written: str = import_module(f"migsafe.plans.writers.{migration.source}").write(remedy, migration)
    return written
