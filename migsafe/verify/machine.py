"""What a machine is, in the words of a calibration."""

from __future__ import annotations

import os
import platform

from migsafe.model.constants import Machine
from migsafe.verify.calibration.probe import Probe

_SETTINGS = ("maintenance_work_mem", "max_parallel_maintenance_workers", "shared_buffers", "wal_level")


def machine(probe: Probe) -> Machine:
    """The machine that the server runs on, as far as it can be told: a database elsewhere tells of itself alone."""
    settings = tuple((name, str(probe.value(f"SHOW {name}"))) for name in _SETTINGS)
    server = f"PostgreSQL {probe.value('SHOW server_version')}"
    if not probe.own:
        return Machine(description="a database elsewhere", server=server, settings=settings)
    return Machine(
        description=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count() or 0,
        memory_bytes=_memory(),
        server=server,
        settings=settings,
    )


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0
