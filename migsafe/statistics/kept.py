"""The schema of a snapshot, from the cache when an earlier run has built it: thousands of tables take a second to build
and a tenth to load, because a checkpoint's records are decoded when somebody asks for them."""

from __future__ import annotations

from pathlib import Path

import migsafe
from migsafe.cache import Cache, code_state
from migsafe.schema import checkpoint
from migsafe.schema.schema import Schema
from migsafe.sources.context import holds_secrets, key_of
from migsafe.statistics.shadow import schema_of
from migsafe.statistics.snapshot import Snapshot

_CODE = ("statistics",)
WORTH_KEEPING = 200
"""Relations of a snapshot; with fewer, the schema is built as fast as a checkpoint is found."""


def schema_at_hand(snapshot: Snapshot, cache: Cache) -> Schema:
    """What `schema_of` says; a new schema with every call, because schemas are advanced.

    Raises SetupError for a snapshot that contradicts itself; of such a one nothing is kept.
    """
    catalog = snapshot.catalog
    if not cache.keeps or not snapshot.digest or catalog is None or len(catalog.relations) < WORTH_KEEPING:
        return schema_of(snapshot)
    key = key_of("snapshot", snapshot.digest, code_state(Path(migsafe.__file__).parent, _CODE).hex())
    known = cache.get(key)
    if known is not None:
        return checkpoint.load(known)
    schema = schema_of(snapshot)
    if not holds_secrets(schema):
        cache.put(key, checkpoint.dump(schema))
    return schema
