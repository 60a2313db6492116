"""`--render` asks the project's own `manage.py sqlmigrate`, and what it prints comes to its operations."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from migsafe.config import Settings
from migsafe.errors import SetupError
from migsafe.model.migration import Certainty, Migration
from migsafe.sources.collect import Collected, Request, collect
from migsafe.sources.django.sqlmigrate import render
from migsafe.sources.django.sqlmigrate.printed import sections_of
from migsafe.sources.django.sqlmigrate.render_driver import END
from tests.sources.django.projects import CASCADE, ORDER, migration, project, second
from tools.observe.servers import Server

MANAGE = """
import os, sys
print("what a project prints is no answer")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """
DATABASES = {{"default": {{"ENGINE": "django.db.backends.{engine}", {options}}}}}
INSTALLED_APPS = ["shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
STEP = "def step(apps, schema_editor):\n    apps.get_model('shop', 'Order').objects.update(done=True)\n"


def settings_of(server: Server | None, engine: str = "postgresql") -> str:
    found = conninfo_to_dict(server.conninfo()) if server is not None else {"host": "/nowhere", "dbname": "x"}
    names = {"host": "HOST", "port": "PORT", "user": "USER", "dbname": "NAME"}
    options = ", ".join(f"{names[key]!r}: {str(value)!r}" for key, value in found.items())
    return SETTINGS.format(engine=engine, options=options)


@pytest.fixture
def root(tmp_path: Path, postgres: Server) -> Path:
    """A project that runs, with one app and its first migration."""
    return runnable(tmp_path / "p", settings_of(postgres))


def runnable(root: Path, settings: str) -> Path:
    project(root, {"0001_initial": migration(ORDER)})
    (root / "manage.py").write_text(MANAGE)
    (root / "settings.py").write_text(settings)
    return root


def add(root: Path, text: str) -> Path:
    (root / "shop/migrations/0002_next.py").write_text(text)
    return root


def rendered(root: Path, *paths: str, interpreter: str = sys.executable) -> Collected:
    return collect(Request(root=root, paths=paths or ("shop.0002",), render=interpreter), Settings())


def both(found: Collected) -> Iterator[Migration]:
    yield from sorted(found.focus, key=lambda m: m.direction, reverse=True)


def shown(migration: Migration, root: Path) -> list[tuple[str, str]]:
    """Each statement with the beginning of the code that it stands at."""
    text = (root / migration.path).read_text()
    return [(s.sql, text[s.span.start : s.span.end].split("(")[0]) for s in migration.statements]


def test_what_the_project_decides_is_known_at_its_operation(root: Path) -> None:
    (root / "shop" / "tools.py").write_text(
        "import random\nsql = random.choice(['CREATE INDEX i ON shop_order (done)'])\n"
    )
    text = second(
        'migrations.AddField("order", "code", models.TextField(null=True)),',
        "migrations.RunSQL(sql, migrations.RunSQL.noop),",
        'migrations.RemoveField("order", "note"),',
        top="from shop.tools import sql\n",
    )
    before = collect(Request(root=add(root, text), paths=("shop.0002",)), Settings())
    assert any(s.certainty is Certainty.OPAQUE for m in before.focus for s in m.statements) or before.focus[0].problems

    found = rendered(root)

    up, down = both(found)
    assert shown(up, root) == [
        ('ALTER TABLE "shop_order" ADD COLUMN "code" text NULL', "migrations.AddField"),
        ("CREATE INDEX i ON shop_order (done)", "migrations.RunSQL"),
        (f'ALTER TABLE "shop_order" DROP COLUMN "note"{CASCADE}', "migrations.RemoveField"),
    ]
    assert [sql.split()[3:5] for sql, _ in shown(down, root)][-1] == ["DROP", "COLUMN"]
    assert not up.problems
    assert any("own Django" in note and "its code was run" in note for note in found.notes), found.notes


def test_python_is_still_read_and_stands_where_it_runs(root: Path) -> None:
    text = second(
        'migrations.AddField("order", "code", models.TextField(null=True)),',
        "migrations.RunPython(step, migrations.RunPython.noop),",
        'migrations.RemoveField("order", "note"),',
        top=STEP,
    )

    up, _ = both(rendered(add(root, text)))

    assert [s.sql.split()[0] for s in up.statements] == ["ALTER", "UPDATE", "ALTER"]


def test_deferred_statements_come_to_the_operation_that_asks_for_them(root: Path) -> None:
    text = second(
        'migrations.AddField("order", "code", models.CharField(max_length=9, db_index=True, null=True)),',
        'migrations.RemoveField("order", "note"),',
    )

    up, _ = both(rendered(add(root, text)))

    assert [at for sql, at in shown(up, root) if sql.startswith("CREATE INDEX")] == ["migrations.AddField"] * 2
    assert up.statements[-1].sql.startswith("CREATE INDEX")


def test_a_migration_that_is_not_atomic_is_so(root: Path) -> None:
    text = second('migrations.RemoveField("order", "note"),', more="atomic = bool(0 * len(__name__))")

    up, _ = both(rendered(add(root, text)))

    assert up.scope == "none"


def test_a_condition_that_does_not_hold_there_may_hold_elsewhere(root: Path) -> None:
    text = second('migrations.RemoveField("order", "note"),').replace(
        "operations = [", "operations = []\n    if random.random() > 2:\n        operations += ["
    )
    text = f"import random\n{text}    operations += [migrations.RemoveField('order', 'done')]\n"

    up, _ = both(rendered(add(root, text)))

    assert [(s.sql.split('"')[3], s.certainty) for s in up.statements] == [
        ("note", Certainty.GUARDED),
        ("done", Certainty.EXACT),
    ]


def test_an_app_that_is_not_installed_is_judged_by_its_text_and_that_is_said(root: Path) -> None:
    folder = root / "stock" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").write_text(migration(ORDER))

    found = rendered(root, "shop", "stock")

    assert any("stock/migrations/0001_initial.py: not rendered, its app is not" in note for note in found.notes)
    assert [m.id for m in found.focus if m.statements and m.direction == "up"] == [
        "shop.0001_initial",
        "stock.0001_initial",
    ]


def test_a_migration_that_sqlmigrate_refuses_is_judged_by_its_text(root: Path) -> None:
    """No constraint of that name is on the server, because nothing was migrated there."""
    unique = 'migrations.AlterUniqueTogether("order", {("note", "done")}),'
    add(root, second(unique))
    text = migration('migrations.AlterUniqueTogether("order", set()),', after=(("shop", "0002_next"),))
    (root / "shop/migrations/0003_less.py").write_text(text)

    found = rendered(root, "shop.0003")

    assert any("0003_less.py: not rendered, sqlmigrate ended with ValueError" in note for note in found.notes)
    assert "DROP CONSTRAINT" in next(both(found)).statements[0].sql


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("settings.py", settings_of(None), r"database cannot be reached.* \(OperationalError\)"),
        ("settings.py", settings_of(None, "sqlite3"), "none of the project's databases is PostgreSQL"),
        ("settings.py", "import not_installed_anywhere\n", r"does not start \(ModuleNotFoundError\)"),
        ("manage.py", "raise RuntimeError('secret')\n", r"manage\.py did not come .* \(RuntimeError\)"),
        ("manage.py", "print('hello')\n", r"manage\.py did not come"),
        ("django.py", "raise ImportError\n", "has no Django"),
    ],
)
def test_a_project_that_does_not_run_is_a_mistake_of_the_set_up(
    name: str, text: str, words: str, tmp_path: Path
) -> None:
    root = add(runnable(tmp_path, settings_of(None)), second('migrations.RemoveField("order", "note"),'))
    (root / name).write_text(text)

    with pytest.raises(SetupError, match=words) as refused:
        rendered(root)

    assert "secret" not in str(refused.value)
    assert "/nowhere" not in str(refused.value)


def test_an_interpreter_that_does_not_exist_is_a_mistake_of_the_set_up(root: Path) -> None:
    add(root, second('migrations.RemoveField("order", "note"),'))

    with pytest.raises(SetupError, match="cannot be started"):
        rendered(root, interpreter=str(root / "none" / "python"))


def test_settings_are_enough_where_there_is_no_manage_py(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(root, second('migrations.RemoveField("order", "note"),'))
    (root / "manage.py").unlink()
    with pytest.raises(SetupError, match=r"finds no manage\.py"):
        rendered(root)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "settings")

    found = rendered(root)

    assert any("its code was run" in note for note in found.notes)


def test_nothing_is_written_to_the_database(root: Path, postgres: Server) -> None:
    rendered(add(root, second('migrations.RemoveField("order", "note"),')))

    with postgres.connect() as session:
        tables = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_sections_are_told_by_their_headings() -> None:
    items = ["--", "-- Raw SQL operation", "--", "SELECT 1;", "-- a comment", "--", "-- Raw Python operation", "--"]
    items += ["-- THIS OPERATION CANNOT BE WRITTEN AS SQL", "--", "-- Remove x", "--", "-- (no-op)", END, "SELECT 2;"]

    found = sections_of(items, atomic=True)

    assert [(section.title, section.sql) for section in found.sections] == [
        ("Raw SQL operation", ("SELECT 1;",)),
        ("Raw Python operation", None),
        ("Remove x", ()),
    ]
    assert found.deferred == ("SELECT 2;",)


ENDS = """
import os
from django.db.migrations.operations.base import Operation
class Ends(Operation):
    def state_forwards(self, app_label, state): pass
    def database_forwards(self, app_label, schema_editor, before, after): os._exit(1)
"""


def test_one_that_ends_the_process_does_not_hide_those_before_it(root: Path) -> None:
    add(root, second("Ends(),", top=ENDS))

    found = rendered(root, "shop")

    assert any("SQL of 1 migration is what" in note for note in found.notes), found.notes
    assert any("0002_next.py: not rendered, it was not reached" in note for note in found.notes)


def test_a_project_that_never_answers_is_ended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "START_SECONDS", 0.0)
    add(root, second('migrations.RemoveField("order", "note"),'))
    (root / "settings.py").write_text("import threading\nthreading.Event().wait()\n")

    with pytest.raises(SetupError, match="it took too long"):
        rendered(root)


def test_two_projects_are_each_run_by_their_own_manage_py(root: Path, postgres: Server) -> None:
    runnable(root / "intern", settings_of(postgres))

    found = rendered(root, "shop", "intern/shop")

    told = [note for note in found.notes if "its code was run" in note]
    assert [note.partition(":")[0] for note in told] == [".", "intern"]


MANAGES = {
    "the usual one": "def main():\n    run(sys.argv)\nif __name__ == '__main__':\n    main()\n",
    "looks at its arguments": "if sys.argv[1] == 'test':\n    raise SystemExit(3)\nrun(sys.argv)\n",
    "a utility of its own": (
        "from django.core.management import ManagementUtility\n"
        "class Own(ManagementUtility):\n    def execute(self):\n        super().execute()\nOwn(sys.argv).execute()\n"
    ),
    "ends with an exit code": "sys.exit(run(sys.argv))\n",
    "changes its folder": "os.chdir('/')\nrun(sys.argv)\n",
}


@pytest.mark.parametrize("text", MANAGES.values(), ids=MANAGES)
def test_manage_py_may_be_written_in_many_ways(text: str, root: Path) -> None:
    start = "import os, sys\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
    run = "from django.core.management import execute_from_command_line as run\n"
    (root / "manage.py").write_text(start + run + text)

    found = rendered(add(root, second('migrations.RemoveField("order", "note"),')))

    assert any("its code was run" in note for note in found.notes), found.notes
