"""Small Alembic projects, written for one test each."""

from __future__ import annotations

from pathlib import Path

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.report import Report
from migsafe.sources.collect import Collected, Request, collect

INI = "[alembic]\nscript_location = %(here)s/migrations\n"
HEAD = "from alembic import op\nimport sqlalchemy as sa\n"


def revision(name: str, after: str | None = None, body: str = "pass", *, down: str = "pass", more: str = "") -> str:
    """The text of a revision: `body` is what upgrade does."""
    stated = f"revision = {name!r}\ndown_revision = {after!r}\n{more}"
    return f"{HEAD}{stated}\n\ndef upgrade():\n{_indented(body)}\n\n\ndef downgrade():\n{_indented(down)}\n"


def _indented(body: str) -> str:
    return "\n".join(f"    {line}" for line in body.split("\n"))


def project(root: Path, revisions: dict[str, str], *, env: str = "from alembic import context\n") -> Path:
    """A project whose revisions are files of these names in migrations/versions."""
    folder = root / "migrations" / "versions"
    folder.mkdir(parents=True)
    (root / "alembic.ini").write_text(INI)
    (root / "migrations" / "env.py").write_text(env)
    for name, text in revisions.items():
        (folder / f"{name}.py").write_text(text)
    return root


def collected(root: Path, *paths: str) -> Collected:
    return collect(Request(root=root, paths=paths), Settings())


def sent(root: Path, *paths: str) -> list[str]:
    """The SQL of the ways up, in order."""
    histories = collected(root, *paths).histories
    return [s.sql for history in histories for m in history.migrations for s in m.statements]


def report(root: Path, *paths: str) -> Report:
    settings = Settings()
    return judge(collect(Request(root=root, paths=paths), settings), settings)


def codes(found: Report) -> list[str]:
    return [entry.finding.code for entry in found.findings]
