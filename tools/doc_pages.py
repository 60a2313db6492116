"""Fills pages of the documentation with what migsafe really prints and writes.

    <!-- run: migsafe check in fixtures/start/sql -->        the command and its output, in a copy of the folder
    <!-- run: migsafe check in fixtures/start/sql, lines 1-9 -->
    <!-- run: migsafe check --output-format markdown in fixtures/example, as markdown -->
    <!-- file: fixtures/start/sql/migrations/002_orders_by_customer.sql -->
    <!-- written: github_workflow -->                        a function of migsafe/outputs/starter_workflows.py

Each stands on a line of its own; what follows, up to `<!-- end -->`, is written anew.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from migsafe.outputs import starter_workflows

ROOT: Final = Path(__file__).parent.parent
_PART: Final = re.compile(r"(<!-- (run|file|written): ([^\n]*) -->\n).*?(<!-- end -->)", re.DOTALL)
_RUN: Final = re.compile(r"migsafe (.*?) in (\S+?)(?:, lines (\d+)-(\d+))?(?:, as (\w+))?")
_LANGUAGES: Final = {".sql": "sql", ".py": "python", ".ini": "ini", ".toml": "toml", ".yml": "yaml", ".yaml": "yaml"}


class PageError(ValueError):
    """A mark that cannot be filled."""


def filled_pages() -> Iterator[tuple[str, str]]:
    """Each page with marks: its path below docs/, and its text."""
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if _PART.search(text):
            yield path.name, filled(text)


def filled(text: str) -> str:
    """The page with all its marked parts as they have to be. Raises PageError."""
    return _PART.sub(lambda part: f"{part[1]}\n{_content(part[2], part[3])}\n{part[4]}", text)


def _content(kind: str, what: str) -> str:
    if kind == "file":
        return fenced((ROOT / what).read_text(encoding="utf-8"), _LANGUAGES.get(Path(what).suffix, "text"))
    if kind == "written":
        written: str = getattr(starter_workflows, what)()
        return fenced(written, "yaml")
    return _ran(what)


def _ran(what: str) -> str:
    match = _RUN.fullmatch(what)
    if match is None:
        raise PageError(f"not understood: run: {what}")
    arguments, folder, first, last, language = match.groups()
    output = printed(arguments, ROOT / folder)
    lines = output.splitlines()
    if first is not None:
        lines = lines[int(first) - 1 : int(last)] + (["…"] if int(last) < len(lines) else [])
    if language is not None:
        return fenced("\n".join(lines), language)
    return fenced("\n".join([f"$ migsafe {arguments}", *lines]), "console")


def printed(arguments: str, folder: Path) -> str:
    """What the command prints in a copy of the folder, on both streams, without the settings of whoever runs it."""
    hidden = ("MIGSAFE_", "GIT_", "GITHUB_", "GITLAB_", "CI_", "XDG_")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    with tempfile.TemporaryDirectory() as home:
        copy = Path(home) / "project"
        shutil.copytree(folder, copy)
        done = subprocess.run(
            [sys.executable, "-m", "migsafe", *shlex.split(arguments)],
            cwd=copy,
            env={**surroundings, "HOME": home, "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode == 2:
        raise PageError(f"migsafe {arguments}: {done.stdout}")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def fenced(text: str, language: str) -> str:
    """A block with a fence longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"
