"""The cost of a process: processor time of it and of its children, wall time, peak memory of the largest."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds and MiB."""

    cpu: float
    wall: float
    peak: float


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> Cost:
    """One fresh process, its output thrown away. Raises RuntimeError when it fails in earnest."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_compiled(environment), cwd=folder
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1: findings
        raise RuntimeError(f"exit code {process.returncode}: {' '.join(command)[:200]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def _compiled(environment: Mapping[str, str]) -> dict[str, str]:
    """As in an ordinary installation: the first run leaves compiled modules for the others."""
    return {key: value for key, value in environment.items() if key != "PYTHONDONTWRITEBYTECODE"}


def middle(costs: Sequence[Cost]) -> Cost:
    return Cost(*(median(values) for values in zip(*costs, strict=True)))
