"""Nothing of a project is imported or run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.django.projects import codes, project, read, report, second, shop

WRITES = "open({!r}, 'w').write('ran')"
PACKAGE = str(Path(__file__).parents[3])
STOPPED = 70
# Every file of a project that Python, Django, a test runner or an installer would run on its own.
RUNNABLE = (
    *("manage.py", "settings.py", "conftest.py", "setup.py", "wsgi.py", "hook.pth", "alembic.py", "click.py"),
    *("shop/__init__.py", "shop/apps.py", "shop/models.py", "shop/fields.py", "shop/admin.py"),
    *("shop/migrations/__init__.py", "settings/__init__.py", "config/settings/base.py"),
    *("django/__init__.py", "django/conf/__init__.py", "django/db/__init__.py", "django.py"),
    *("psycopg/__init__.py", "psycopg.py", "sqlparse.py", "asgiref/__init__.py", "rich/__init__.py", "pglast.py"),
    *("json.py", "ast.py", "inspect.py", "decimal.py", "subprocess.py", "importlib/metadata.py"),
)
AT_START = ("sitecustomize.py", "usercustomize.py")  # which Python itself takes from PYTHONPATH
GUARD = f"""
import os, sys
root = os.path.realpath(sys.argv.pop(1))
def inside(name):
    if not isinstance(name, str) or name.startswith("<"):  # text that a library of Python's made, as for namedtuples
        return False
    return os.path.realpath(name).startswith(root + os.sep)
def guard(event, given):
    if event == "exec":
        bad = inside(given[0].co_filename)
    elif event == "import":
        bad = inside(given[1])
    elif event == "open":
        bad = inside(given[0]) and bool(given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    else:
        bad = event in ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn", "socket.connect")
    if bad:
        os.write(2, f"{{event}}: {{str(given)[:300]}}".encode())
        os._exit({STOPPED})
sys.addaudithook(guard)
sys.path[:0] = ["", {PACKAGE!r}]
"""
CHECK = "from migsafe.__main__ import run; run()"


def poisoned(root: Path, trace: Path, names: tuple[str, ...]) -> Path:
    """A project each of whose files would leave a trace."""
    write = WRITES.format(str(trace))
    step = f"def step(apps, schema_editor):\n    {write}\n"
    top = f"import shop.models\nfrom shop.fields import Code\nfrom shop import models as ours\n{write}\n\n{step}"
    operations = ("migrations.RunPython(step, step),", 'migrations.AddField("order", "x", Code(null=True)),')
    shop(root, second(*operations, top=top))
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"import os; {write}\n")
    return root


def python(root: Path, code: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python in the root, with the guard, which ends the process when a file there is run or written."""
    return subprocess.run(
        [sys.executable, "-c", f"{GUARD}\n{code}", str(root), *words],
        cwd=root,
        env={"PATH": "", "HOME": str(root.parent), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("environment", ["", "PYTHONPATH", "DJANGO_SETTINGS_MODULE"])
def test_no_line_of_a_project_runs(environment: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    root = poisoned(tmp_path / "p", trace, RUNNABLE if environment == "PYTHONPATH" else (*RUNNABLE, *AT_START))
    given = {"": {}, "PYTHONPATH": {"PYTHONPATH": str(root)}, "DJANGO_SETTINGS_MODULE": {environment: "settings"}}

    done = python(root, CHECK, "check", "shop.0002", "--no-cache", **given[environment])

    assert not trace.exists()
    assert done.returncode in (0, 1), done.stderr
    assert "1 read as context" in done.stdout


def test_the_module_on_the_command_line_runs_nothing_either(tmp_path: Path) -> None:
    """`python -m` puts the working directory first on the path."""
    trace = tmp_path / "trace"
    root = poisoned(tmp_path / "p", trace, (*RUNNABLE, *AT_START))

    done = subprocess.run(
        [sys.executable, "-m", "migsafe", "check", "shop.0002", "--no-cache"],
        cwd=root,
        env={"PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert not trace.exists()
    assert "1 read as context" in done.stdout, done.stderr


def test_a_folder_of_the_project_is_trusted_no_more_than_its_root(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    root = poisoned(tmp_path / "p", trace, (*RUNNABLE, *AT_START))
    (root / ".git").mkdir()
    poisoned(root / "backend", trace, RUNNABLE)

    done = python(root / "backend", CHECK, "check", "shop.0002", "--no-cache", PYTHONPATH=str(root / "shop"))

    assert not trace.exists()
    assert "1 read as context" in done.stdout, done.stderr


@pytest.mark.parametrize("code", ["import shop.models", "exec(compile('1', 'shop/x.py', 'exec'))", "open('x', 'w')"])
def test_the_guard_stops_what_it_is_for(code: str, tmp_path: Path) -> None:
    root = poisoned(tmp_path / "p", tmp_path / "trace", ("shop/models.py",))

    assert python(root, code).returncode == STOPPED


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
