"""What was captured, in a few lines: how much, how much of it is unknown, and what could not be seen."""

from __future__ import annotations

from migsafe.statistics.snapshot import Snapshot
from migsafe.text.masking import printable


def render(snapshot: Snapshot, file: str) -> str:
    """The lines for a terminal; `file` is where the snapshot was written."""
    statistics = snapshot.statistics
    server = statistics.server
    unknown = sum(1 for table in statistics.tables if table.rows is None)
    applied = sum(len(each.versions) for each in statistics.applied)
    counts = (
        f"{_counted(len(statistics.tables), 'table')} ({unknown:,} of unknown size)",
        _counted(len(statistics.sequences), "sequence"),
        _counted(applied, "applied migration"),
    )
    lines = [
        f"{file}: database {', '.join(snapshot.databases)}, PostgreSQL {server.version_text}.",
        ", ".join(counts) + ".",
        *(f"Not seen: {sentence}" for sentence in statistics.unseen),
    ]
    return "".join(f"{printable(line)}\n" for line in lines)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
