"""The hooks under the real pre-commit: a bad migration blocks the commit, a good one passes, nothing else is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PRE_COMMIT = Path(sys.executable).parent / "pre-commit"


def git(
    folder: Path, *arguments: str, home: Path | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    environment = {**os.environ, "PATH": f"{PRE_COMMIT.parent}{os.pathsep}{os.environ['PATH']}"}
    environment = {name: value for name, value in environment.items() if not name.startswith(("GIT_", "MIGSAFE_"))}
    if home is not None:
        environment["PRE_COMMIT_HOME"] = str(home)
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=check
    )


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository that holds this working tree as a commit, and the commit: what a user's `rev` names."""
    copy = tmp_path_factory.mktemp("hooks")
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "migsafe", "*.md", "*.toml",
                 "LICENSE", ".pre-commit-hooks.yaml").stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, copy / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    git(copy, "init", "-q")
    git(copy, "add", "-A")
    git(copy, "commit", "-qm", "hooks")
    return copy, git(copy, "rev-parse", "HEAD").stdout.strip()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments that it builds: once for all tests."""
    return tmp_path_factory.mktemp("pre-commit")


def project(folder: Path, hooks: tuple[Path, str], home: Path, hook: str, files: dict[str, str]) -> Path:
    """A repository with a history of one migration and the hook installed."""
    git(folder, "init", "-q", "-b", "main")
    write(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "history")
    repository, revision = hooks
    entry = {"repo": f"file://{repository}", "rev": revision, "hooks": [{"id": hook, "verbose": True}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [entry]}))
    subprocess.run(
        [PRE_COMMIT, "install"], cwd=folder, env={**os.environ, "PRE_COMMIT_HOME": str(home)}, check=True,
        capture_output=True,
    )  # fmt: skip
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def committed(folder: Path, home: Path, files: dict[str, str]) -> tuple[bool, str]:
    """Whether git took the commit, and what was printed."""
    write(folder, files)
    git(folder, "add", "-A")
    done = git(folder, "commit", "-m", "change", home=home, check=False)
    return done.returncode == 0, done.stdout + done.stderr


RAW = {"migrations/V1__shop.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n"}
RAW_BAD = {"migrations/V2__index.sql": "SET lock_timeout = '2s';\nCREATE INDEX orders_note_idx ON orders (note);\n"}
RAW_GOOD = {"migrations/V2__column.sql": "SET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN more text;\n"}


def test_raw_sql(tmp_path: Path, hooks: tuple[Path, str], home: Path) -> None:
    folder = project(tmp_path, hooks, home, "migsafe", RAW)
    taken, printed = committed(folder, home, RAW_BAD)
    assert not taken
    assert "MS101 blocking-index-build" in printed
    (folder / "migrations/V2__index.sql").unlink()
    taken, printed = committed(folder, home, RAW_GOOD)
    assert taken, printed


def example(name: str) -> dict[str, str]:
    """The files of a project that the documentation begins with."""
    folder = ROOT / "fixtures/start" / name
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def split(files: dict[str, str], last: str) -> tuple[dict[str, str], dict[str, str]]:
    """What was there before, and the migration that is committed now."""
    assert last in files
    return {name: text for name, text in files.items() if name != last}, {last: files[last]}


ALEMBIC, ALEMBIC_BAD = split(example("alembic"), "migrations/versions/8e2d5b60c3f4_orders_by_customer.py")
ALEMBIC_GOOD = """\
from alembic import op

revision = "8e2d5b60c3f4"
down_revision = "4f1c2a9b7d10"


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '2s'")
        op.create_index("orders_customer_id_idx", "orders", ["customer_id"], postgresql_concurrently=True)
"""
DJANGO, DJANGO_BAD = split(example("django"), "shop/migrations/0002_orders_by_customer.py")
DJANGO_GOOD = """\
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0001_initial")]
    operations = [
        AddIndexConcurrently("order", models.Index(fields=["customer"], name="order_customer_idx")),
    ]
"""


def test_alembic(tmp_path: Path, hooks: tuple[Path, str], home: Path) -> None:
    folder = project(tmp_path, hooks, home, "migsafe", ALEMBIC)
    taken, printed = committed(folder, home, ALEMBIC_BAD)
    assert not taken
    assert "MS101 blocking-index-build" in printed
    assert "postgresql_concurrently=True" in printed
    taken, printed = committed(folder, home, dict.fromkeys(ALEMBIC_BAD, ALEMBIC_GOOD))
    assert taken, printed
    assert " checked" in printed
    assert "not analysed" not in printed


def test_django(tmp_path: Path, hooks: tuple[Path, str], home: Path) -> None:
    """In an environment with Django and nothing of the project, whose settings do not even exist."""
    folder = project(tmp_path, hooks, home, "migsafe-django", DJANGO)
    taken, printed = committed(folder, home, DJANGO_BAD)
    assert not taken
    assert "MS101 blocking-index-build" in printed
    assert "AddIndexConcurrently(" in printed
    taken, printed = committed(folder, home, dict.fromkeys(DJANGO_BAD, DJANGO_GOOD))
    assert taken, printed
    assert " checked" in printed
    assert "not analysed" not in printed


def test_helpers_of_alembic_do_not_stop_a_commit(tmp_path: Path, hooks: tuple[Path, str], home: Path) -> None:
    folder = project(tmp_path, hooks, home, "migsafe", ALEMBIC)
    taken, printed = committed(folder, home, {"migrations/env.py": ALEMBIC["migrations/env.py"] + "\n"})
    assert taken, printed


def test_files_that_are_no_migrations_do_not_stop_a_commit(tmp_path: Path, hooks: tuple[Path, str], home: Path) -> None:
    folder = project(tmp_path, hooks, home, "migsafe", RAW)
    taken, printed = committed(folder, home, {"db/helper.py": "print('no migration')\n", "README": "text\n"})
    assert taken, printed
