"""What migsafe takes for the migrations of a Django project, in seconds and MiB.

    python -m benchmarks.django_speed --quick
    python -m benchmarks.django_speed               # 1,500 migrations in 20 apps
    python -m benchmarks.django_speed ROOT          # a project of your own

One migration after all others: without a cache, and again with the one that the first run left. Then single
migrations, evenly from the whole project, each in a process of its own and after all that comes before it: what the
middle one, and the one at 95 %, cost above the cheapest. At last everything at once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.django_corpus import project
from benchmarks.measure import Cost, middle, run

FULL, QUICK = 1_500, 200
SAMPLE = 40
_CHECK = (sys.executable, "-m", "migsafe", "check", "--isolated", "--output-format", "json")


class Row(NamedTuple):
    name: str
    cost: Cost


def main() -> None:
    """Print a table: a row for each situation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", type=Path, metavar="ROOT", help="a project of your own")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} migrations instead of {FULL}")
    parser.add_argument("--turns", type=int, default=3, help="how often each is measured; the median counts")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="how many single migrations are measured")
    given = parser.parse_args()
    print(f"{'':<44}{'cpu s':>8}{'wall s':>8}{'MiB':>7}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        root = given.root or project(folder / "project", QUICK if given.quick else FULL)
        for row in rows(root, folder, given.turns, given.sample):
            print(f"{row.name:<44}{row.cost.cpu:>8.2f}{row.cost.wall:>8.2f}{row.cost.peak:>7.0f}", flush=True)


def rows(root: Path, folder: Path, turns: int, sample: int) -> Iterator[Row]:
    """What was measured, and its cost."""
    paths = migrations(root)
    last = paths[-1]
    cold = [_cost([last], root, folder / f"cold{turn}") for turn in range(turns)]
    yield Row(f"one after {len(paths) - 1:,} others, no cache", middle(cold))
    yield Row("again", middle([_cost([last], root, folder / "cold0") for _ in range(turns)]))
    single = sorted((_cost([path], root, folder / "cold0") for path in _sample(paths, sample)), key=lambda c: c.cpu)
    fixed = single[0]
    yield Row(f"cheapest of {len(single)} single ones", fixed)
    for percent in (50, 95):
        yield Row(
            f"  above it, at {percent} %", _above(single[min(len(single) * percent // 100, len(single) - 1)], fixed)
        )
    yield Row("all of them", middle([_cost(["."], root, folder / "cold0")]))


def migrations(root: Path) -> list[str]:
    """The paths of the project's migrations, in the order in which they are applied."""
    done = subprocess.run([*_CHECK, "."], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.strip()[-500:])
    found: list[str] = [one["path"] for one in json.loads(done.stdout)["migrations"] if one["direction"] == "up"]
    return found


def _sample(paths: Sequence[str], count: int) -> list[str]:
    step = max(len(paths) // count, 1)
    return list(paths[step // 2 :: step])


def _above(cost: Cost, fixed: Cost) -> Cost:
    return Cost(*(one - other for one, other in zip(cost, fixed, strict=True)))


def _cost(paths: Sequence[str], root: Path, cache: Path) -> Cost:
    return run([*_CHECK, *paths], {**os.environ, "XDG_CACHE_HOME": str(cache)}, root)


if __name__ == "__main__":
    main()
