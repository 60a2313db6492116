"""Index builds: what a row costs, what a comparison costs, what a byte costs."""

from __future__ import annotations

from math import log2, sqrt

from migsafe.model.constants import DEFAULTS
from migsafe.verify.calibration.probe import Probe

_DROP = ("DROP INDEX probed",)
_COLLATIONS = ("en_US.utf8", "en_US", "und-x-icu", "en-x-icu")


def measure(probe: Probe) -> dict[str, float]:
    """With one process, and once with workers to see what they save."""
    probe.run("SET max_parallel_maintenance_workers = 0")
    found = _sorted_builds(probe) | _other_methods(probe)
    probe.run("RESET max_parallel_maintenance_workers")
    return found


def _build(probe: Probe, definition: str, times: int = 3) -> tuple[float, float]:
    """The shortest time without reading the table, and the bytes of the index."""
    seconds, size = float("inf"), 0.0
    for _ in range(times):
        seconds = min(seconds, probe.seconds(f"CREATE INDEX probed ON {definition}", times=1))
        size = probe.bytes_of("probed")
        probe.run(*_DROP)
    return seconds - _reading(probe, definition.split(maxsplit=1)[0]), size


def _reading(probe: Probe, table: str) -> float:
    size = probe.size(table)
    return size.rows * probe.known["read_row"] + size.bytes * probe.known["read_byte"]


def _sorted_builds(probe: Probe) -> dict[str, float]:
    """Keys in the order of the rows cost no sorting: two of them, small and large, tell rows from bytes."""
    keyed = probe.size("keyed").rows
    small, small_bytes = _build(probe, "keyed (id)")
    large, large_bytes = _build(probe, "keyed (id) INCLUDE (name, token, document)")
    byte = max(large - small, 0.0) / (large_bytes - small_bytes)
    row = max(small - small_bytes * byte, 0.0) / keyed

    def compare(definition: str) -> float:
        seconds, size = _build(probe, f"keyed ({definition})")
        return max(seconds - keyed * row - size * byte, 0.0) / (keyed * log2(keyed))

    few = max(_build(probe, "keyed (few, number)")[0] - keyed * row - small_bytes * byte, 0.0)
    integer = compare("number")
    tied = log2(keyed) - log2(100)
    return {
        "index_row": row,
        "index_byte": byte,
        "compare_integer": integer,
        "compare_next": max(few / keyed - log2(keyed) * integer, 0.0) / tied,
        "compare_text": compare('name COLLATE "C"'),
        "compare_locale": compare(f'name COLLATE "{_collation(probe)}"'),
        "compare_uuid": compare("token"),
        "compare_numeric": compare("amount"),
    }


def _collation(probe: Probe) -> str:
    """One that is not C: the database's own if it is such a one, else the system's, else ICU's."""
    query = "SELECT datcollate IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database()"
    if not probe.value(query):
        return "default"
    there = "SELECT true FROM pg_collation WHERE collname = '{}'"
    return next((name for name in _COLLATIONS if probe.has(there.format(name))), "C")


def _other_methods(probe: Probe) -> dict[str, float]:
    rows = probe.size("keyed").rows
    items = probe.number("SELECT avg((SELECT count(*) * 2 FROM jsonb_object_keys(tags)))::float FROM keyed")
    return {
        "hash_row": max(_build(probe, "keyed USING hash (number)")[0], 0.0) / rows,
        "gin_item": max(_build(probe, "keyed USING gin (tags)", 1)[0], 0.0) / (rows * items),
        "gist_row": max(_build(probe, "keyed USING gist (span)", 1)[0], 0.0) / rows,
        "brin_row": max(_build(probe, "keyed USING brin (id)")[0], 0.0) / rows,
        "parallel": _parallel(probe),
    }


def _parallel(probe: Probe) -> float:
    """The share of the time that is left with one worker. On a table as small as this its start counts for much, and so
    does other work on the machine: the mean with the usual share is taken."""
    statement = "CREATE INDEX probed ON keyed (name)"
    alone = probe.seconds(statement, _DROP, 3)
    probe.run("SET max_parallel_maintenance_workers = 1")
    helped = probe.seconds(statement, _DROP, 3)
    probe.run("SET max_parallel_maintenance_workers = 0")
    return sqrt(min(max(helped / alone, 0.4), 1.0) * DEFAULTS.parallel)
