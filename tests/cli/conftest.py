"""A project on disk and the command line in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migsafe.commands import execute


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def codes(self) -> list[str]:
        findings = self.report["findings"]
        assert isinstance(findings, list)
        return [finding["code"] for finding in findings]


Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the working directory; no settings from the surroundings."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MIGSAFE_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the project: `run("check", "-", stdin="DROP TABLE t")`."""

    def run_it(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = execute(arguments)
        return Result(code, out.getvalue(), err.getvalue())

    return run_it


@pytest.fixture
def migrations(project: Path) -> Callable[..., None]:
    """Write migrations in Flyway's naming: `migrations("CREATE TABLE t (a int);", "DROP TABLE t;")`."""

    def write(*texts: str, folder: str = "migrations") -> None:
        (project / folder).mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(texts, 1):
            (project / folder / f"V{number}__step.sql").write_text(text)

    return write
