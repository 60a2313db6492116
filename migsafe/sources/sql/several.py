"""Many files read at once. Each is independent of the others, so that they can be read in several processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

from migsafe.sources.frameworks import is_framework
from migsafe.sources.frameworks import read as read_program
from migsafe.sources.sql.reader import Job, ReadFile, read

_IN_ONE_GO: Final = 25  # files that a process is given at once


def read_all(jobs: Sequence[Job], workers: int = 0) -> Iterator[ReadFile]:
    """The files in the order of the jobs. `workers`: processes to use. Raises SetupError.

    0 means this process alone: handing the results over costs about as much as reading the files, so that several
    processes pay with many processors only (benchmarks/README.md).
    """
    return _in_processes(jobs, workers) if workers > 1 and len(jobs) > 1 else map(_read, jobs)


def _read(job: Job) -> ReadFile:
    return read_program(job) if is_framework(job.convention) else read(job)


def _in_processes(jobs: Sequence[Job], count: int) -> Iterator[ReadFile]:
    import multiprocessing

    way = "spawn" if sys.platform in ("win32", "darwin") else "fork"
    with multiprocessing.get_context(way).Pool(count) as pool:
        yield from pool.imap(_read, jobs, chunksize=_IN_ONE_GO)
