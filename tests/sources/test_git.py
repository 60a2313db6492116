"""`--since REV`: which files changed, and what to do when git cannot say."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from migsafe.errors import SetupError
from migsafe.sources.git import Change, ChangedFile, changed_since, repository_root


def git(folder: Path, *arguments: str) -> None:
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
    identity |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
    subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True, env=os.environ | identity)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """main has 1.sql and 2.sql; the branch `work` starts there."""
    folder = tmp_path / "repository"
    (folder / "app/migrations").mkdir(parents=True)
    git(folder, "init", "--initial-branch=main")
    for name in ("1", "2"):
        (folder / f"app/migrations/{name}.sql").write_text(f"CREATE TABLE t{name} (id int, note text);\n" * 5)
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    git(folder, "switch", "-c", "work")
    return folder


def test_every_kind_of_change_is_found(repository: Path) -> None:
    migrations = repository / "app/migrations"
    git(repository, "mv", "app/migrations/1.sql", "app/migrations/1_renamed.sql")
    (migrations / "2.sql").write_text("SELECT 2;")
    (migrations / "3.sql").write_text("SELECT 3;")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "second")
    (migrations / "4 ü.sql").write_text("SELECT 4;")

    assert changed_since(repository / "app", "main") == (
        ChangedFile("migrations/1_renamed.sql", Change.RENAMED, "migrations/1.sql"),
        ChangedFile("migrations/2.sql", Change.MODIFIED),
        ChangedFile("migrations/3.sql", Change.ADDED),
        ChangedFile("migrations/4 ü.sql", Change.UNTRACKED),
    )


def test_what_others_merged_meanwhile_is_not_ours(repository: Path) -> None:
    git(repository, "switch", "main")
    (repository / "app/migrations/9.sql").write_text("SELECT 9;")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "theirs")
    git(repository, "switch", "work")

    assert changed_since(repository, "main") == ()


def test_an_unknown_revision_has_a_remedy(repository: Path) -> None:
    with pytest.raises(SetupError, match=r"no revision 'nowhere'; fetch it first"):
        changed_since(repository, "nowhere")


def test_a_revision_is_never_an_option(repository: Path) -> None:
    with pytest.raises(SetupError, match="no revision"):
        changed_since(repository, "--output=stolen")

    assert not (repository / "stolen").exists()


def test_a_shallow_clone_says_how_to_deepen_it(repository: Path, tmp_path: Path) -> None:
    git(repository, "switch", "main")
    (repository / "app/migrations/9.sql").write_text("SELECT 9;")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "theirs")
    git(repository, "switch", "work")
    (repository / "app/migrations/3.sql").write_text("SELECT 3;")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "ours")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--depth=1", "--no-single-branch", repository.as_uri(), str(clone))

    with pytest.raises(SetupError, match=r"too shallow.*fetch-depth: 0"):
        changed_since(clone, "origin/main")


def test_no_hook_or_monitor_of_the_repository_runs(repository: Path) -> None:
    marker = repository / "ran"
    monitor = repository / "monitor.sh"
    monitor.write_text(f"#!/bin/sh\ntouch {marker}\n")
    monitor.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(monitor))
    git(repository, "config", "diff.external", str(monitor))

    changed_since(repository, "main")

    assert not marker.exists()


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert repository_root(tmp_path) is None
    with pytest.raises(SetupError, match="no git repository"):
        changed_since(tmp_path, "main")
