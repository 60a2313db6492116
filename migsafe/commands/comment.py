"""`migsafe comment`: the report as a comment on a pull request or merge request."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from migsafe.config import environment
from migsafe.errors import SetupError
from migsafe.forges import github, gitlab
from migsafe.forges.http import RefusedError, UnreachableError
from migsafe.forges.sticky import Forge, Posted, is_key, post
from migsafe.outputs.markdown import of_report
from migsafe.outputs.report_file import ShownReport, UnreadableReportError, read

_LARGEST_REPORT = 50_000_000
_TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}


@click.command(epilog="Example: migsafe comment report.json")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="REPORT.json")
@click.option("--forge", type=click.Choice(["github", "gitlab"]), help="Where; default: what the CI says it is.")
@click.option("--token-env", metavar="NAME", help="Variable that holds the token; GITHUB_TOKEN or GITLAB_TOKEN.")
@click.option("--key", default="default", show_default=True, help="Tells several comments on one pull request apart.")
@click.option("--always", is_flag=True, help="Begin a comment even when there is nothing to say.")
@click.option("--dry-run", is_flag=True, help="Print the comment and post nothing.")
def command(report: Path, *, forge: str | None, token_env: str | None, key: str, always: bool, dry_run: bool) -> None:
    """Post the JSON report of `migsafe check` as one comment that is kept up to date.

    It is found by a hidden marker and by its author. When all is well, no comment is begun, and one that exists turns
    green. Where the token may not comment, the report goes to the job's summary and the exit code is 0: what the
    verdict is, `migsafe check` has said.
    """
    shown = _read(report)
    text = of_report(shown)
    if dry_run:
        click.echo(text, nl=False)
        return
    if not is_key(key):
        raise SetupError("the key has other characters than letters, digits, '.', '_', '-'", "choose a plain word")
    surroundings = environment()
    try:
        target = _connect(forge or _surrounding(surroundings), surroundings, token_env)
        _say(post(target, text, key, needed=always or bool(shown.findings)))
    except (RefusedError, UnreachableError) as error:
        _degrade(text, str(error), surroundings)


def _read(path: Path) -> ShownReport:
    try:
        if path.stat().st_size > _LARGEST_REPORT:
            raise SetupError(f"{path} is larger than any report", "give the file that --output-format json:FILE wrote")
        return read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"cannot read {path}", "check its name and its rights") from error
    except UnreadableReportError as error:
        raise SetupError(
            f"{path} is no report of migsafe: {error}", "write it with --output-format json:FILE"
        ) from error


def _surrounding(variables: Mapping[str, str]) -> str:
    if variables.get("GITLAB_CI"):
        return "gitlab"
    if variables.get("GITHUB_REPOSITORY"):
        return "github"
    raise SetupError("this is neither GitHub's nor GitLab's CI", "say --forge, or use --dry-run to see the comment")


def _connect(forge: str, variables: Mapping[str, str], token_env: str | None) -> Forge:
    name = token_env or _TOKENS[forge]
    token = variables.get(name, "")
    if not token:
        raise SetupError(f"the variable {name} holds no token", "pass one through the environment of the step")
    return github.connect(variables, token) if forge == "github" else gitlab.connect(variables, token)


def _say(posted: Posted) -> None:
    where = f": {posted.url}" if posted.url else ""
    click.echo(f"comment {posted.outcome}{where}", err=True)
    output = os.environ.get("GITHUB_OUTPUT")
    if output and posted.url and "\n" not in posted.url:
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(f"comment-url={posted.url}\n")


def _degrade(text: str, why: str, variables: Mapping[str, str]) -> None:
    """The summary of the job instead; the log when there is none."""
    summary = variables.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    else:
        click.echo(text, nl=False)
    click.echo(f"migsafe: no comment was posted ({why}); the report is in the job's {_place(summary)}.", err=True)


def _place(summary: str | None) -> str:
    return "summary" if summary else "log"
