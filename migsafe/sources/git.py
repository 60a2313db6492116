"""What changed since a revision, asked of the git executable without letting the repository run anything.

Hooks, monitors, external diff programs and prompts are switched off, and no lock is taken, so that a check beside a
working editor disturbs nobody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from migsafe.errors import SetupError
from migsafe.model.record import Record

_SECONDS: Final = 120
_SAFE: Final = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
_NOT_PASSED_ON: Final = frozenset({"GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_PAGER", "GIT_TRACE"})


class Change(StrEnum):
    ADDED = "added"
    MODIFIED = "modified"
    RENAMED = "renamed"
    DELETED = "deleted"
    UNTRACKED = "untracked"


class ChangedFile(Record):
    """A file that differs from the base. `path` is relative to the project; `previous` is the name before a rename."""

    path: str
    change: Change
    previous: str | None = None


def repository_root(start: Path) -> Path | None:
    """The top of the working tree around a folder; None outside of a repository and without git."""
    try:
        shown = _git(start, "rev-parse", "--show-toplevel")
    except SetupError:
        return None
    return Path(os.fsdecode(shown.rstrip(b"\n")))


class Changes:
    """What is different from a commit, which was the last that the work has in common with a revision."""

    def __init__(self, top: Path, base: str, prefix: str, files: tuple[ChangedFile, ...]) -> None:
        self._top = top
        self._base = base
        self._prefix = prefix  # of the project in the repository
        self.files = files

    def before(self, path: str) -> str | None:
        """The text that a file had, None when there was none or it cannot be had without the network."""
        blob = f"{self._base}:{self._prefix}{path}"
        result = _run(self._top, "cat-file", "blob", blob, GIT_NO_LAZY_FETCH="1")
        return result.stdout.decode("utf-8", "surrogateescape") if result.returncode == 0 else None


def changed_since(root: Path, revision: str) -> tuple[ChangedFile, ...]:
    """The files below `root` that differ from where the work left `revision`, sorted by path.

    Raises SetupError as `changes_since` does.
    """
    return changes_since(root, revision).files


def changes_since(root: Path, revision: str) -> Changes:
    """What differs below `root` from where the work left `revision`, the files sorted by path.

    Compared is the working tree, with what is not committed and not tracked, to the merge base of the revision and
    HEAD. Raises SetupError when git is missing, `root` is in no repository, the revision is unknown, or the clone is
    too shallow to hold the merge base.
    """
    top = repository_root(root)
    if top is None:
        raise SetupError(f"{root} is in no git repository that can be read", "name the files instead of --since")
    base = _merge_base(top, revision)
    tracked = _git(top, "diff", "--name-status", "-z", "-M", "--no-ext-diff", "--no-textconv", base, "--")
    untracked = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    found = [*_tracked(tracked), *(ChangedFile(p, Change.UNTRACKED) for p in _parts(untracked))]
    inside = os.path.relpath(os.path.realpath(root), os.path.realpath(top)).replace(os.sep, "/")
    prefix = "" if inside == "." else f"{inside}/"
    return Changes(top, base, prefix, tuple(sorted(_below(found, prefix), key=lambda file: file.path)))


def _merge_base(top: Path, revision: str) -> str:
    commit = _commit(top, revision)
    result = _run(top, "merge-base", commit, "HEAD")
    if result.returncode == 0:
        return os.fsdecode(result.stdout.strip())
    if _is_shallow(top):
        raise SetupError(
            f"the clone is too shallow to hold the merge base with '{revision}'",
            "fetch the whole history (git fetch --unshallow; fetch-depth: 0 in GitHub Actions)",
        )
    raise SetupError(f"HEAD and '{revision}' have no common ancestor", "name a revision of the same history")


def _commit(top: Path, revision: str) -> str:
    result = _run(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if result.returncode == 0:
        return os.fsdecode(result.stdout.strip())
    remedy = (
        "fetch it first (git fetch origin; fetch-depth: 0 in GitHub Actions)"
        if _is_shallow(top)
        else ("fetch it first or name a branch, a tag or a commit that exists here")
    )
    raise SetupError(f"git knows no revision '{revision}'", remedy)


def _is_shallow(top: Path) -> bool:
    return _run(top, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def _tracked(output: bytes) -> Iterator[ChangedFile]:
    """The records of `git diff --name-status -z`: a status and one path, or two for a rename or a copy."""
    parts = iter(_parts(output))
    for status in parts:
        if status[0] == "R":
            previous = next(parts)
            yield ChangedFile(next(parts), Change.RENAMED, previous)
        elif status[0] == "C":
            next(parts)
            yield ChangedFile(next(parts), Change.ADDED)
        else:
            yield ChangedFile(next(parts), _STATUS.get(status[0], Change.MODIFIED))


_STATUS: Final[Mapping[str, Change]] = {"A": Change.ADDED, "D": Change.DELETED}


def _parts(output: bytes) -> list[str]:
    return [os.fsdecode(part) for part in output.split(b"\0") if part]


def _below(files: list[ChangedFile], prefix: str) -> Iterator[ChangedFile]:
    """Paths relative to the project. A file renamed into it from elsewhere is new there."""
    for file in files:
        if not file.path.startswith(prefix):
            continue
        path = file.path.removeprefix(prefix)
        if file.previous is None:
            yield ChangedFile(path, file.change)
        elif file.previous.startswith(prefix):
            yield ChangedFile(path, file.change, file.previous.removeprefix(prefix))
        else:
            yield ChangedFile(path, Change.ADDED)


def _git(folder: Path, *arguments: str) -> bytes:
    result = _run(folder, *arguments)
    if result.returncode == 0:
        return result.stdout
    said = result.stderr.decode("utf-8", "replace").strip().splitlines()
    unsafe = any("dubious ownership" in line for line in said)
    remedy = "git config --global --add safe.directory <path>" if unsafe else "check it with git status"
    raise SetupError(f"git {arguments[0]} failed: {said[-1] if said else 'no message'}", remedy)


def _run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None or not Path(git).is_absolute():
        raise SetupError("git is not installed", "install it, or name the files instead of --since")
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_PASSED_ON}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"} | variables
    # S603: no shell, and git by its absolute path
    command = (git, *_SAFE, "-C", os.fspath(folder), *arguments)
    try:
        return subprocess.run(command, capture_output=True, env=environment, timeout=_SECONDS, check=False)  # noqa: S603  # git, no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"git {arguments[0]} did not answer: {error}", "name the files instead of --since") from error
