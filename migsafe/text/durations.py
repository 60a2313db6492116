"""Lengths of time as people and PostgreSQL's settings write them: `2s`, `500 ms`, `1.5min`."""

from __future__ import annotations

import re

# Manual, 20.1.1 "Parameter Names and Values": these units, and no others.
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_WRITTEN = re.compile(r"\s*([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)\s*([a-z]*)\s*")


def seconds(text: str, unit: str | None = None) -> float | None:
    """The length in seconds; None for what is no length of time. A bare number is in `unit`, if one is given."""
    written = _WRITTEN.fullmatch(text)
    factor = _UNITS.get((written[2] or unit or "") if written else "")
    return float(written[1]) * factor if written is not None and factor is not None else None
