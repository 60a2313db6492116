"""The GitHub Action as a whole: installed from its own commit, run on pull requests of real git repositories."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.harness import ExpressionError, Ran, evaluate, plain_environment, run_action
from tests.forges.server import State, serving

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
SHOP = "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n"
BAD = "SET lock_timeout = '2s';\nCREATE INDEX orders_note_idx ON orders (note);\n"
GOOD = "SET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN more text;\n"


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> str:
    for name, text in files.items():
        path = folder / "migrations" / f"{name}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs of the action's own first step, which is really run, once."""
    workspace = tmp_path_factory.mktemp("install")
    done = {name: {"code": "0", "report-markdown": "/dev/null"} for name in ("check", "comment")}
    ran = run_action(
        ACTION,
        workspace,
        inputs={"summary": "false", "comment": "never"},
        github={"event_name": "push", "token": "", "event": {}},
        environment=plain_environment(RUNNER_TEMP=str(workspace)),
        done=done,
    )
    assert ran.code == 0, ran.log
    (home,) = workspace.glob("migsafe.*")
    return {"home": str(home)}


class PullRequest:
    """A repository with a base and a change, and a server for its comments."""

    def __init__(self, folder: Path, installed: dict[str, str], base: str, state: State) -> None:
        self.folder = folder
        self.state = state
        self._installed = installed
        self._address = base
        git(folder, "init", "-q", "-b", "main")
        self.base = commit(folder, V1__shop=SHOP)

    def run(
        self, *, event: str = "pull_request", base: str | None = None, payload: object = None, **inputs: str
    ) -> Ran:
        pull_request = {"number": 7, "base": {"sha": base or self.base}}
        event_file = self.folder.parent / "event.json"
        event_file.write_text(json.dumps(payload or {"pull_request": pull_request}))
        shown: dict[str, Any] = {"pull_request": pull_request} if event == "pull_request" else {}
        return run_action(
            ACTION,
            self.folder,
            inputs={name.replace("_", "-"): value for name, value in inputs.items()},
            github={"event_name": event, "token": "a-token", "event": shown},
            environment=plain_environment(
                GITHUB_REPOSITORY="o/r",
                GITHUB_API_URL=self._address,
                GITHUB_EVENT_PATH=str(event_file),
                RUNNER_TEMP=str(self.folder.parent),
            ),
            done={"install": self._installed},
        )


@pytest.fixture
def pull_request(tmp_path: Path, installed: dict[str, str]) -> Iterator[PullRequest]:
    state = State()
    folder = tmp_path / "work"
    folder.mkdir()
    with serving(state) as base:
        yield PullRequest(folder, installed, base, state)


def test_a_bad_migration_blocks_with_annotation_summary_and_comment(pull_request: PullRequest) -> None:
    commit(pull_request.folder, V2__index=BAD)
    ran = pull_request.run()
    assert ran.code == 1, ran.log
    assert (ran.outputs["verdict"], ran.outputs["errors"]) == ("block", "1")
    assert "::error file=migrations/V2__index.sql,line=2" in ran.log
    assert ran.summary.startswith("### ⛔ **Blocked**")
    assert "Blocked" in pull_request.state.comments[0]["body"]
    assert ran.outputs["comment-url"] == "https://x/1"
    assert ran.left_out == []


def test_a_good_migration_passes_in_silence(pull_request: PullRequest) -> None:
    commit(pull_request.folder, V2__column=GOOD)
    ran = pull_request.run()
    assert (ran.code, ran.outputs["verdict"]) == (0, "pass"), ran.log
    assert pull_request.state.comments == []


def test_a_fork_gets_annotations_summary_and_the_same_verdict(pull_request: PullRequest) -> None:
    pull_request.state.may_write = False
    commit(pull_request.folder, V2__index=BAD)
    ran = pull_request.run()
    assert (ran.code, ran.outputs["verdict"]) == (1, "block")
    assert "::error " in ran.log
    assert ran.summary.count("**Blocked**") == 1
    assert "no comment was posted" in ran.log


def test_only_what_the_pull_request_changed_is_judged(pull_request: PullRequest) -> None:
    base = commit(pull_request.folder, V2__index=BAD)
    commit(pull_request.folder, V3__column=GOOD)
    assert pull_request.run(base=base).outputs["verdict"] == "pass"
    assert pull_request.run(since="all").outputs["verdict"] == "block"


def test_a_shallow_clone_says_how_to_mend_it(pull_request: PullRequest, tmp_path: Path) -> None:
    commit(pull_request.folder, V2__index=BAD)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{pull_request.folder}", str(shallow))
    pull_request.folder = shallow
    ran = pull_request.run()
    assert ran.code == 2
    assert "fetch-depth: 0" in ran.log
    assert "Traceback" not in ran.log


def test_inputs_are_words_and_never_code(pull_request: PullRequest) -> None:
    commit(pull_request.folder, V2__index=BAD)
    for inputs in ({"paths": "$(touch pwned)"}, {"args": "`touch pwned`"}, {"since": "'; touch pwned; '"}):
        assert pull_request.run(**inputs).code == 2
    assert not list(pull_request.folder.rglob("pwned"))


def test_the_second_workflow_for_forks_comments_and_checks_nothing(pull_request: PullRequest) -> None:
    """What the first one left is commented on the pull request that the event's commit belongs to."""
    commit(pull_request.folder, V2__index=BAD)
    first = pull_request.run(comment="never")
    assert (first.code, pull_request.state.comments) == (1, [])
    head = {"head_sha": "abc", "head_branch": "fix", "head_repository": {"owner": {"login": "fork"}}}
    pull_request.state.pulls = [{"number": 7, "head": {"sha": "abc"}}]
    second = pull_request.run(event="workflow_run", payload={"workflow_run": head}, report=first.outputs["report-json"])
    assert second.code == 0, second.log
    assert (second.executed, second.left_out) == (["Install", "Comment"], ["Check", "Summary", "Verdict"])
    assert "Blocked" in pull_request.state.comments[0]["body"]


def test_outside_of_a_pull_request_nothing_is_commented(pull_request: PullRequest) -> None:
    commit(pull_request.folder, V2__index=BAD)
    ran = pull_request.run(event="push", sarif="true", annotations="false", summary="false")
    assert ran.left_out == ["Summary", "Comment"]
    assert pull_request.state.comments == []
    assert json.loads(Path(ran.outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    assert "::error" not in ran.log


RECORDER = """#!/usr/bin/env bash
echo "$@" >> "$RECORD"
for last; do :; done
if [ "$3" = venv ]; then mkdir -p "$last/bin" && cp "$0" "$last/bin/python"; fi
"""


@pytest.mark.parametrize(
    ("django", "files", "extra"),
    [
        ("auto", {"manage.py": ""}, True),
        ("auto", {"0001_initial.py": "from django.db import migrations, models\n"}, True),
        ("auto", {"alembic.ini": "", "models.py": "from django.db import models\n"}, False),
        ("true", {}, True),
        ("false", {"manage.py": ""}, False),
    ],
)
def test_django_is_installed_where_it_is_needed(
    tmp_path: Path, django: str, files: dict[str, str], extra: bool
) -> None:
    """With a Python that only writes down what it is asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").write_text(RECORDER)
    (tmp_path / "bin/python3").chmod(0o755)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    environment = plain_environment(RUNNER_TEMP=str(tmp_path), RECORD=str(tmp_path / "record"))
    ran = run_action(
        ACTION,
        tmp_path,
        inputs={"summary": "false", "comment": "never", "django": django},
        github={"event_name": "push", "token": "", "event": {}},
        environment={**environment, "PATH": f"{tmp_path / 'bin'}:{environment['PATH']}"},
        done={name: {"code": "0"} for name in ("check", "comment")},
    )
    assert ran.code == 0, ran.log
    asked = (tmp_path / "record").read_text().splitlines()[-1]
    assert asked.startswith("-I -m pip install ")
    assert asked.endswith("[django]") is extra


def test_every_step_is_executed_by_some_test_here() -> None:
    steps = [step["name"] for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]]
    assert steps == ["Install", "Check", "Summary", "Comment", "Verdict"]


def test_the_harness_refuses_what_it_does_not_understand() -> None:
    with pytest.raises(ExpressionError):
        evaluate("contains(inputs.a, 'b')", {"inputs": {}})
    assert evaluate("inputs.a != 'x' && (inputs.b || 'y') == 'y'", {"inputs": {"a": "", "b": ""}}) is True
