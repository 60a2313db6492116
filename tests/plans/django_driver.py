"""Runs in a process of its own: a real Django with a real server, over a project that a test has written.

    python django_driver.py FOLDER CONNINFO-JSON STEPS-JSON

A step is `["migrate", TARGET]`, `["sql", TEXT]`, `["ask", TEXT]` (for the rows), `["check"]` (of makemigrations) or
`["schema"]`; the answers are printed as JSON.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

SCHEMA = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
               a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
              AND NOT a.attisdropped AND c.relname <> 'django_migrations'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid <> 'django_migrations'::regclass""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'django_migrations'""",
    "invalid": "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid",
    "triggers": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def configure(conninfo: dict[str, str]) -> None:
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["shop"],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **conninfo}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def answer(step: list[str]) -> Any:
    from django.core.management import call_command

    if step[0] == "migrate":
        call_command("migrate", "shop", *step[1:], verbosity=0)
    elif step[0] == "sql":
        run(step[1])
    elif step[0] == "ask":
        return run(step[1])
    elif step[0] == "check":
        return changes()
    elif step[0] == "schema":
        return {name: sorted(map(list, run(sql)), key=str) for name, sql in SCHEMA.items()}
    else:
        raise ValueError(step[0])
    return None


def run(sql: str) -> list[tuple[object, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def changes() -> str:
    """What makemigrations would still write, in its words."""
    from django.core.management import call_command

    out = io.StringIO()
    call_command("makemigrations", "shop", dry_run=True, stdout=out, interactive=False)
    text = out.getvalue()
    return "" if "No changes" in text else text


def main() -> None:
    folder, conninfo, steps = sys.argv[1:4]
    sys.path.insert(0, folder)
    configure(json.loads(conninfo))
    json.dump([answer(step) for step in json.loads(steps)], sys.stdout)


if __name__ == "__main__":
    main()
