"""Many files read at once. Each is independent of the others, so that they can be read in several processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.sources.sql.reader import Job, ReadFile, read

WORTH_IT: Final = 400
"""Files below which starting processes costs more time than they save (benchmarks/README.md)."""
_IN_ONE_GO: Final = 25  # files that a process is given at once


def read_all(jobs: Sequence[Job], workers: int = 0) -> Iterator[ReadFile]:
    """The files in the order of the jobs. `workers`: processes to use, 0 chooses. Raises SetupError."""
    count = workers or _chosen(len(jobs))
    return _in_processes(jobs, count) if count > 1 and len(jobs) > 1 else map(read, jobs)


def _chosen(files: int) -> int:
    """Processes are cheap only where the system copies this one."""
    if files < WORTH_IT or sys.platform in ("win32", "darwin"):
        return 1
    return min(len(os.sched_getaffinity(0)), 8)


def _in_processes(jobs: Sequence[Job], count: int) -> Iterator[ReadFile]:
    import multiprocessing

    way = "spawn" if sys.platform in ("win32", "darwin") else "fork"
    with multiprocessing.get_context(way).Pool(count) as pool:
        yield from pool.imap(read, jobs, chunksize=_IN_ONE_GO)
