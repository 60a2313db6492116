"""The files that `migsafe init` writes: settings and the hook's entry. Text only; workflows are next door."""

from __future__ import annotations

from collections.abc import Sequence

from migsafe.model.record import KeywordRecord
from migsafe.outputs.summary import counted
from migsafe.version import REPOSITORY, __version__

_TAG = f"v{__version__}"


class Found(KeywordRecord):
    """A migration folder: its path, the tool that it belongs to, and the number of its migrations."""

    path: str
    tool: str
    migrations: int


def sentence(found: Found) -> str:
    """One line about a folder."""
    tool = "plain SQL" if found.tool == "plain" else found.tool
    return f"{found.path or '.'}: {counted(found.migrations, 'migration')} ({tool})"


def settings(folders: Sequence[Found]) -> str:
    """migsafe.toml: what is worth a decision, the rest commented out with its default."""
    lines = [
        "# Settings of migsafe; `migsafe check --show-settings` lists all of them with their origin.",
        '# target-version = "16"  # the oldest server that you run',
        _folders(folders),
        '# max-blocking = "1s"  # how long reads or writes of a table may be blocked …',
        "# growth = 3            # … when it has grown to so many times its size",
        '# stats = ["migsafe-stats.json"]  # what `migsafe snapshot` wrote: real table sizes',
        '# session-lock-timeout = "2s"  # when the role or the deploy tool sets one',
    ]
    return "\n".join(lines) + "\n"


def _folders(folders: Sequence[Found]) -> str:
    """What is named is taken whole. A Django project is the whole tree, tests and examples in it: it is left to be
    found."""
    if any(folder.tool == "django" for folder in folders):
        return '# migrations = ["."]  # Django\'s apps are found, without those of tests; "." takes these too'
    listed = ", ".join(f'"{folder.path or "."}"' for folder in folders)
    return f"migrations = [{listed}]" if folders else '# migrations = ["migrations"]'


def hook(*, django: bool) -> str:
    """The entry for .pre-commit-config.yaml."""
    identity = "migsafe-django" if django else "migsafe"
    return f"  - repo: {REPOSITORY}\n    rev: {_TAG}\n    hooks:\n      - id: {identity}\n"


def hooks_file(*, django: bool) -> str:
    return f"repos:\n{hook(django=django)}"
