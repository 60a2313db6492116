"""Nothing of the project runs: each of these files would leave a trace if it did."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

from tests.sources.alembic.projects import project, revision, sent

TRACE = "open({path!r}, 'w').write('ran')\n"


def test_no_file_of_the_project_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    line = TRACE.format(path=str(trace))
    text = line + revision("a", body=f"{line}op.drop_table('t')")
    root = project(tmp_path / "p", {"a": text}, env=line)
    for name in ("alembic", "sqlalchemy", "json"):
        (root / name).mkdir()
        (root / name / "__init__.py").write_text(line)

    assert "DROP TABLE t" in sent(root)
    assert not trace.exists()


def test_the_command_line_trusts_neither_the_folder_nor_pythonpath(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    root = project(tmp_path / "p", {"a": revision("a", body="op.drop_table('t')")})
    (root / "alembic").mkdir()
    (root / "alembic" / "__init__.py").write_text(TRACE.format(path=str(trace)))
    (root / "sitecustomize.py").write_text("")
    command = [sys.executable, "-m", "migsafe", "check", "--no-cache", "--output-format", "json"]
    package = str(Path(__file__).parents[3])

    # The package under test is found through its own folder; the project's is named as well and must not count.
    start = "sys.path.insert(0, ''); from migsafe.__main__ import run; run()"
    code = f"import sys; sys.path[:0] = [{package!r}]; sys.argv = {command[2:]!r}; {start}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": "."}, capture_output=True, check=False
    )

    assert b"drop-table" in done.stdout, done.stderr
    assert not trace.exists()


def test_plug_ins_of_the_environment_are_not_loaded() -> None:
    from migsafe.sources.alembic.libraries import no_plugins

    with no_plugins():
        assert not importlib.metadata.entry_points(group="alembic.plugins")
    assert importlib.metadata.entry_points(group="console_scripts")
