"""The README's two commands are the ones that CI runs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMANDS = re.findall(r"```sh\n(python3 -m venv [^\n]+)\n```", (ROOT / "README.md").read_text())


def test_there_are_two_commands() -> None:
    main_job, tests = COMMANDS
    assert main_job.endswith("migsafe check fixtures/example --stats fixtures/example/migsafe-stats.json")
    assert "pytest" in tests


def test_ci_runs_the_test_command_as_it_stands() -> None:
    assert COMMANDS[1] in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_distribution_of_another_project_is_never_recommended() -> None:
    assert not re.search(r"(pip|pipx|uvx|uv) install migsafe(?!-lint)", (ROOT / "README.md").read_text())
