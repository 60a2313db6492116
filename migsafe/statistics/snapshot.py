"""What a snapshot is: figures, a schema, and where they come from."""

from __future__ import annotations

from migsafe.model.record import KeywordRecord
from migsafe.model.statistics import NO_STATISTICS, Statistics
from migsafe.statistics.catalog import Catalog

SNAPSHOT_VERSION = 1


class Snapshot(KeywordRecord):
    """`databases` are the names of the databases that it was captured from; no host, no user.

    `catalog` is None when the snapshot says nothing about the schema. `files` are the paths that it was read from,
    `digest` stands for all that they say; it is "" when a part does not come from a file.
    """

    databases: tuple[str, ...] = ()
    statistics: Statistics = NO_STATISTICS
    catalog: Catalog | None = None
    files: tuple[str, ...] = ()
    digest: str = ""


NO_SNAPSHOT = Snapshot()
