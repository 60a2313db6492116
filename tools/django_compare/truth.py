"""What Django itself sends: a project's migrations imported, rendered as `sqlmigrate` does, and then really applied.

Runs in a process of its own, because it imports the project's migration files: only ever on projects that are trusted.
Modules that are not installed are replaced by stubs; a migration that cannot be imported, or that the server refuses,
is left out, and its operations on tables are applied as migsafe read them, so that the ones behind it meet a state.

    python -m tools.django_compare.truth ROOT CONNINFO SETTINGS [SECONDS] < files.json > truth.json
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.django_compare.states import Step, backwards, forwards, steps_of
from tools.django_compare.stubs import Stub, installed_stubs

EACH = "DJANGO_COMPARE_SCHEMA"
"""The environment variable that says before which migrations the database is looked at: every Nth."""


def configure(conninfo: dict[str, str], stated: dict[str, object]) -> None:
    import django
    from django.conf import settings

    from migsafe.sources.django.editor.setup import CONTRIB_APPS

    settings.configure(
        INSTALLED_APPS=list(CONTRIB_APPS),
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **conninfo}},
        USE_TZ=True,
        SECRET_KEY="x",
        LOGGING_CONFIG=None,
    )
    django.setup()
    for name, value in stated.items():
        setattr(settings, name, value)


def state_auto_field(root: str) -> None:
    """As the project's settings have it."""
    from django.conf import settings

    from migsafe.sources.django.discovery.settings_text import AUTO_FIELD, stated_settings
    from migsafe.sources.tree import Tree

    stated = stated_settings(Tree(Path(root))).values.get(AUTO_FIELD)
    if stated is not None:
        settings.DEFAULT_AUTO_FIELD = stated


def load(root: str, label: str, name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"truth_{label}_{name}", f"{root}/{path}")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    migration = module.Migration(name, label)
    kept = [each for each in migration.operations if not isinstance(getattr(each, "field", None), Stub)]
    migration.stubbed = len(kept) < len(migration.operations)
    migration.operations = kept
    for operation in migration.operations:
        migration.stubbed |= any(isinstance(field, Stub) for _, field in getattr(operation, "fields", ()))
    for operation in migration.operations:
        give_defaults(operation)
    return migration


def is_stub(value: object) -> bool:
    return isinstance(value, Stub) or (isinstance(value, type) and issubclass(value, Stub))


def give_defaults(operation: Any) -> None:
    """A default that a stub would compute is an empty object, which is what such functions mostly return; a base or a
    manager that is a stub has no columns."""
    from django.db import models

    if hasattr(operation, "bases"):
        operation.bases = tuple(each for each in operation.bases if not is_stub(each)) or (models.Model,)
        operation.managers = []
    if hasattr(operation, "fields"):  # managers that look like fields
        operation.fields = [pair for pair in operation.fields if not isinstance(pair[1], Stub)]
    fields = [getattr(operation, "field", None), *(field for _, field in getattr(operation, "fields", ()))]
    for field in fields:
        if isinstance(getattr(field, "default", None), type) and issubclass(field.default, Stub):
            field.default = dict
    for inner in getattr(operation, "database_operations", ()):
        give_defaults(inner)


OBJECTS_BEFORE_COLLECTION = 200_000
"""Each state makes thousands of classes that refer to each other: with Python's own 700, a quarter of the time goes."""


def main() -> None:
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 50, 100)
    root, conninfo, stated = sys.argv[1:4]
    files = json.load(sys.stdin)
    configure(json.loads(conninfo), json.loads(stated))
    state_auto_field(root)
    with installed_stubs(root):
        json.dump(list(run(root, files)), sys.stdout)


def run(root: str, files: list[list[str]]) -> Iterator[dict[str, object]]:
    from django.db import connection

    from migsafe.sources.django.state.slices import contrib_state

    labels = frozenset(label for label, _, _ in files)
    state = contrib_state(labels | {"admin"})
    if json.loads(sys.argv[3]).get("AUTH_USER_MODEL", "auth.User") != "auth.User":
        state.models.pop(("auth", "user"), None)
    apply_contrib(connection, state)
    deadline = time.monotonic() + float(sys.argv[4]) if len(sys.argv) > 4 else None
    for number, file in enumerate(files):
        if deadline is not None and time.monotonic() > deadline:
            return
        before = known(connection, number)
        result, state = one(connection, state, root, file)
        yield {"id": f"{file[0]}.{file[1]}", **before, **result}


def known(connection: Any, number: int) -> dict[str, object]:
    """What the database has before a migration, for every one that is asked for."""
    each = int(os.environ.get(EACH, "0"))
    if not each or number % each:
        return {}
    from tools.django_compare.schemas import of_server

    return {"before": of_server(connection)}


def apply_contrib(connection: Any, state: Any) -> None:
    with connection.schema_editor() as editor:
        for model in state.apps.get_models(include_auto_created=False, include_swapped=True):
            editor.create_model(model)
    del state.__dict__["apps"]


def one(connection: Any, state: Any, root: str, file: list[str]) -> tuple[dict[str, object], Any]:
    """Render and apply one migration; the state moves on in any case."""
    label, name, path = file
    try:
        migration = load(root, label, name, path)
    except Exception as error:  # noqa: BLE001  # a project's code
        return {"error": f"import: {type(error).__name__}: {error}"}, state
    for operation in migration.operations:
        strip_python(operation)
    stand_for(connection, migration, state)
    result, after = sent(connection, migration, state)
    if after is None:
        after = as_far_as_told(migration, state)
    if migration.stubbed:  # a field of a library that is not installed: no truth about this one
        result["stubbed"] = True
        result.pop("up", None)
        result.pop("down", None)
    return result, after


def stand_for(connection: Any, migration: Any, state: Any) -> None:
    """Let models of apps that are not installed exist, with the key that migsafe supposes: no truth about its type."""
    from migsafe.sources.django.reading.operations import nested
    from migsafe.sources.django.state.slices import new_models, references, stand_in

    operations = [inner for operation in migration.operations for inner in nested(operation)]
    made = {(migration.app_label, o.name_lower) for o in operations if hasattr(o, "fields")}
    models = new_models(operations, migration.app_label)
    for key in sorted({key for model in models for key in references(model)} - made - set(state.models)):
        stand_in(state, key)
        state.__dict__.pop("apps", None)
        with connection.schema_editor() as editor:
            editor.create_model(state.apps.get_model(*key))


def as_far_as_told(migration: Any, state: Any) -> Any:
    """The state behind a migration, as far as it can be told."""
    state.__dict__.pop("apps", None)
    for operation in migration.operations:
        try:
            operation.state_forwards(migration.app_label, state)
        except Exception:  # noqa: BLE001  # a model that could not be made before
            continue
    return state


def sent(connection: Any, migration: Any, state: Any) -> tuple[dict[str, object], Any]:
    """The SQL of both ways as `sqlmigrate` prints it, each before it is really run; the way back is run and taken back.
    Where `sqlmigrate` fails, for want of an object that the migration itself makes, only what was run. With the state
    behind the migration, None when the server refused it."""
    result: dict[str, object] = {}
    try:
        steps = steps_of(migration, state)
        shown = collected(connection, lambda editor: forwards(migration, steps, editor))
        with recorded(connection) as run, connection.schema_editor(atomic=migration.atomic) as editor:
            forwards(migration, steps, editor)
        result |= {"up": run if shown is None else shown, "up_run": run}
    except Exception as error:  # noqa: BLE001  # a project's code, or the server refuses it
        reconnect(connection)
        return {"error": message(error)}, None
    try:
        shown = collected(connection, lambda editor: backwards(migration, steps, editor))
        back = undone(connection, migration, steps) if migration.atomic else None
        result |= {} if shown is None and back is None else {"down": back if shown is None else shown}
        result |= {} if back is None else {"down_run": back}
    except Exception as error:  # noqa: BLE001  # likewise
        result["error_down"] = message(error)
        reconnect(connection)
    return result, steps[-1].after if steps else state


def undone(connection: Any, migration: Any, steps: Sequence[Step]) -> list[str]:
    """What the way back sends when it is run; it is taken back."""
    with recorded(connection) as run:
        undo(connection, migration, steps)
    return run


def undo(connection: Any, migration: Any, steps: Sequence[Step]) -> None:
    """Run the way back, and take it back."""
    from django.db import transaction

    with transaction.atomic():
        with connection.schema_editor(atomic=True) as editor:
            backwards(migration, steps, editor)
        transaction.set_rollback(True)


@contextmanager
def recorded(connection: Any) -> Iterator[list[str]]:
    """What the schema editor really sends: a name that it asks the database for is that of this moment."""
    found: list[str] = []
    editor = connection.SchemaEditorClass
    execute = editor.execute

    def record(self: Any, sql: Any, params: Any = ()) -> Any:
        found.append(str(sql) if not params else self.connection.ops.compose_sql(str(sql), params))
        return execute(self, sql, params)

    editor.execute = record
    try:
        yield found
    finally:
        editor.execute = execute


def collected(connection: Any, work: Callable[[Any], object]) -> list[str] | None:
    """The statements, unless the work fails as long as nothing is run."""
    try:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            work(editor)
    except Exception:  # noqa: BLE001  # Django's checks of what it asks the database for; what is wrong fails again
        reconnect(connection)
        return None
    return [sql for sql in editor.collected_sql if not sql.lstrip().startswith("--")]


def message(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip()[:300]


def reconnect(connection: Any) -> None:
    connection.close()
    connection.connect()


def strip_python(operation: Any) -> None:
    """RunPython works on rows, of which there are none."""
    from django.db import migrations

    if isinstance(operation, migrations.RunPython):
        operation.code = migrations.RunPython.noop
    for inner in getattr(operation, "database_operations", ()):
        strip_python(inner)


if __name__ == "__main__":
    main()
