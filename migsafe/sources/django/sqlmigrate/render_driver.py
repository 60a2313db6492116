"""Runs in the project's own interpreter, for `--render`: `manage.py sqlmigrate` for many migrations in one process.

The text of this file is given to that interpreter with `-c`; migsafe itself never imports it to run it. So it uses
what every Python since 3.8 and every Django since 3.2 has. It reads one JSON object from standard input, runs the
project's `manage.py`, and takes the place of the command that `manage.py` starts. Each answer is a line of JSON on
the standard output that it was started with; what the project prints goes to standard error.
"""

from __future__ import annotations

import io
import json
import os
import runpy
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Answer = Callable[[Mapping[str, object]], None]

END = "-- migsafe: what is deferred to the end of the migration follows"
DOUBT = "-- migsafe: the database was asked for a name, and it is not in the state before this migration"


def main() -> None:
    request = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(told: Mapping[str, object]) -> None:
        answers.write(json.dumps(told) + "\n")
        answers.flush()

    try:
        from django.core.management import ManagementUtility
    except ImportError:
        answer({"refused": "django"})
        return
    started: list[bool] = []

    def execute(_utility: object) -> None:
        """What `manage.py` calls, or the class that it derives from, with its settings chosen and its path set."""
        started.append(True)
        _guarded("setup", answer, lambda: _render(request["files"], answer))

    ManagementUtility.execute = execute
    _guarded("manage", answer, lambda: _manage(str(request["manage"]), execute))
    if not started:
        answer({"refused": "manage", "error": ""})


def _guarded(step: str, answer: Answer, work: Callable[[], None]) -> None:
    """Only the kind of an error is told: its text may hold settings."""
    try:
        work()
    except SystemExit:
        answer({"refused": step, "error": "SystemExit"})
    except BaseException as error:  # noqa: BLE001  # code of the project: anything
        answer({"refused": step, "error": type(error).__name__})


def _manage(path: str, execute: Callable[[object], None]) -> None:
    sys.argv = [path or "manage.py", "sqlmigrate"]
    if not path:
        execute(None)
        return
    folder = os.path.dirname(path)  # noqa: PTH120  # first, as it is when Python runs a file
    sys.path[:] = [folder] + [entry for entry in sys.path if entry]
    runpy.run_path(path, run_name="__main__")


def _render(files: list[dict[str, object]], answer: Answer) -> None:
    import django
    from django.db import connections

    django.setup()
    vendors = {alias: connections[alias].vendor for alias in connections}
    aliases = sorted((alias for alias in vendors if vendors[alias] == "postgresql"), key=lambda a: (a != "default", a))
    if not aliases:
        answer({"refused": "vendor"})
        return
    connection = connections[aliases[0]]
    try:
        connection.ensure_connection()
    except Exception as error:  # noqa: BLE001  # of any driver
        answer({"refused": "database", "error": type(error).__name__})
        return
    answer({"django": django.get_version(), "server": connection.pg_version // 10000, "database": aliases[0]})
    collected: list[list[str]] = []
    _record(collected)
    labels = dict(_folders())
    for file in files:
        answer(_one(str(file["path"]), bool(file["back"]), aliases[0], labels, collected))
    connection.close()


def _record(collected: list[list[str]]) -> None:
    """Let what `sqlmigrate` collects, item by item, be put into a list as well, with marks."""
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.backends.postgresql.schema import DatabaseSchemaEditor
    from django.db.migrations.loader import MigrationLoader

    editor = BaseDatabaseSchemaEditor
    collect, leave = MigrationLoader.collect_sql, editor.__exit__
    in_place: list[bool] = []

    def collect_sql(self: object, plan: Sequence[tuple[object, bool]]) -> object:
        in_place[:] = [_in_place(self, plan)]
        found = collect(self, plan)
        collected.append([str(item) for item in found])
        return found

    def marked(self: object, *error: object) -> object:
        if getattr(self, "collect_sql", False):
            self.collected_sql.append(END)  # type: ignore[attr-defined]  # no types of Django where it runs
        return leave(self, *error)

    def told(question: Callable[..., object]) -> Callable[..., object]:
        def asked(self: object, *what: object, **kinds: object) -> object:
            found = question(self, *what, **kinds)
            if getattr(self, "collect_sql", False) and not (found and all(in_place)):
                self.collected_sql.append(DOUBT)  # type: ignore[attr-defined]  # no types of Django where it runs
            return found

        return asked

    MigrationLoader.collect_sql = collect_sql
    editor.__exit__ = marked
    editor._constraint_names = told(editor._constraint_names)  # noqa: SLF001  # what sqlmigrate asks the database through
    if hasattr(DatabaseSchemaEditor, "_get_sequence_name"):  # since Django 4.1
        DatabaseSchemaEditor._get_sequence_name = told(DatabaseSchemaEditor._get_sequence_name)  # noqa: SLF001  # what sqlmigrate asks the database through


def _in_place(loader: object, plan: Sequence[tuple[object, bool]]) -> bool:
    """Whether the database is in the state in which the one migration of a plan would run."""
    graph, applied = loader.graph, loader.applied_migrations  # type: ignore[attr-defined]  # no types of Django where it runs
    ((migration, backwards),) = plan
    node = (migration.app_label, migration.name)  # type: ignore[attr-defined]  # no types of Django where it runs
    if backwards:
        return node in applied and not any(other in applied for other in graph.backwards_plan(node)[:-1])
    return node not in applied and all(other in applied for other in graph.forwards_plan(node)[:-1])


def _folders() -> Iterator[tuple[str, str]]:
    """The folders of the installed apps' migrations, with the labels of the apps."""
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    for config in apps.get_app_configs():
        name = MigrationLoader.migrations_module(config.label)[0]
        try:
            places = list(import_module(name).__path__) if name else []
        except (ImportError, AttributeError):
            continue
        for place in places:
            yield os.path.realpath(place), config.label


def _one(
    path: str, back: bool, database: str, labels: Mapping[str, str], collected: list[list[str]]
) -> dict[str, object]:
    from django.core.management import call_command

    told: dict[str, object] = {"path": path, "back": back}
    folder, name = os.path.split(os.path.realpath(path))
    if folder not in labels:
        return {**told, "error": "not installed"}
    collected.clear()
    printed = io.StringIO()
    migration = name.rpartition(".")[0]
    try:
        call_command(
            "sqlmigrate", labels[folder], migration, backwards=back, database=database, no_color=True, stdout=printed
        )
    except BaseException as error:  # noqa: BLE001  # code of the project: anything
        return {**told, "error": type(error).__name__}
    if len(collected) != 1:
        return {**told, "error": "nothing collected"}
    return {**told, "items": collected[0], "atomic": printed.getvalue().startswith("BEGIN;")}


if __name__ == "__main__":
    main()
