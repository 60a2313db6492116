"""Writers print a remedy or a plan in a framework's own language: one file for each, named like the source."""

from __future__ import annotations

from importlib import import_module

from migsafe.model.findings import Remedy
from migsafe.model.migration import Migration
from migsafe.plans.writers.subject import Subject


def write_remedy(remedy: Remedy, migration: Migration, about: Subject | None = None) -> str:
    """The remedy's steps as text in the language of the migration's source ("sql", "alembic", "django")."""
    writer = import_module(f"migsafe.plans.writers.{migration.source}")
    written: str = writer.write(remedy, migration, about)
    return written
