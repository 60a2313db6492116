"""`migsafe init`: what is found in a repository, and the files to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from migsafe.config import FILE_NAMES, Settings, environment, load
from migsafe.errors import SetupError
from migsafe.outputs import starter, starter_workflows
from migsafe.sources.collect import Request, folders


@click.command(epilog="Example: migsafe init")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--forks", is_flag=True, help="Two workflows for GitHub, so that pull requests from forks get a comment.")
def command(*, dry_run: bool, forks: bool) -> None:
    """Look at the repository, write settings, the pre-commit entry and the workflow, and say what was found.

    A file that exists is never changed: what belongs into it is printed instead.
    """
    root = Path.cwd()
    found = _found(root)
    for folder in found:
        click.echo(f"found    {starter.sentence(folder)}")
    if not found:
        click.echo("found    no migrations; name their folder in migsafe.toml")
    django = any(folder.tool == "django" for folder in found)
    for path, text, part in (*_files(root, found, django=django), *_workflows(root, forks=forks, django=django)):
        _offer(root / path, path, text, part, dry_run=dry_run)
    click.echo("next     migsafe check; then pre-commit install, and commit the files")


def _found(root: Path) -> tuple[starter.Found, ...]:
    return tuple(
        starter.Found(path=folder.path, tool=folder.convention, migrations=len(folder.files))
        for folder in folders(Request(root=root), Settings())
    )


def _files(root: Path, found: tuple[starter.Found, ...], *, django: bool) -> Iterator[tuple[str, str, str]]:
    """Path, whole text, and the part that a file which exists already needs."""
    if not _is_configured(root):
        yield "migsafe.toml", starter.settings(found), ""
    yield ".pre-commit-config.yaml", starter.hooks_file(django=django), starter.hook(django=django)


def _workflows(root: Path, *, forks: bool, django: bool) -> Iterator[tuple[str, str, str]]:
    """For GitHub, unless there is a pipeline of GitLab's."""
    folder = ".github/workflows"
    if forks:
        yield f"{folder}/migsafe.yml", starter_workflows.github_check_for_forks(), ""
        yield f"{folder}/migsafe-comment.yml", starter_workflows.github_comment_for_forks(), ""
    elif (root / ".gitlab-ci.yml").exists():
        job = starter_workflows.gitlab_job(django=django)
        yield ".gitlab-ci.yml", job, job
    else:
        yield f"{folder}/migsafe.yml", starter_workflows.github_workflow(), ""


def _is_configured(root: Path) -> bool:
    try:
        return load({}, start=root, environment=environment()).file is not None
    except SetupError:
        return any((root / name).exists() for name in FILE_NAMES)


def _offer(path: Path, shown: str, text: str, part: str, *, dry_run: bool) -> None:
    if path.exists():
        mentioned = "migsafe" in path.read_text(encoding="utf-8", errors="replace")
        click.echo(f"kept     {shown}" + ("" if mentioned or not part else "; add to it:"))
        if part and not mentioned:
            click.echo(part, nl=False)
        return
    click.echo(f"{'would write' if dry_run else 'wrote   '} {shown}")
    if dry_run:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write {shown}: {error.strerror}", "check the rights of the folder") from error
