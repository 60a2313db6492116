"""migsafe and squawk on the same files, one after the other in one run, as ratios.

    python -m benchmarks.against_squawk --quick
    python -m benchmarks.against_squawk

Processor time is what to look at: wall time depends on what else the machine does. squawk reports with
`--reporter gcc`, because its default reporter takes time that grows with the square of a file's size.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import corpus
from benchmarks.measure import Cost, middle, run

QUICK = (1, 100, 1000)
FULL = (1, 100, 1000, 10_000)
DUMP_MEGABYTES = 20


class Contest(NamedTuple):
    """The same input for both. `prepare` runs before each turn of migsafe."""

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    turns: int = 5


def main() -> None:
    """Print a table: one row for each input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="up to 1,000 files, a dump of 2 MB")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        show(_HEADINGS)
        for contest in contests(Path(folder), FULL[:3] if quick else FULL, 2 if quick else DUMP_MEGABYTES):
            compare(contest, Path(folder))
        for row in one_new_file(Path(folder), 1000 if quick else 10_000):
            show(row)


def contests(folder: Path, counts: Sequence[int], megabytes: int) -> Iterator[Contest]:
    for count in counts:
        files = corpus.migrations(folder, count)
        names = sorted(str(path) for path in files.iterdir())
        yield Contest(f"{count} files", [_migsafe(), "check", str(files)], squawk(names), 2 if count > 1000 else 5)
    dump = corpus.dump(folder, megabytes)
    yield Contest(f"{megabytes} MB dump", [_migsafe(), "check", str(dump)], squawk([str(dump)]), 2)


def compare(contest: Contest, folder: Path) -> None:
    """Turn by turn, so that whatever else the machine does hits both."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    turns = [(run(contest.ours, environment), run(contest.theirs, environment)) for _ in range(contest.turns)]
    ours, theirs = middle([turn[0] for turn in turns]), middle([turn[1] for turn in turns])
    show(_row(contest.name, ours, theirs))


def one_new_file(folder: Path, count: int) -> Iterator[Sequence[str]]:
    """The last of many files, named: what its history costs, without a cache and with one."""
    files = folder / f"{count}" / "migrations"
    last = max(files.iterdir())
    alone = folder / "alone"
    alone.mkdir()
    shutil.copy(last, alone)
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "warm")}
    command = [_migsafe(), "check", str(last)]
    by_itself = middle([run([_migsafe(), "check", str(alone)], environment) for _ in range(5)])
    cold = run(command, environment)
    warm = middle([run(command, environment) for _ in range(5)])
    yield _row(f"1 new after {count}, cold", cold, by_itself)
    yield _row(f"1 new after {count}, warm", warm, by_itself)


def squawk(names: Sequence[str]) -> list[str]:
    return [_installed("squawk"), "--reporter", "gcc", *names]


def _migsafe() -> str:
    return _installed("migsafe")


def _installed(name: str) -> str:
    """A program of this environment."""
    path = Path(sysconfig.get_path("scripts")) / name
    if not path.exists():
        sys.exit(f"{name} is not installed beside {sys.executable}: pip install --group dev -e .")
    return str(path)


_HEADINGS = ("input", "cpu s", "other", "ratio", "wall s", "other", "ratio", "MiB", "other")
_WIDTHS = (28, 8, 8, 6, 8, 8, 6, 6, 6)


def _row(name: str, ours: Cost, other: Cost) -> tuple[str, ...]:
    def seconds(value: float) -> str:
        return f"{value:.3f}"

    return (
        name,
        *(seconds(ours.cpu), seconds(other.cpu), f"{ours.cpu / other.cpu:.1f}"),
        *(seconds(ours.wall), seconds(other.wall), f"{ours.wall / other.wall:.1f}"),
        *(f"{ours.peak:.0f}", f"{other.peak:.0f}"),
    )


def show(row: Sequence[str]) -> None:
    cells: list[Callable[[int], str]] = [row[0].ljust, *(cell.rjust for cell in row[1:])]
    print("  ".join(cell(width) for cell, width in zip(cells, _WIDTHS, strict=True)), flush=True)


if __name__ == "__main__":
    main()
