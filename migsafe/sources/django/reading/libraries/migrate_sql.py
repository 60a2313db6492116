"""django-migrate-sql: functions, views and types whose versions are tracked (operations.py of -deux 2.1).

Each operation is a RunSQL with a name; what it does to the library's own state is no matter of the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.db import migrations

from migsafe.sources.django.reading.libraries.base import Nothing

if TYPE_CHECKING:
    from django.db.migrations.operations.base import Operation


class NamedSQL(migrations.RunSQL):
    """Creates, replaces or drops one item. What is not handed on concerns the library's state; the name is no model's,
    and is not kept."""

    def __init__(  # noqa: PLR0917  # the library's signature
        self,
        name: str = "",  # noqa: ARG002  # likewise
        sql: object = "",
        reverse_sql: object | None = None,
        state_operations: Sequence[Operation] | None = None,
        hints: object = None,
        state_reverse_sql: object = None,  # noqa: ARG002  # likewise
        dependencies: object = None,  # noqa: ARG002  # likewise
    ) -> None:
        super().__init__(sql, reverse_sql, state_operations, hints)


class AlterSQLState(Nothing):
    """Only the library's state changes."""

    def __init__(self, name: str, add_dependencies: object = None, remove_dependencies: object = None) -> None:
        """The arguments are the library's."""


def _names() -> Iterator[tuple[str, object]]:
    for package in ("migrate_sql", "django_migrate_sql"):
        for name in ("CreateSQL", "AlterSQL", "ReverseAlterSQL", "DeleteSQL"):
            yield f"{package}.operations.{name}", NamedSQL
        yield f"{package}.operations.AlterSQLState", AlterSQLState


NAMES = dict(_names())
