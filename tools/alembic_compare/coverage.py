"""How many revisions of real projects are read in full: `python -m tools.alembic_compare.coverage FOLDER…`.

Each folder is a project. A file is `exact`, `guarded`, `holes`, `named` (something is not known and said so at its
place) or `crashed`; the figures are those that docs/alembic.md states.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from migsafe.sources.alembic.evaluate import handle
from migsafe.sources.alembic.project import environments
from migsafe.sources.tree import Tree


def main(folders: list[str]) -> int:
    """Print the outcomes for each project, and the reasons of what is not known."""
    total: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for folder in folders:
        start = time.perf_counter()
        found = Counter(outcome for outcome in _project(Path(folder), reasons))
        total += found
        count = sum(found.values())
        print(f"{folder}: {count} files, {dict(found)}, {time.perf_counter() - start:.1f} s")
    count = sum(total.values())
    for name, number in total.most_common():
        print(f"{name:10} {number:6} {number / max(count, 1):7.1%}")
    for reason, number in reasons.most_common(60):
        print(f"  {number:5} {reason}")
    return 0


def _project(root: Path, reasons: Counter[str]) -> Iterator[str]:
    for environment in environments(Tree(root)):
        folders = search_folders(environment.folder)
        for found in environment.revisions:
            text = (root / found.path).read_bytes().decode("utf-8", "surrogateescape")
            request = {"path": found.path, "text": text, "root": str(root), "folders": folders, "convention": {}}
            try:
                answer = handle(request)
            except Exception as mistake:  # noqa: BLE001  # what is being measured
                reasons[f"crashed {type(mistake).__name__}: {mistake} {found.path}"] += 1
                yield "crashed"
                continue
            assert isinstance(answer, Mapping)
            yield _outcome(answer.get("up"), reasons, found.path)


def search_folders(script: str) -> list[str]:
    """Where absolute imports of a revision are looked for."""
    parts = script.split("/")
    above = ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]
    return [*above, "src", "lib"]


def _outcome(up: object, reasons: Counter[str], path: str) -> str:
    if not isinstance(up, Mapping):
        return "no upgrade"
    steps = [step for step in up["steps"] if isinstance(step, Mapping)]
    unknown = [step for step in (*steps, *up["problems"]) if "reason" in step]
    for step in unknown:
        reasons[f"{step['reason']}: {step['detail'][:70]} [{step['text'][:40]}] {path.rpartition('/')[2][:30]}"] += 1
    if unknown:
        return "named"
    if any(step.get("holes") for step in steps):
        return "holes"
    return "guarded" if any(step.get("certainty") != "exact" or step.get("guards") for step in steps) else "exact"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
