"""The job for GitLab, run as its runner does: `script` in one bash, with the variables of a merge request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from migsafe.outputs.starter_workflows import gitlab_job
from tests.action.test_action import BAD, GOOD, SHOP, commit, git
from tests.forges.server import State, serving


def run(folder: Path, migration: str, **variables: str) -> subprocess.CompletedProcess[str]:
    git(folder, "init", "-q", "-b", "main")
    base = commit(folder, V1__shop=SHOP)
    commit(folder, V2__change=migration)
    script = yaml.safe_load(gitlab_job())["migsafe"]["script"]
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(script)],
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder.parent),
            "GITLAB_CI": "true",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bad_migration_fails_the_job_with_findings_in_the_diff_and_a_comment(tmp_path: Path) -> None:
    state = State(me="project_bot")
    with serving(state) as base:
        ran = run(tmp_path, BAD, CI_API_V4_URL=base, GITLAB_TOKEN="a-token")
    assert ran.returncode == 1, ran.stderr
    (issue, *_) = json.loads((tmp_path / "gl-code-quality-report.json").read_text())
    assert issue["location"]["path"] == "migrations/V2__change.sql"
    assert "**Blocked**" in state.comments[0]["body"]


def test_a_good_migration_passes_without_a_word(tmp_path: Path) -> None:
    state = State(me="project_bot")
    with serving(state) as base:
        ran = run(tmp_path, GOOD, CI_API_V4_URL=base, GITLAB_TOKEN="a-token")
    assert (ran.returncode, state.comments) == (0, []), ran.stderr


def test_a_fork_has_no_token_and_the_same_verdict(tmp_path: Path) -> None:
    assert run(tmp_path, BAD, GITLAB_TOKEN="").returncode == 1


@pytest.mark.parametrize(("django", "extra"), [(False, "migsafe-lint=="), (True, "migsafe-lint[django]==")])
def test_what_is_installed_is_this_version(django: bool, extra: str) -> None:
    assert extra in yaml.safe_load(gitlab_job(django=django))["migsafe"]["before_script"][1]
