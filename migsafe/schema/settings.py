"""The small state of a schema that is copied whole: search path, schemas, extensions."""

from __future__ import annotations

from migsafe.model.record import KeywordRecord


class Settings(KeywordRecord):
    """What a rollback restores besides the objects."""

    search_path: tuple[str, ...]
    session_path: tuple[str, ...]
    time_zone: str | None
    schemas: frozenset[str]
    dropped_schemas: frozenset[str]
    extensions: frozenset[str]
