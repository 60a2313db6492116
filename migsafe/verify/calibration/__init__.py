"""Measures the constants of the time model on a server, in a schema of its own, in about a minute.

Each file measures one family on small tables that differ in one thing: rows, bytes, a column's type, an index. A
constant is the difference between two times, divided by what differs. The statements are those that the constants are
for, because a query that does the same work is executed by other code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from migsafe.model.constants import DEFAULTS, Constants, Machine
from migsafe.verify.calibration import changing, copying, indexing, keys, reading, tables
from migsafe.verify.calibration.probe import Probe
from migsafe.verify.machine import machine

Family = Callable[[Probe], dict[str, float]]
FAMILIES: tuple[tuple[str, Family], ...] = (
    ("filling tables", tables.fill),
    ("reading and expressions", reading.measure),
    ("copying tables", copying.measure),
    ("building indexes", indexing.measure),
    ("checking foreign keys", keys.measure),
    ("changing rows", changing.measure),
)
_LEAST = 1e-12  # seconds; less than nothing is noise


def calibrate(probe: Probe, say: Callable[[str], None]) -> Constants:
    """All constants that this server shows. `say` hears what is measured now. What cannot be measured keeps its
    default."""
    found: dict[str, float] = {}
    with tables.schema(probe):
        for title, measure in FAMILIES:
            say(title)
            measured = measure(probe)
            probe.known.update(measured)
            found.update(measured)
    described = machine(probe)
    values = {name: max(value, _LEAST) for name, value in found.items()}
    return DEFAULTS.replace(machine=_dated(described), **values)


def _dated(described: Machine) -> Machine:
    return described.replace(measured_at=datetime.now(UTC).isoformat(timespec="seconds"))
