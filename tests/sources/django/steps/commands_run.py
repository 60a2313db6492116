"""Runs Django's own commands on a database and tells what each of them changes, in a process of its own: settings can
be configured only once.

The database and the commands with their arguments come as JSON on standard input; the verbs and tables of the
statements that change something go to standard output.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

_APPS = ("contenttypes", "auth", "sessions", "messages", "staticfiles")
_CHANGES = re.compile(
    r"\s*(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|CREATE \w+|ALTER \w+|DROP \w+)\s+\"?(\w+)", re.IGNORECASE
)


def main() -> None:
    asked = json.load(sys.stdin)
    os.chdir(tempfile.mkdtemp())
    Path("locale").mkdir()
    settings.configure(
        INSTALLED_APPS=[f"django.contrib.{name}" for name in _APPS],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **asked["database"]}},
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        STATIC_ROOT="static",
        STATIC_URL="/static/",
        USE_TZ=True,
        SECRET_KEY="x",
        LOGGING_CONFIG=None,
    )
    import django

    django.setup()
    json.dump(run(asked["commands"]), sys.stdout)


def run(commands: dict[str, list[str]]) -> dict[str, list[str]]:
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.sessions.models import Session
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    for days, key in ((-1, "old"), (1, "young")):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    ContentType.objects.create(app_label="auth", model="gone")
    found = {name: changes_of(name, arguments) for name, arguments in commands.items()}
    found["left"] = [*Session.objects.values_list("session_key", flat=True)]
    return found


def changes_of(name: str, arguments: list[str]) -> list[str]:
    from django.core.management import CommandError, call_command
    from django.db import connection

    changes: dict[str, None] = {}

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        match = _CHANGES.match(sql)
        if match is not None:
            changes[f"{match[1]} {match[2]}"] = None
        return execute(sql, *rest)

    with connection.execute_wrapper(watch), contextlib.redirect_stdout(io.StringIO()):
        try:
            call_command(name, *arguments)
        except CommandError as error:
            if not re.search("gettext|msg", str(error)):  # whose programs need not be installed
                raise
    return list(changes)


if __name__ == "__main__":
    main()
