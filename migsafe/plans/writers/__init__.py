"""Writers print a remedy or a plan in a framework's own language: one file for each."""

from __future__ import annotations

from migsafe.model.findings import Remedy
from migsafe.model.migration import Migration
from migsafe.plans.writers import sql


def write_remedy(remedy: Remedy, migration: Migration) -> str:
    """The remedy's steps as text in the language of the migration's source."""
    return _WRITERS[migration.source](remedy)


_WRITERS = {"sql": sql.write}
