"""Nothing of a project is imported or run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.django.projects import codes, project, read, report, second, shop

WRITES = "open({!r}, 'w').write('ran')"


def test_no_line_of_a_project_runs(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    write = WRITES.format(str(trace))
    top = f"{write}\n\ndef step(apps, schema_editor):\n    {write}\n"
    root = shop(tmp_path / "p", second("migrations.RunPython(step, step),", top=top))
    for name in ("shop/models.py", "shop/apps.py", "settings.py", "django.py", "psycopg.py", "shop/__init__.py"):
        (root / name).write_text(f"{write}\n")

    done = subprocess.run(
        [sys.executable, "-m", "migsafe", "check", "shop.0002"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "", "HOME": str(tmp_path), "COVERAGE_PROCESS_START": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert not trace.exists()
    assert done.returncode == 0, done.stderr
    assert "checked, 1 read as context" in done.stdout


@pytest.mark.parametrize(
    "default",
    [
        "models.Func('a', template='%(x)1000000000d')",
        "'{0.__class__}'.format(models)",
        "'a' * 10**10",
        "().__class__.__bases__[0].__subclasses__()",
        "getattr(models, '__loader__')",
        "models.sys.modules",
    ],
)
def test_hostile_defaults_are_not_evaluated(default: str, tmp_path: Path) -> None:
    text = second(f'migrations.AddField("order", "x", models.CharField(max_length=9, default={default})),')

    found = read(shop(tmp_path, text), "shop.0002")

    assert "'…'" in found.statements[0].sql or found.problems


def test_a_file_that_is_no_python_is_a_finding(tmp_path: Path) -> None:
    assert "MS001" in codes(report(project(tmp_path, {"0001_initial": "class Migration(\n"})))


def test_projects_of_sql_files_start_without_django(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "V1__a.sql").write_text("SELECT 1;\n")
    (tmp_path / "tool.py").write_text("print(1)\n")
    run = "import sys; from migsafe.__main__ import run\ntry: run()\nexcept SystemExit: pass\n"
    code = f"{run}assert 'django' not in sys.modules"

    done = subprocess.run(
        [sys.executable, "-c", code, "check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
