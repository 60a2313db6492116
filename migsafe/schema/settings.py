"""The small state of a schema that is copied whole: search path, schemas, extensions."""

from __future__ import annotations

from migsafe.model.definitions import Constraint
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record


class PendingCheck(Record):
    """Rows of `changed` that a deferred foreign key of `table` has yet to look at; `certain` that there are any."""

    changed: Name
    table: Name
    key: str
    certain: bool


class Uncommitted(KeywordRecord):
    """What the running transaction has done that its later statements stumble over."""

    enum_values: tuple[tuple[Name, str], ...] = ()  # added to their types
    enums: tuple[Name, ...] = ()  # created
    unchecked: tuple[PendingCheck, ...] = ()
    deferred: bool | None = None  # by SET CONSTRAINTS ALL
    named: tuple[tuple[str, bool], ...] = ()  # by SET CONSTRAINTS with a name, after that
    cursors: tuple[tuple[str, tuple[Name, ...]], ...] = ()  # open ones, and the relations that they read

    def defers(self, name: str, key: Constraint) -> bool:
        """Whether the constraint of this name is checked when the transaction ends."""
        for known, deferred in self.named:
            if known == name:
                return deferred and key.deferrable
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
