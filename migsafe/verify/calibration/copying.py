"""Copies of a table: ALTER TABLE's, VACUUM FULL's, CREATE TABLE AS; and what it costs to flush them."""

from __future__ import annotations

from migsafe.model.constants import DEFAULTS
from migsafe.verify.calibration.probe import Probe, Sized, split


def measure(probe: Probe) -> dict[str, float]:
    narrow, wide, documents = (probe.size(table) for table in ("narrow", "wide", "documents"))
    rewrite = split(
        (_rewrite(probe, "narrow", narrow), narrow),
        (_rewrite(probe, "wide", wide), wide),
        (DEFAULTS.rewrite_row, DEFAULTS.rewrite_byte),
    )
    copy = split(
        (_copy(probe, "narrow", narrow), narrow),
        (_copy(probe, "wide", wide), wide),
        (DEFAULTS.copy_row, DEFAULTS.copy_byte),
    )
    toast = _copy(probe, "documents", documents)
    small = documents.rows * copy[0] + documents.bytes * copy[1]
    found = {
        "rewrite_row": rewrite[0],
        "rewrite_byte": rewrite[1],
        "copy_row": copy[0],
        "copy_byte": copy[1],
        "block_byte": copy[1],
        "unlink_byte": _unlink(probe),
        "toast_byte": (toast - small) / documents.toast_bytes,
    }
    return {**found, **_synced(probe, wide)}


def _rewrite(probe: Probe, table: str, size: Sized) -> float:
    """Without the reading, which is a constant of its own. Back and forth is the same work, so nothing is undone."""
    seconds = probe.seconds(f"ALTER TABLE {table} ALTER COLUMN value TYPE bigint USING value::bigint", times=1)
    back = probe.seconds(f"ALTER TABLE {table} ALTER COLUMN value TYPE int USING value::int", times=1)
    return (seconds + back) / 2 - _reading(probe, size)


def _unlink(probe: Probe) -> float:
    """Several files, because a small one takes no time that could be told from the statement's own."""
    probe.run(*(f"CREATE TABLE gone{n} AS SELECT * FROM wide" for n in range(2)))
    size = probe.bytes_of("gone0")
    seconds = probe.seconds("DROP TABLE gone0, gone1", times=1)
    return max(seconds - probe.known["statement"], 1e-4) / (2 * size)


def _copy(probe: Probe, table: str, size: Sized) -> float:
    return probe.seconds(f"VACUUM FULL {table}", times=3) - _reading(probe, size)


def _reading(probe: Probe, size: Sized) -> float:
    return size.rows * probe.known["read_row"] + size.bytes * probe.known["read_byte"]


def _synced(probe: Probe, wide: Sized) -> dict[str, float]:
    """A copy with and without fsync. It writes its bytes twice: into the log and into the file."""
    without = probe.seconds("VACUUM FULL wide", times=3)
    if not probe.fsync("on"):
        return {"sync_byte": 0.0}  # what flushing costs on this server is in its other constants
    with_it = probe.seconds("VACUUM FULL wide", times=3)
    probe.fsync("off")
    return {"sync_byte": max(with_it - without, 0.0) / wide.bytes / 2}
