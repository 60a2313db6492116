"""One comment on a pull request, kept up to date, whatever the server and other people do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from migsafe.commands.comment import command
from migsafe.errors import SetupError
from migsafe.forges.http import Client, RefusedError, UnreachableError
from migsafe.forges.sticky import marker
from migsafe.outputs import json as json_output
from tests.forges.server import State, serving
from tests.outputs.test_ci_formats import INDEX, report_on

BAD, GOOD = INDEX, "CREATE TABLE fresh (id bigint PRIMARY KEY);\n"
TOKEN = "token-of-the-test"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the CI that runs these tests may be seen."""
    for name in ("GITLAB_CI", "GITHUB_REPOSITORY", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name, raising=False)


def written(folder: Path, migration: str) -> Path:
    path, migrations = folder / "report.json", folder / "migrations"
    migrations.mkdir(exist_ok=True)
    path.write_text(json_output.render(report_on(migrations, migration)))
    return path


def run(report: Path, base: str, *arguments: str, **variables: str) -> Result:
    event = report.parent / "event.json"
    if not event.exists():
        event.write_text(json.dumps({"pull_request": {"number": 7}}))
    surroundings = {
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_API_URL": base,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_TOKEN": TOKEN,
        **variables,
    }
    return CliRunner().invoke(command, [str(report), *arguments], env=surroundings)


def test_a_first_comment_is_created_and_carries_its_marker(tmp_path: Path) -> None:
    state = State()
    with serving(state) as base:
        result = run(written(tmp_path, BAD), base)
    assert result.exit_code == 0
    assert "comment created: https://x/1" in result.stderr
    (comment,) = state.comments
    assert comment["body"].startswith(f"{marker('default')}\n### ⛔ **Blocked**")
    assert state.tokens == {f"Bearer {TOKEN}"}


def test_a_clean_first_run_leaves_the_pull_request_alone(tmp_path: Path) -> None:
    state = State()
    with serving(state) as base:
        result = run(written(tmp_path, GOOD), base)
    assert (result.exit_code, state.comments) == (0, [])
    assert "comment not needed" in result.stderr


def test_the_comment_turns_green_when_all_is_mended(tmp_path: Path) -> None:
    state = State()
    with serving(state) as base:
        run(written(tmp_path, BAD), base)
        result = run(written(tmp_path, GOOD), base)
    assert "comment updated" in result.stderr
    (comment,) = state.comments
    assert "### ✅ **Safe**" in comment["body"]


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    state = State()
    with serving(state) as base:
        run(written(tmp_path, BAD), base)
        state.comments[0]["body"] = state.comments[0]["body"].replace("\n", "\r\n").rstrip()
        result = run(written(tmp_path, BAD), base)
    assert "comment unchanged" in result.stderr
    assert [method for method, _ in state.asked if method != "GET"] == ["POST"]


def test_a_marker_in_somebody_elses_comment_is_not_ours(tmp_path: Path) -> None:
    state = State()
    state.add("mallory", f"{marker('default')}\nall is well")
    with serving(state) as base:
        run(written(tmp_path, BAD), base)
    assert state.comments[0]["body"].endswith("all is well")
    assert len(state.comments) == 2


def test_our_comment_is_found_on_a_later_page(tmp_path: Path) -> None:
    state = State()
    for number in range(230):
        state.add("somebody", f"comment {number}")
    state.add("github-actions[bot]", f"{marker('default')}\nold")
    with serving(state) as base:
        run(written(tmp_path, BAD), base)
    assert len(state.comments) == 231
    assert "Blocked" in state.comments[230]["body"]


def test_two_keys_are_two_comments(tmp_path: Path) -> None:
    state = State()
    with serving(state) as base:
        run(written(tmp_path, BAD), base)
        run(written(tmp_path, BAD), base, "--key", "billing")
    assert [c["body"].splitlines()[0] for c in state.comments] == [marker("default"), marker("billing")]


def test_a_token_that_may_not_say_who_it_is_is_the_workflows(tmp_path: Path) -> None:
    state = State(me=None)
    with serving(state) as base:
        run(written(tmp_path, BAD), base)
        run(written(tmp_path, GOOD), base)
    assert len(state.comments) == 1


def test_without_permission_the_report_goes_to_the_summary_and_the_verdict_stays(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    with serving(State(may_write=False)) as base:
        result = run(written(tmp_path, BAD), base, GITHUB_STEP_SUMMARY=str(summary))
    assert result.exit_code == 0
    assert "no comment was posted" in result.stderr
    assert summary.read_text().startswith("### ⛔ **Blocked**")


def test_a_fork_is_found_by_the_commit_that_the_event_names(tmp_path: Path) -> None:
    run_event = {"head_sha": "abc", "head_branch": "fix", "head_repository": {"owner": {"login": "fork"}}}
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": run_event}))
    state = State(pulls=[{"number": 3, "head": {"sha": "old"}}, {"number": 7, "head": {"sha": "abc"}}])
    with serving(state) as base:
        run(written(tmp_path, BAD), base)
    assert len(state.comments) == 1
    assert ("GET", "/repos/o/r/pulls?state=open&per_page=100&head=fork%3Afix") in state.asked


def test_an_event_without_a_pull_request_is_a_mistake_of_the_set_up(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text("{}")
    with serving(State()) as base:
        result = run(written(tmp_path, BAD), base)
    assert isinstance(result.exception, SetupError)
    assert "about no pull request" in str(result.exception)


def test_gitlab_has_the_same(tmp_path: Path) -> None:
    state = State(me="project_bot")
    with serving(state) as base:
        variables = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": base,
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example/o/r",
            "GITLAB_TOKEN": TOKEN,
        }
        first = run(written(tmp_path, BAD), base, **variables)
        second = run(written(tmp_path, GOOD), base, **variables)
    assert "https://gitlab.example/o/r/-/merge_requests/7#note_1" in first.stderr
    assert "comment updated" in second.stderr
    assert len(state.comments) == 1
    assert state.tokens == {TOKEN}


def test_a_dry_run_prints_and_asks_nobody(tmp_path: Path) -> None:
    result = run(written(tmp_path, BAD), "http://127.0.0.1:9", "--dry-run")
    assert result.stdout.startswith("### ⛔ **Blocked**")


def test_what_is_no_report_is_said_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text('{"schema_version": 99}')
    result = run(path, "http://127.0.0.1:9")
    assert isinstance(result.exception, SetupError)
    assert "is no report of migsafe" in str(result.exception)


def client(base: str, slept: list[float]) -> Client:
    return Client(base, {}, sleep=slept.append)


@pytest.mark.parametrize(
    ("instead", "waits"),
    [
        ([(502, {}), (503, {})], [1.0, 2.0]),
        ([(429, {"Retry-After": "7"})], [7.0]),
        ([(403, {"Retry-After": "3"})], [3.0]),
        ([(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"})], [1.0]),
    ],
)
def test_a_busy_server_is_asked_again(instead: list[tuple[int, dict[str, str]]], waits: list[float]) -> None:
    slept: list[float] = []
    with serving(State(instead=instead)) as base:
        answer: Any = client(base, slept).get("/user").body
    assert answer["login"] == "github-actions[bot]"
    assert slept == waits


@pytest.mark.parametrize(
    "instead", [(401, {}), (404, {}), (429, {"Retry-After": "3600"}), (302, {"Location": "/user"})]
)
def test_a_no_and_a_redirect_are_final(instead: tuple[int, dict[str, str]]) -> None:
    state, slept = State(instead=[instead]), list[float]()
    with serving(state) as base, pytest.raises(RefusedError):
        client(base, slept).get("/repos")
    assert (len(state.asked), slept) == (1, [])


def test_a_server_that_is_down_is_given_up() -> None:
    slept: list[float] = []
    with serving(State()) as base:
        pass
    with pytest.raises(UnreachableError):
        client(base, slept).get("/user")
    assert slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("base", ["http://example.org/api", "file:///etc/passwd", "ftp://example.org"])
def test_the_token_goes_over_https_only(base: str) -> None:
    with pytest.raises(SetupError, match="not https"):
        Client(base, {})
