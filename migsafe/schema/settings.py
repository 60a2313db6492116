"""The small state of a schema that is copied whole: search path, schemas, extensions."""

from __future__ import annotations

from migsafe.model.definitions import Constraint
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord


class Uncommitted(KeywordRecord):
    """What the running transaction has done that its later statements stumble over."""

    enum_values: tuple[tuple[Name, str], ...] = ()  # added to their types
    enums: tuple[Name, ...] = ()  # created
    unchecked: tuple[Name, ...] = ()  # tables with rows that a deferred foreign key has yet to check
    deferred: bool | None = None  # by SET CONSTRAINTS ALL
    cursors: tuple[tuple[str, tuple[Name, ...]], ...] = ()  # open ones, and the relations that they read

    def defers(self, key: Constraint) -> bool:
        """Whether the constraint is checked when the transaction ends."""
        return key.initially_deferred if self.deferred is None else self.deferred and key.deferrable


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
