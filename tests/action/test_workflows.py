"""The project's own workflows and its action: no known hole, everything pinned, every supported Python."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
CI = ROOT / ".github/workflows/ci.yml"


def test_workflows_and_action_pass_zizmor() -> None:
    zizmor = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", ROOT / ".github", ROOT / "action.yml"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout


def test_every_python_that_the_package_names_is_tested() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    versions = [line.rpartition(" ")[2] for line in named if re.search(r"Python :: 3\.\d+$", line)]
    assert yaml.safe_load(CI.read_text())["jobs"]["everything"]["strategy"]["matrix"]["python"] == versions


def test_jobs_have_no_rights_but_to_read_and_actions_are_pinned() -> None:
    workflow = yaml.safe_load(CI.read_text())
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert all(re.search(r"@[0-9a-f]{40}$", name) or name == "./" for name in used), used


def test_what_has_to_hold_before_a_change_lands_is_what_runs() -> None:
    steps = yaml.safe_load(CI.read_text())["jobs"]["everything"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
