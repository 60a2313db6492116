"""What is taken for granted about the server beyond its major version."""

from __future__ import annotations

from migsafe.model.record import KeywordRecord


class ServerSettings(KeywordRecord):
    """Server settings that change what a statement does.

    The others are taken as the server ships them: `wal_level` above minimal, `default_table_access_method` heap,
    `default_tablespace` empty, `constraint_exclusion` partition, triggers and event triggers enabled; and the role
    that runs the migration may do what it asks for.
    """

    time_zone: str = "UTC"  # decides whether timestamp <-> timestamptz copies the table


DEFAULT_SETTINGS = ServerSettings()
