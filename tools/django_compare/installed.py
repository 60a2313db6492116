"""What Django sends for a project that is installed with all it needs, by its own settings: really applied.

Runs with the project's own Python. Everything of the project is executed: only ever on projects that are trusted.

    python -m tools.django_compare.installed SETTINGS CONNECTION [SECONDS] > truth.json
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Iterator

from tools.django_compare.truth import OBJECTS_BEFORE_COLLECTION, known, sent, strip_python


def main() -> None:
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 50, 100)
    settings_module, conninfo = sys.argv[1], json.loads(sys.argv[2])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 600.0
    kept, sys.stdout = sys.stdout, sys.stderr  # what migrations print
    configure(settings_module, conninfo)
    found = list(run(time.monotonic() + seconds))
    json.dump(found, kept)


def configure(settings_module: str, conninfo: dict[str, str]) -> None:
    import django
    from django.conf import settings

    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    importlib.import_module(settings_module)
    engine = {"ENGINE": "django.db.backends.postgresql", **conninfo, "TEST": {}}
    settings.DATABASES = {"default": engine}
    settings.DATABASE_ROUTERS = []
    django.setup()


def run(deadline: float) -> Iterator[dict[str, object]]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    state = executor._create_project_state()  # noqa: SLF001  # as its migrate does
    for number, (migration, _) in enumerate(plan):
        if time.monotonic() > deadline:
            return
        before = known(connection, number)
        result, after = sent(connection, migration, state)
        if after is None:  # what its Python does needs more than empty tables
            for operation in migration.operations:
                strip_python(operation)
            failed = result.get("error")
            result, after = sent(connection, migration, state)
            result["with_python"] = failed
        if after is None:
            after = migration.mutate_state(state, preserve=False)
        state = after
        yield {"id": f"{migration.app_label}.{migration.name}", **before, **result}


if __name__ == "__main__":
    main()
