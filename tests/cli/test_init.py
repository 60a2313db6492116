"""`migsafe init`: what it finds, what it writes, and that it never changes what is there."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run

TABLE = "CREATE TABLE users (id bigint PRIMARY KEY);"


@pytest.fixture
def shop(migrations: Callable[..., None], project: Path) -> Path:
    """A project with two migrations."""
    migrations(TABLE, TABLE.replace("users", "orders"))
    return project


def test_it_says_what_it_found_and_writes_three_files(run: Run, shop: Path) -> None:
    ran = run("init")
    assert ran.code == 0
    assert "found    migrations: 2 migrations (" in ran.out
    assert tomllib.loads((shop / "migsafe.toml").read_text()) == {"migrations": ["migrations"]}
    hooks = yaml.safe_load((shop / ".pre-commit-config.yaml").read_text())
    assert [hook["id"] for hook in hooks["repos"][0]["hooks"]] == ["migsafe"]
    workflow = yaml.safe_load((shop / ".github/workflows/migsafe.yml").read_text())
    assert list(workflow["jobs"]) == ["migsafe"]


def test_of_a_django_project_only_what_belongs_to_it_is_judged_afterwards(run: Run, project: Path) -> None:
    """Its folder is the whole tree: naming it in the settings would name the migrations of its tests too."""
    text = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = []\n"
    (project / "manage.py").write_text("raise SystemExit\n")
    for folder in ("shop/migrations", "tests/bikes/migrations"):
        (project / folder).mkdir(parents=True)
        (project / folder / "0001_initial.py").write_text(text)
    ran = run("init")
    assert "found    .: 1 migration (django)" in ran.out
    assert "migrations" not in tomllib.loads((project / "migsafe.toml").read_text())
    assert "id: migsafe-django" in (project / ".pre-commit-config.yaml").read_text()
    listed = run("check", "--show-files").out
    assert "shop/migrations/0001_initial.py" in listed
    assert "bikes" not in listed


def test_the_settings_that_it_writes_are_accepted(run: Run, shop: Path) -> None:
    run("init")
    assert run("check", "--show-settings").code == 0
    uncommented = (shop / "migsafe.toml").read_text().replace("# target-version", "target-version")
    (shop / "migsafe.toml").write_text(
        uncommented.replace("# max-blocking", "max-blocking").replace("# growth", "growth")
    )
    assert run("check", "--show-settings").code == 0


def test_what_exists_is_kept_and_the_missing_part_is_printed(run: Run, shop: Path) -> None:
    (shop / ".pre-commit-config.yaml").write_text("repos: []\n")
    (shop / "migsafe.toml").write_text('target-version = "16"\n')
    ran = run("init")
    assert (shop / ".pre-commit-config.yaml").read_text() == "repos: []\n"
    assert (shop / "migsafe.toml").read_text() == 'target-version = "16"\n'
    assert "kept     .pre-commit-config.yaml; add to it:\n  - repo: " in ran.out


def test_a_second_run_changes_nothing(run: Run, shop: Path) -> None:
    run("init")
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    assert "wrote" not in run("init").out
    assert {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()} == before


def test_a_dry_run_writes_nothing(run: Run, shop: Path) -> None:
    assert "would write migsafe.toml" in run("init", "--dry-run").out
    assert not (shop / "migsafe.toml").exists()


def test_gitlab_gets_its_job_to_paste(run: Run, shop: Path) -> None:
    (shop / ".gitlab-ci.yml").write_text("stages: [test]\n")
    ran = run("init")
    job = yaml.safe_load(ran.out.partition("kept     .gitlab-ci.yml; add to it:\n")[2].partition("next ")[0])
    assert list(job) == ["migsafe"]
    assert not (shop / ".github").exists()


def test_for_forks_there_are_two_workflows(run: Run, shop: Path) -> None:
    run("init", "--forks")
    check, comment = (yaml.safe_load((shop / f".github/workflows/{name}.yml").read_text()) for name in WORKFLOWS)
    assert check["jobs"]["migsafe"]["permissions"] == {"contents": "read"}
    assert comment[True]["workflow_run"]["workflows"] == [check["name"]]
    assert not [step for step in comment["jobs"]["comment"]["steps"] if "checkout" in step["uses"]]


WORKFLOWS = ("migsafe", "migsafe-comment")


@pytest.mark.parametrize("flags", [(), ("--forks",)])
def test_the_workflows_pass_zizmor(run: Run, shop: Path, flags: tuple[str, ...]) -> None:
    run("init", *flags)
    zizmor = Path(sys.executable).parent / "zizmor"
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", shop / ".github"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout
