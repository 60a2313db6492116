"""The entry point of `migsafe` and `python -m migsafe`.

A repository may hold `alembic/`, `click.py` or `json.py`, and Python looks in the working directory and in
PYTHONPATH before it looks among the installed packages. Before anything else is imported, those places are
therefore taken off the search path: what is checked is read, never run.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` is not imported before the search path is safe
if TYPE_CHECKING:
    from typing import NoReturn


def run() -> None:
    """Run the command line and leave the process with its exit code."""
    from migsafe.trust import distrust_surroundings, require_our_package

    distrust_surroundings()
    problem = require_our_package()
    if problem:
        sys.stderr.write(f"migsafe: {problem}\n")
        sys.exit(2)
    never_search_for_garbage()
    from migsafe.commands import execute

    leave(execute(sys.argv[1:]))


def never_search_for_garbage() -> None:
    """A run is over before a search for unreachable cycles pays: a quarter of the time, and records have none."""
    import gc

    gc.disable()


def leave(code: int) -> NoReturn:
    """End the process without taking down millions of objects one by one."""
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader left, or the disk is full: not everything was said
        code = 2
    os._exit(code)


if __name__ == "__main__":
    run()
