"""Judges a case of fixtures/django in this process, and lets Django itself run it in another."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.report import Report
from migsafe.sources.collect import Request, collect
from tests.rules.django_cases import DjangoCase
from tools.observe.servers import Server

_ROOT = Path(__file__).parents[2]
_OLDEST_MAINTAINED = 15


def report_on(
    case: DjangoCase, folder: Path, *, target: int | None = None, migration: str = "shop.0002_case"
) -> Report:
    """The report on the case's migration, behind the one that it follows."""
    version = target or int(case.options.get("target", _OLDEST_MAINTAINED))
    settings = Settings(target_version=(version,), session_lock_timeout=True)
    return judge(collect(Request(root=write_project(case, folder), paths=(migration,)), settings), settings)


def write_project(case: DjangoCase, folder: Path) -> Path:
    """A project with one app, as Django itself can run it."""
    migrations = folder / "shop" / "migrations"
    migrations.mkdir(parents=True, exist_ok=True)
    (folder / "manage.py").write_text("")
    (folder / "settings.py").write_text('DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n')
    for package in (folder / "shop", migrations):
        (package / "__init__.py").write_text("")
    (folder / "shop" / "models.py").write_text("")
    for name, text in case.files.items():
        (migrations / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def findings_of(report: Report, case: DjangoCase) -> str:
    """The findings about the way up, as the files write them: the line of the block, severity, code and message."""
    lines = [
        f"{case.line_in_block(f.location.line)} {f.finding.severity} {f.finding.code} {f.finding.message}"
        for f in report.findings
        if f.counts and not f.is_way_back
    ]
    return "\n".join(lines) or "none"


@dataclass(frozen=True)
class Ran:
    """What Django and a server did. Errors are SQLSTATEs, or the names of Django's exceptions; None: none."""

    sql: list[str]  # as sqlmigrate prints it, without comments
    before: list[str | None]  # the running release, before the migration
    next: list[str | None]  # the next release, before the migration
    migration: str | None
    after: list[str | None]  # the running release, after the migration


def run_by_django(case: DjangoCase, folder: Path, server: Server, database: str) -> Ran:
    """Migrate a new database to the state before, and then by the case."""
    write_project(case, folder)
    asked = {
        "root": str(folder),
        "database": {"NAME": database, "HOST": str(server.directory), "USER": "postgres"},
        "rows": case.rows,
        "running": [asdict(release) for release in case.running],
        "next": [asdict(release) for release in case.next],
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.rules.django_run"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return Ran(**json.loads(done.stdout))
