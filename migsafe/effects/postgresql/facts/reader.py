"""Lines of the files with facts, for one version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

OLDEST: Final = 12
NEWEST: Final = 18


def known_version(version: int) -> int:
    return min(max(version, OLDEST), NEWEST)


def rows(file: str, columns: int, version: int) -> Iterator[list[str]]:
    """The rows that the version has. After the columns a line may name versions: `13-`, `-14` or `13-14`."""
    for line in _lines(file):
        row = line.split()
        if len(row) == columns or _spans(row.pop(), version):
            yield row


def versions_of(file: str, columns: int, name: str) -> tuple[int, ...]:
    """The versions that have a row that starts with the name, or with the name and arguments."""
    spans = [
        row[columns] if len(row) > columns else "-"
        for row in (line.split() for line in _lines(file) if line.startswith(name))
        if row[0].partition("(")[0] == name
    ]
    return tuple(version for version in range(OLDEST, NEWEST + 1) if any(_spans(span, version) for span in spans))


def _spans(span: str, version: int) -> bool:
    first, _, last = span.partition("-")
    return int(first or OLDEST) <= version <= int(last or NEWEST)


def _lines(file: str) -> list[str]:
    text = Path(__file__).with_name(f"{file}.txt").read_text(encoding="utf-8")
    return text.splitlines()[1:]
