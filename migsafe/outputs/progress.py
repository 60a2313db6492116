"""What is going on, for a person who waits: on a terminal only, on standard error, gone when it is done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, int, int], None]
"""Takes what is done now, and how many of how many steps of it are done; 0 of 0 when that is not counted."""


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """What hears of the progress. Without a terminal it shows nothing, and rich is not even loaded."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {what}", completed=done, total=total or None)

        yield show


def _silent(what: str, done: int, total: int) -> None:  # one of the shapes of Progress
    """Shows nothing."""
