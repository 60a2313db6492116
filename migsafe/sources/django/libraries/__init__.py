"""Operations of well-known libraries, one file each: what they do to the database, from each library's own source.

A module has `NAMES`: by dotted name, as migrations import them, the operation's class, a class whose objects are built
(`Built`), or a value. Operations here are our own classes that send what the library's would send.
"""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.sources.django.libraries import (
    add_default_value,
    citus,
    db_views,
    hierarkey,
    linter,
    migrate_sql,
    pg_migration_tools,
    pgtrigger,
    pgvector,
    pgviews,
    psqlextra,
    sentry,
    sortedm2m,
    swapper,
    syzygy,
    wagtail,
)

LIBRARIES = (
    add_default_value,
    citus,
    db_views,
    hierarkey,
    linter,
    migrate_sql,
    pg_migration_tools,
    pgtrigger,
    pgvector,
    pgviews,
    psqlextra,
    sentry,
    sortedm2m,
    swapper,
    syzygy,
    wagtail,
)


def names() -> Iterator[tuple[str, object]]:
    """All dotted names with what they stand for."""
    for library in LIBRARIES:
        yield from library.NAMES.items()
