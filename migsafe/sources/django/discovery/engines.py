"""Database engines that send other SQL than Django's own, and what is said of them with every run."""

from __future__ import annotations

from typing import Final

_ZERO_DOWNTIME: Final = (
    "it rewrites the SQL of migrations: indexes are built and dropped concurrently, constraints come NOT VALID and are "
    "validated, statements run outside of a transaction and under timeouts"
)
_REWRITE: Final = {
    # django-pg-zero-downtime-migrations 0.20, backends/postgres/schema.py
    "django_zero_downtime_migrations.": _ZERO_DOWNTIME,
    # sentry/db/postgres/schema.py: the same for each CheckedMigration
    "sentry.db.postgres": _ZERO_DOWNTIME,
}
REWRITING: Final = tuple(_REWRITE)
"""How the dotted names of these engines begin."""


def engine_remark(engine: object) -> str:
    """What is said of an engine that is not Django's own."""
    known = next((words for start, words in _REWRITE.items() if str(engine).startswith(start)), None)
    if known is None:
        return f"the database's engine is {engine}: it may send other SQL than Django's own."
    return (
        f"the database's engine is {engine}: {known}. What is judged here is the SQL of Django's own engine; "
        "--render asks the project itself."
    )
