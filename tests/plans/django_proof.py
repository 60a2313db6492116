"""A remedy in Django's words is put to the proof: written as files, migrated forwards and backwards by a real Django on
a real server, compared with what the user's own migration makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.record import KeywordRecord
from migsafe.model.report import FindingReport, Report
from migsafe.sources.collect import Request, collect
from tools.observe.servers import Server

DRIVER = Path(__file__).with_name("django_driver.py")
FIRST = "0001_initial"
IMPORTS = """\
import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models.functions import Now, Upper
from django.utils import timezone
"""


class Case(KeywordRecord):
    """A project's first migration and a second one, with the models after it, and the rule whose remedy is proved.

    `rows` are put into the database between the two. `unlike` are words of what may differ in the schema in the end.
    """

    rule: str
    operation: str
    models: str
    first: str = ""
    rows: str = ""
    top: str = ""  # above the second migration's class
    since: tuple[int, ...] = ()  # the Django that has the operation
    target: int = 16
    back: bool = True  # whether going back leaves the schema as it was
    beside: str = ""  # operations of the same migration, behind it
    fails: bool = False  # the user's migration does, where there are rows
    same: bool = True  # whether all phases together make the schema of the user's migration


class Proof(KeywordRecord):
    """What was seen. `text` is the remedy."""

    text: str
    files: tuple[str, ...]
    wanted: Any
    before: Any
    after: Any
    undone: Any
    again: Any
    changes: str
    original: Report
    checked: Report


CUSTOMER = """
migrations.CreateModel(
    name="Customer",
    fields=[("id", models.BigAutoField(primary_key=True, serialize=False)), ("name", models.TextField())],
),
"""
ORDER = """
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("note", models.CharField(max_length=50, help_text="Anything, in short.")),
        ("total", models.IntegerField(null=True)),
    ],
),
"""
MODELS = """
from django.db import models
from django.db.models.functions import Now, Upper
from django.contrib.postgres.fields import ArrayField
from django.utils import timezone
import uuid

class Customer(models.Model):
    id = models.BigAutoField(primary_key=True, serialize=False)
    name = models.TextField()

"""
NOTE = '    note = models.CharField(max_length=50, help_text="Anything, in short.")\n'
TOTAL = "    total = models.IntegerField(null=True)\n"
ID = "    id = models.BigAutoField(primary_key=True, serialize=False)\n"
ROWS = (
    "INSERT INTO shop_customer (id, name) VALUES (1, 'Ann');"
    "INSERT INTO shop_order (id, note, total) SELECT n, 'note ' || n, n FROM generate_series(1, 1100) n"
)


def order(*lines: str, fields: str = ID + NOTE + TOTAL, name: str = "Order") -> str:
    """The models with these lines in Order, besides its usual fields."""
    more = "".join(f"    {line}\n" for line in lines)
    return f"{MODELS}class {name}(models.Model):\n{fields}{more}"


def migration(name: str, operations: str, top: str = "") -> str:
    after = [] if name == FIRST else [("shop", FIRST)]
    body = "\n".join(f"        {line}" for line in operations.strip().split("\n"))
    return (
        f"{IMPORTS}\n{top}\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = {after!r}\n\n    operations = [\n{body}\n    ]\n"
    )


def write_project(root: Path, files: dict[str, str], models: str) -> Path:
    for name, text in files.items():
        path = root / "shop" / "migrations" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "manage.py").write_text("raise SystemExit('nobody runs this')\n")
    (root / "settings.py").write_text(
        'INSTALLED_APPS = ["shop"]\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
    )
    (root / "shop" / "models.py").write_text(models)
    for folder in (root / "shop", root / "shop" / "migrations"):
        (folder / "__init__.py").touch()
    return root


def judged(root: Path, files: list[str], target: int) -> Report:
    settings = Settings(session_lock_timeout=True, target_version=(target,))
    paths = tuple(f"shop/migrations/{file}" for file in files)
    return judge(collect(Request(root=root, paths=paths), settings), settings)


def finding(report: Report, rule: str) -> FindingReport:
    found = [entry for entry in report.findings if entry.finding.code == rule and not entry.is_way_back]
    assert found, [entry.finding.code for entry in report.findings]
    return found[0]


def remedy_files(text: str) -> dict[str, str]:
    """The files of a remedy, cut at the lines that name them."""
    found: dict[str, str] = {}
    name = ""
    for line in text.split("\n"):
        if line.startswith("# shop/migrations/"):
            name = line.removeprefix("# shop/migrations/").removesuffix(".py")
            found[name] = ""
        elif name:
            found[name] += f"{line}\n"
    assert found, text
    return found


def in_place(text: str) -> str:
    """The entries that a remedy has for the user's own file."""
    _, mark, rest = text.partition("# In 0002_next.py, in place of ")
    assert mark, text
    return rest.partition(":\n")[2].partition("\n\n")[0]


def _files(text: str, case: Case) -> dict[str, str]:
    """The remedy's, and the user's own where it stays."""
    if not case.beside:
        return remedy_files(text)
    kept = migration("0002_next", f"{in_place(text)}\n{case.beside}")
    return {"0002_next": kept, **(remedy_files(text) if "# shop/migrations/" in text else {})}


def _with_top(file: str, top: str) -> str:
    """A function of the user's file that the remedy keeps stands where it stood."""
    return file.replace("\n\n\n", f"\n\n{top}\n\n", 1) if top else file


def prove(case: Case, folder: Path, server: Server, python: str = sys.executable) -> Proof:
    """Run the user's migration and the remedy's, each in a database of its own."""
    first = migration(FIRST, f"{CUSTOMER.strip()}\n{(case.first or ORDER).strip()}")
    second = migration("0002_next", f"{case.operation.strip()}\n{case.beside}", case.top)
    user = write_project(folder / "user", {FIRST: first, "0002_next": second}, case.models)
    report = judged(user, ["0002_next.py"], case.target)
    text = finding(report, case.rule).remedy
    files = {name: _with_top(body, case.top) for name, body in _files(text, case).items()}
    safe = write_project(folder / "safe", {FIRST: first, **files}, case.models)
    checked = judged(safe, [f"{name}.py" for name in files], case.target)
    rows = ["sql", case.rows or ROWS]
    with database(server, "wanted") as conninfo:
        steps = [["migrate", FIRST], *([] if case.fails else [rows]), ["migrate"], ["check"], ["schema"]]
        *_, changes, wanted = drive(python, user, conninfo, steps)
        assert not case.same or changes == "", "the case's models are not what its migration makes"
    with database(server, "safe") as conninfo:
        steps = [["migrate", FIRST], ["schema"], rows, ["migrate"], ["schema"], ["check"], ["migrate", FIRST]]
        seen = drive(python, safe, conninfo, [*steps, ["schema"], ["migrate"], ["schema"]])
    return Proof(
        text=text,
        files=tuple(files),
        wanted=wanted,
        before=seen[1],
        after=seen[4],
        changes=seen[5],
        undone=seen[7],
        again=seen[9],
        original=report,
        checked=checked,
    )


@contextmanager
def database(server: Server, name: str) -> Iterator[dict[str, str]]:
    with server.connect() as session:
        session.execute(f"DROP DATABASE IF EXISTS {name}")
        session.execute(f"CREATE DATABASE {name}")
        try:
            yield {"NAME": name, "HOST": str(server.directory), "USER": "postgres"}
        finally:
            session.execute(f"DROP DATABASE {name}")


def drive(
    python: str, root: Path, conninfo: Mapping[str, object], steps: list[list[str]], env: Mapping[str, str] = {}
) -> Any:
    """The answers; `env` are more variables of the environment."""
    command = [python, str(DRIVER), str(root), json.dumps(conninfo), json.dumps(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **env})
    assert done.returncode == 0, f"{done.stderr[-3000:]}"
    return json.loads(done.stdout)
