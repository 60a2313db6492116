"""python -m tools.alembic_compare FOLDER…: migsafe's SQL for real revisions against what Alembic prints for them.

Each folder is a project. Its revisions are imported and run (tools/alembic_compare/truth.py), so that this is for
projects that somebody trusts. The figures are those of docs/alembic.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from migsafe.sources.alembic.listing import search_folders
from migsafe.sources.alembic.project import Environment, environments
from migsafe.sources.tree import Tree
from tools.alembic_compare.compare import Compared, Pair, compare, kind
from tools.alembic_compare.ours import Ours, ours
from tools.alembic_compare.truth import Project, shown, truth

_ASKS = ("is_offline_mode", "as_sql")


class Tally:
    """The counts of one project or of all."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.exact: Counter[str] = Counter()
        self.guarded: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.different: list[tuple[str, Pair]] = []
        self.missed: list[tuple[str, str]] = []

    def add(self, path: str, own: Ours, compared: Compared | None, refused: str | None) -> None:
        self.kinds[own.kind] += 1
        self.unknown.update(own.unknown)
        if compared is None:
            self.refused[(refused or "")[:60]] += 1
            return
        counts = self.exact if own.kind == "exact" else self.guarded
        counts.update(
            {
                "files": 1,
                "whole": int(not compared.different),
                "same": compared.same,
                "total": compared.total,
                "filled": compared.filled,
            }
        )
        self.different += [(path, pair) for pair in compared.different if own.kind == "exact" or not own.unknown]
        self.missed += [(path, text) for text in compared.missed]

    def update(self, other: Tally) -> None:
        for name in ("kinds", "refused", "exact", "guarded", "unknown"):
            getattr(self, name).update(getattr(other, name))
        self.different += other.different
        self.missed += other.missed


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.alembic_compare", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--differences", type=int, default=0, metavar="N", help="show the first N differences")
    parser.add_argument("--reasons", type=int, default=25, metavar="N", help="show the N most frequent unknown places")
    options = parser.parse_args(words)
    total = Tally()
    for folder in options.folders:
        start = time.perf_counter()
        tally = _project(Path(folder))
        print(f"{Path(folder).name}: {_line(tally)}; {time.perf_counter() - start:.0f} s", flush=True)
        total.update(tally)
    for line in _report(total, options.differences, options.reasons):
        print(line)
    return 1 if total.missed else 0


def _project(root: Path) -> Tally:
    tally = Tally()
    for environment in environments(Tree(root)):
        project = _described(root, environment)
        for found in environment.revisions:
            own = ours(project, found.path)
            refused, compared = _compared(project, found.path, own)
            tally.add(f"{root.name}/{found.path}", own, compared, refused)
    return tally


def _described(root: Path, environment: Environment) -> Project:
    from migsafe.sources.alembic.environment import read_environment

    folders = search_folders(environment.folder)
    facts = read_environment(Tree(root), environment.env, folders)
    return Project(
        root=root.resolve(), inside=environment.folder, folders=tuple(folders), convention=facts.naming_convention
    )


def _compared(project: Project, path: str, own: Ours) -> tuple[str | None, Compared | None]:
    text = (project.root / path).read_text("utf-8", "replace")
    if any(word in text for word in _ASKS):
        return "asks whether it is offline", None
    printed = truth(project, path)
    if printed.refused is not None:
        return printed.refused, None
    return None, compare(shown(printed.sent), own)


def _line(tally: Tally) -> str:
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(tally.kinds.items()))
    files = sum(tally.kinds.values())
    return (
        f"{files} files ({kinds}); exact {_share(tally.exact)}; others {_share(tally.guarded)}; "
        f"{len(tally.missed)} silent misses"
    )


def _share(counts: Counter[str]) -> str:
    share = counts["same"] / counts["total"] if counts["total"] else 1.0
    filled = f" and {counts['filled']} but for values of run time" if counts["filled"] else ""
    return f"{counts['same']}/{counts['total']} statements identical ({share:.1%}){filled} in {counts['files']} files"


def _report(tally: Tally, differences: int, reasons: int) -> Iterator[str]:
    files = max(sum(tally.kinds.values()), 1)
    yield f"all: {_line(tally)}"
    yield from (f"  {name:8} {count:6} {count / files:7.1%}" for name, count in tally.kinds.most_common())
    refused = sum(tally.refused.values())
    yield f"not compared, because Alembic does not print it here: {refused} files ({refused / files:.1%})"
    yield from (f"  {count:5} {reason}" for reason, count in tally.refused.most_common(8))
    yield "differences by kind:"
    yield from (f"  {n:5} {name}" for name, n in Counter(kind(pair) for _, pair in tally.different).most_common(15))
    yield f"places that are not known: {sum(tally.unknown.values())}"
    yield from (f"  {count:5} {reason}" for reason, count in tally.unknown.most_common(reasons))
    for path, (theirs, own) in tally.different[:differences]:
        yield f"--- {path} ({kind((theirs, own))})\n  alembic: {theirs[:600]}\n  migsafe: {own[:600]}"
    yield from (f"SILENT {path}: {text[:300]}" for path, text in tally.missed[:40])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
