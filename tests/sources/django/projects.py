"""Small Django projects, written for one test each."""

from __future__ import annotations

from pathlib import Path

import django

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.migration import Migration
from migsafe.model.report import Report
from migsafe.sources.collect import Collected, Request, collect

CASCADE = "" if django.VERSION >= (6,) else " CASCADE"
"""What follows DROP COLUMN: it can matter to views only, and Django writes it no more since 6.0."""
HEAD = "from django.db import migrations, models\n"
ORDER = """
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.CharField(max_length=50)),
        ("done", models.BooleanField(null=True)),
    ],
),
"""


def migration(*operations: str, after: tuple[tuple[str, str], ...] = (), more: str = "", top: str = "") -> str:
    """The text of a migration file: `more` stands in its class, `top` above it."""
    body = "\n".join(f"        {line}" for operation in operations for line in operation.strip("\n").split("\n"))
    stated = f"    dependencies = {list(after)!r}\n    {more}\n    operations = [\n{body}\n    ]\n"
    return f"{HEAD}{top}\n\nclass Migration(migrations.Migration):\n{stated}"


def project(root: Path, files: dict[str, str]) -> Path:
    """A project with manage.py whose files are `shop/migrations/<name>.py`, or at the path when one is given."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "manage.py").write_text("raise SystemExit('nobody runs this')\n")
    for name, text in files.items():
        path = root / (name if "/" in name else f"shop/migrations/{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    return root


def shop(root: Path, second: str, first: str = ORDER) -> Path:
    """A project with one app of two migrations: 0001 makes a table, 0002 is the text."""
    return project(root, {"0001_initial": migration(first), "0002_next": second})


def second(*operations: str, more: str = "", top: str = "") -> str:
    """The text of a migration behind 0001_initial."""
    return migration(*operations, after=(("shop", "0001_initial"),), more=more, top=top)


def collected(root: Path, *paths: str) -> Collected:
    return collect(Request(root=root, paths=paths), Settings())


def read(root: Path, *paths: str) -> Migration:
    """The one migration in focus."""
    ups = [m for m in collected(root, *paths).focus if m.direction == "up"]
    assert len(ups) == 1, [m.id for m in ups]
    return ups[0]


def sent(root: Path, *paths: str) -> list[str]:
    """The SQL of the one migration in focus."""
    return [statement.sql for statement in read(root, *paths).statements]


def report(root: Path, *paths: str) -> Report:
    settings = Settings()
    return judge(collect(Request(root=root, paths=paths), settings), settings)


def codes(found: Report) -> list[str]:
    return [entry.finding.code for entry in found.findings]
