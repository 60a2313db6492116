"""Each tool's convention, on a small project of its own under `fixtures/conventions/`.

`expected.json` says what the tool does: the files in order, what is up and what is down, and for each statement the
transaction that it runs in ("-" when it commits by itself). `python -m tests.sources.test_conventions` writes it anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migsafe.model.migration import Direction, Migration
from migsafe.sources.discovery import discover
from migsafe.sources.sql.reader import Job, ReadFile, read
from migsafe.sources.transactions import assign

FIXTURES = Path(__file__).parents[2] / "fixtures" / "conventions"
TOOLS = sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir())


def described(tool: str) -> dict[str, object]:
    """What migsafe finds in a fixture, in the form of `expected.json`."""
    root = FIXTURES / tool
    found = discover(root)
    files = [read(Job(str(root), file, f.convention, f.transaction)) for f in found.folders for file in f.files]
    notes = [*found.notes, *(note for folder in found.folders for note in folder.notes)]
    return {
        "folders": [f"{folder.path}: {folder.convention}" for folder in found.folders],
        "up": _run(files, Direction.UP),
        "down": _run(files, Direction.DOWN),
        "notes": sorted(f"{n.path}: {n.message}" for n in (*notes, *(n for file in files for n in file.notes))),
    }


def _run(files: list[ReadFile], direction: Direction) -> list[dict[str, object]]:
    run = [m for file in files for m in file.migrations if m.direction is direction]
    assigned = assign(run)
    kinds: dict[int | None, str] = {None: "-", **{t.id: f"{t.kind} {t.id}" for t in assigned.transactions}}
    return [
        {
            "id": migration.id,
            "path": migration.path,
            "scope": str(migration.scope),
            "statements": [
                f"{kinds[assigned.of[number, s.index]]}: {s.sql.splitlines()[0]}" for s in migration.statements
            ],
            **_remarks(migration),
        }
        for number, migration in enumerate(run)
    ]


def _remarks(migration: Migration) -> dict[str, object]:
    notes = {"notes": list(migration.notes)} if migration.notes else {}
    problems = {"problems": [p.message for p in migration.problems]} if migration.problems else {}
    errors = [s.syntax_error.message for s in migration.statements if s.syntax_error]
    return {**notes, **problems, **({"errors": errors} if errors else {})}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tools_files_order_directions_and_transactions(tool: str) -> None:
    expected = json.loads((FIXTURES / tool / "expected.json").read_text(encoding="utf-8"))

    assert described(tool) == expected


def test_every_convention_has_a_fixture() -> None:
    from migsafe.sources.sql.registry import conventions

    assert {convention.name for convention in conventions()} <= set(TOOLS)


if __name__ == "__main__":
    for name in TOOLS:
        text = json.dumps(described(name), indent=1, ensure_ascii=False)
        (FIXTURES / name / "expected.json").write_text(text + "\n", encoding="utf-8")
