"""Runs a case of fixtures/django with Django itself, in a process of its own: settings can be configured only once.

What to do comes as JSON on standard input, what happened goes to standard output (`tests.rules.django_judging`).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from django.conf import settings


def main() -> None:
    asked = json.load(sys.stdin)
    configure(asked)
    json.dump(run(asked), sys.stdout)


def configure(asked: dict[str, Any]) -> None:
    import django

    sys.path.insert(0, asked["root"])
    database = {"ENGINE": "django.db.backends.postgresql", **asked["database"]}
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.postgres", "shop"],
        DATABASES={"default": database},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="x",
        LOGGING_CONFIG=None,
    )
    django.setup()


def run(asked: dict[str, Any]) -> dict[str, object]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    MigrationExecutor(connection).migrate([("shop", "0001_before")])
    with connection.cursor() as cursor:
        cursor.execute(asked["rows"] or "SELECT 1")
    executor = MigrationExecutor(connection)
    old = executor.loader.project_state(("shop", "0001_before")).apps
    found: dict[str, object] = {"before": [tried(old, release) for release in asked["running"]], "next": []}
    found["sql"] = statements(executor)
    if asked["next"]:
        new = executor.loader.project_state(("shop", "0002_case")).apps
        found["next"] = [tried(new, release) for release in asked["next"]]
    found["migration"] = error_of(lambda: MigrationExecutor(connection).migrate([("shop", "0002_case")]))
    found["after"] = [tried(old, release) for release in asked["running"]]
    return found


def statements(executor: Any) -> list[str]:
    plan = [(executor.loader.graph.nodes[("shop", "0002_case")], False)]
    try:
        lines = executor.loader.collect_sql(plan)
    except Exception:  # noqa: BLE001  # Django refuses to render it
        return []
    return [line for line in lines if not line.startswith("--") and line not in ("BEGIN;", "COMMIT;")]


def tried(apps: Any, release: dict[str, Any]) -> str | None:
    """The error in which a release's code ends; what it did is taken back."""
    from django.db import transaction

    def work() -> None:
        with transaction.atomic():
            exec(release["code"], {model.__name__: model for model in apps.get_models()})  # code of fixtures
            transaction.set_rollback(True)

    return error_of(work)


def error_of(work: Any) -> str | None:
    try:
        work()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is told
        cause = error.__cause__
        return getattr(cause, "sqlstate", None) or type(error).__name__
    return None


if __name__ == "__main__":
    main()
