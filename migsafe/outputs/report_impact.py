"""The figures of a finding in a JSON report, read back as what they were; what is no figure counts as not known."""

from __future__ import annotations

import math
from collections.abc import Mapping

from migsafe.model.duration import Bytes, Seconds
from migsafe.model.findings import Impact, LockWait
from migsafe.model.locks import Blocked
from migsafe.model.names import Name

Raw = object
"""What `json.loads` gives, before it is looked at."""


class _Written(Name):
    """A name as the report writes it: quoted already where that is needed."""

    def __str__(self) -> str:
        return self.name


def impact(raw: Raw) -> Impact | None:
    """What a finding means for others; None when the report does not say."""
    if not isinstance(raw, dict) or not isinstance(raw.get("relation"), str):
        return None
    unknown, blocks = raw.get("unknown"), raw.get("blocks")
    return Impact(
        table=_Written(None, raw["relation"]),
        blocks=tuple(kind for kind in Blocked if isinstance(blocks, list) and str(kind) in blocks),
        seconds=seconds(raw.get("seconds")),
        grown=seconds(raw.get("seconds_grown")),
        growth=figure(raw.get("growth")) or 1.0,
        budget=figure(raw.get("budget")) or 1.0,
        unknown=tuple(_Written(None, str(name)) for name in unknown) if isinstance(unknown, list) else (),
        rows=figure(raw.get("rows")),
        holds_up_to_rows=figure(raw.get("holds_up_to_rows")),
        holds_for=_name(raw.get("holds_for")),
        queries_per_second=figure(raw.get("queries_per_second")),
        pool_size=int(figure(raw.get("pool_size")) or 0),
        lock_wait=_lock_wait(raw.get("lock_wait")),
        disk=_bytes(raw.get("disk_bytes")),
        log=_bytes(raw.get("log_bytes")),
        lag=seconds(raw.get("replica_lag")),
    )


def seconds(raw: Raw) -> Seconds | None:
    """A range of seconds."""
    found = _range(raw)
    return Seconds(*found) if found is not None else None


def figure(raw: Raw) -> float | None:
    """A number of something: finite and not negative."""
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return None
    try:
        value = float(raw)
    except OverflowError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _bytes(raw: Raw) -> Bytes | None:
    found = _range(raw)
    return Bytes(*found) if found is not None else None


def _range(raw: Raw) -> tuple[float, float, float] | None:
    if not isinstance(raw, dict):
        return None
    low, expected, high = (figure(raw.get(key)) for key in ("low", "expected", "high"))
    if low is None or expected is None or high is None:
        return None
    return low, expected, high


def _name(raw: Raw) -> Name | None:
    return _Written(None, raw) if isinstance(raw, str) else None


def _lock_wait(raw: Raw) -> LockWait | None:
    if not isinstance(raw, Mapping):
        return None
    length, limit = seconds(raw.get("seconds")), raw.get("lock_timeout")
    if length is None:
        return None
    return LockWait(
        seconds=length,
        longest=figure(raw.get("longest_transaction")),
        limit=limit if isinstance(limit, bool) else figure(limit) or False,
    )
