"""The small state of a schema that is copied whole: search path, schemas, extensions."""

from __future__ import annotations

from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord


class Uncommitted(KeywordRecord):
    """What the running transaction has done that its later statements stumble over."""

    enum_values: tuple[tuple[Name, str], ...] = ()  # added to their types
    enums: tuple[Name, ...] = ()  # created
    unchecked: tuple[Name, ...] = ()  # tables with rows that a deferred foreign key has yet to check
    deferred: bool | None = None  # by SET CONSTRAINTS ALL
    cursors: tuple[tuple[str, tuple[Name, ...]], ...] = ()  # open ones, and the relations that they read


class Settings(KeywordRecord):
    """What a rollback restores besides the objects."""

    search_path: tuple[str, ...]
    session_path: tuple[str, ...]
    time_zone: str | None
    schemas: frozenset[str]
    dropped_schemas: frozenset[str]
    extensions: frozenset[str]
    prepared: frozenset[str] = frozenset()  # statements of the session
    uncommitted: Uncommitted = Uncommitted()
