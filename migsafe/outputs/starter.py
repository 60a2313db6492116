"""The files that `migsafe init` writes: settings, the hook's entry, workflows. Text only."""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.model.record import KeywordRecord
from migsafe.version import REPOSITORY, __version__

_TAG = f"v{__version__}"


class Found(KeywordRecord):
    """A migration folder: its path, the tool that it belongs to, and the number of its migrations."""

    path: str
    tool: str
    migrations: int


def sentence(found: Found) -> str:
    """One line about a folder."""
    noun = "migration" if found.migrations == 1 else "migrations"
    return f"{found.path or '.'}: {found.migrations} {noun} ({found.tool})"


def settings(folders: Sequence[Found]) -> str:
    """migsafe.toml: what is worth a decision, the rest commented out with its default."""
    listed = ", ".join(f'"{folder.path or "."}"' for folder in folders)
    lines = [
        "# Settings of migsafe; `migsafe check --show-settings` lists all of them with their origin.",
        '# target-version = "16"  # the oldest server that you run',
        f"migrations = [{listed}]" if folders else '# migrations = ["migrations"]',
        '# max-blocking = "1s"  # how long reads or writes of a table may be blocked …',
        "# growth = 3            # … when it has grown to so many times its size",
        '# stats = ["migsafe-stats.json"]  # what `migsafe snapshot` wrote: real table sizes',
        '# session-lock-timeout = "2s"  # when the role or the deploy tool sets one',
    ]
    return "\n".join(lines) + "\n"


def hook(*, django: bool) -> str:
    """The entry for .pre-commit-config.yaml."""
    identity = "migsafe-django" if django else "migsafe"
    return f"  - repo: {REPOSITORY}\n    rev: {_TAG}\n    hooks:\n      - id: {identity}\n"


def hooks_file(*, django: bool) -> str:
    return f"repos:\n{hook(django=django)}"


def github_workflow() -> str:
    """The workflow that checks a pull request and comments on it."""
    return f"""\
name: migrations
on: pull_request
permissions: {{}}
jobs:
  migsafe:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write # for the comment
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          fetch-depth: 0 # what is new is found by comparing with the base
          persist-credentials: false
      - uses: {REPOSITORY.removeprefix("https://github.com/")}@{_TAG}
"""


def gitlab_job() -> str:
    """The job that checks a merge request, shows its findings in the diff and comments on it."""
    return f"""\
migsafe:
  image: python:3.13-slim
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0"
  before_script:
    - apt-get update -qq && apt-get install -qq git
    - pip install -q "migsafe-lint=={__version__}"
  script:
    - code=0
    - >-
      migsafe check --since "$CI_MERGE_REQUEST_DIFF_BASE_SHA" --output-format text
      --output-format gitlab:gl-code-quality-report.json --output-format json:report.json || code=$?
    - if [ "$code" -le 1 ] && [ -n "$GITLAB_TOKEN" ]; then migsafe comment report.json; fi
    - exit "$code"
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
"""
