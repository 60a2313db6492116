"""The workflows that `migsafe init` writes. Text only."""

from __future__ import annotations

from typing import Final

from migsafe.version import REPOSITORY, __version__

_CHECKOUT: Final = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_UPLOAD: Final = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0"
_DOWNLOAD: Final = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1"
_ACTION: Final = (
    f"{REPOSITORY.removeprefix('https://github.com/')}@v{__version__}"
    " # zizmor: ignore[unpinned-uses] the tag of a release; its commit is safer still"
)
_NAME: Final = "migrations"


def github_workflow() -> str:
    """The workflow that checks a pull request and comments on it."""
    return f"""\
name: {_NAME}
on: pull_request
permissions: {{}}
jobs:
  migsafe:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write # for the comment
    steps:
      - uses: {_CHECKOUT}
        with:
          fetch-depth: 0 # what is new is found by comparing with the base
          persist-credentials: false
      - uses: {_ACTION}
"""


def github_check_for_forks() -> str:
    """The first of two workflows: it may be run on anybody's pull request, has no right to write, and leaves its
    report for the second."""
    return f"""\
name: {_NAME}
on: pull_request
permissions: {{}}
jobs:
  migsafe:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: {_CHECKOUT}
        with:
          fetch-depth: 0 # what is new is found by comparing with the base
          persist-credentials: false
      - uses: {_ACTION}
        id: migsafe
        with:
          comment: never # the other workflow does
      - uses: {_UPLOAD}
        if: always() && steps.migsafe.outputs.report-json != ''
        with:
          name: migsafe-report
          path: ${{{{ steps.migsafe.outputs.report-json }}}}
"""


def github_comment_for_forks() -> str:
    """The second: it runs with the rights of the repository, on the default branch's files, and reads the report as
    text that a stranger may have written."""
    return f"""\
name: {_NAME} comment
on:
  workflow_run: # zizmor: ignore[dangerous-triggers] nothing of the pull request is checked out or run here
    workflows: [{_NAME}]
    types: [completed]
permissions: {{}}
jobs:
  comment:
    if: github.event.workflow_run.event == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      actions: read # the report of the other workflow
      pull-requests: write # the comment
    steps:
      - uses: {_DOWNLOAD}
        id: report
        with:
          name: migsafe-report
          path: ${{{{ runner.temp }}}}/migsafe-report
          run-id: ${{{{ github.event.workflow_run.id }}}}
          github-token: ${{{{ github.token }}}}
      - uses: {_ACTION}
        with:
          report: ${{{{ steps.report.outputs.download-path }}}}/report.json
"""


def gitlab_job(*, django: bool = False) -> str:
    """The job that checks a merge request, shows its findings in the diff and comments on it."""
    extra = "[django]" if django else ""
    return f"""\
migsafe:
  image: python:3.13-slim
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0"
  before_script:
    - apt-get update -qq && apt-get install -qq git
    - pip install -q "migsafe-lint{extra}=={__version__}"
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
