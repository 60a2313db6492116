"""Checking a repository never runs anything that lies in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BAIT = ("alembic/__init__.py", "sqlalchemy/__init__.py", "django/__init__.py", "click.py", "json.py", "rich.py")

WAYS = {
    "console script": [str(Path(sys.executable).with_name("migsafe"))],
    "python -m": [sys.executable, "-m", "migsafe"],
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose root holds modules of well-known names; each leaves a file behind when it is imported."""
    (tmp_path / ".git").mkdir()
    for name in BAIT:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        marker = tmp_path / f"imported-{name.replace('/', '-')}"
        path.write_text(f"open({str(marker)!r}, 'w').close()\n")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "V1__init.sql").write_text("CREATE TABLE t (a int);\n")
    return tmp_path


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("python_path", [None, ".", os.pathsep.join([".", "migrations"])])
def test_nothing_of_the_repository_is_imported(repository: Path, way: str, python_path: str | None) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if python_path is not None:
        environment["PYTHONPATH"] = python_path
    result = subprocess.run(
        [*WAYS[way], "check"], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout
    assert [p.name for p in repository.glob("imported-*")] == []


def test_the_bait_works(repository: Path) -> None:
    subprocess.run([sys.executable, "-c", "import click"], cwd=repository, check=True)
    assert [p.name for p in repository.glob("imported-*")] == ["imported-click.py"]


def test_another_projects_package_of_the_same_name_is_noticed(tmp_path: Path) -> None:
    package = tmp_path / "migsafe"
    package.mkdir()
    (package / "__init__.py").write_text("")
    ours = Path(__file__).parent.parent.parent / "migsafe"
    for name in ("__main__.py", "trust.py"):
        (package / name).write_text((ours / name).read_text())
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from migsafe.__main__ import run; run()"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "belongs to another project" in result.stderr
    assert "migsafe-lint" in result.stderr
