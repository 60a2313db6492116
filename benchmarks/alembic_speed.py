"""migsafe and Alembic on the same revisions, as ratios of processor time (that of child processes included).

    python -m benchmarks.alembic_speed --quick
    python -m benchmarks.alembic_speed            # 2,000 revisions

`alembic upgrade head --sql` prints the SQL of all revisions; migsafe checks the last one against the schema that the
others leave: without a cache, again with it, and with one new revision behind them.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.alembic_corpus import add_revision, project
from benchmarks.measure import run

FULL, QUICK = 2_000, 300


def main() -> None:
    """Print a table: a row for each situation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} revisions instead of {FULL}")
    parser.add_argument("--turns", type=int, default=3, help="how often each is measured; the median counts")
    given = parser.parse_args()
    adopt_orphans()
    print(f"{'':<34}{'cpu s':>8}{'of Alembic':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds, theirs in rows(Path(folder), QUICK if given.quick else FULL, given.turns):
            print(f"{name:<34}{seconds:>8.2f}{seconds / theirs:>12.2f}", flush=True)


def rows(folder: Path, count: int, turns: int) -> Iterator[tuple[str, float, float]]:
    """What was measured, its seconds, and those of Alembic."""
    root = project(folder / "project", count)
    theirs = _middle([sys.executable, "-m", "alembic", "upgrade", "head", "--sql"], root, folder / "none", turns)
    yield f"alembic upgrade head --sql, {count}", theirs, theirs
    ours = [sys.executable, "-m", "migsafe", "check", "head"]
    yield "first check of head", median(_cost(ours, root, folder / f"cold{turn}") for turn in range(turns)), theirs
    yield "again", _middle(ours, root, folder / "cold0", turns), theirs
    yield "one new revision", median(_one_more(ours, root, folder / "cold0", count, turns)), theirs
    everything = [sys.executable, "-m", "migsafe", "check"]
    yield "everything judged", _middle(everything, root, folder / "all", 1), theirs


def _one_more(command: Sequence[str], root: Path, cache: Path, count: int, turns: int) -> Iterator[float]:
    for turn in range(turns):
        add_revision(root, count + turn)
        yield _cost(command, root, cache)


def _middle(command: Sequence[str], root: Path, cache: Path, turns: int) -> float:
    return median(_cost(command, root, cache) for _ in range(turns))


def _cost(command: Sequence[str], root: Path, cache: Path) -> float:
    """Also of the process in which revisions are evaluated: it may end after the one that started it."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(Path(__file__).parents[1])}
    own = run(command, environment, root).cpu
    return own + sum(_left_behind())


def _left_behind() -> Iterator[float]:
    while True:
        try:
            usage = os.wait3(0)[2]
        except ChildProcessError:
            return
        yield usage.ru_utime + usage.ru_stime


def adopt_orphans() -> None:
    """Processes that their parent leaves behind become ours (prctl(2), PR_SET_CHILD_SUBREAPER; Linux only)."""
    if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0):
        raise SystemExit("this system does not hand over orphaned processes: their time cannot be measured")


if __name__ == "__main__":
    main()
