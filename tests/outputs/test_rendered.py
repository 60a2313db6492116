"""Statements that a framework writes: the frame shows the call, and beside it what is sent; data stays out of both."""

from __future__ import annotations

from pathlib import Path

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.outputs import text
from migsafe.sources.collect import Request, collect
from tests.sources.django.projects import ORDER, migration, project, second
from tests.sources.django.projects import report as report_on

REVISION = '''
"""More."""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade():
    {body}


def downgrade():
    pass
'''


def shown(folder: Path, *bodies: str) -> str:
    """The text report on a project of revisions with these bodies, the last one in focus."""
    versions = folder / "alembic" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    (folder / "alembic" / "env.py").write_text("")
    for number, body in enumerate(bodies):
        down = f'"r{number - 1}"' if number else "None"
        (versions / f"r{number}.py").write_text(REVISION.format(revision=f"r{number}", down=down, body=body))
    settings = Settings(session_lock_timeout=True)
    return text.render(judge(collect(Request(root=folder, paths=(f"r{len(bodies) - 1}",)), settings), settings))


TABLE = 'op.create_table("users", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("name", sa.Text()))'


def test_the_call_is_framed_and_the_statement_stands_below(tmp_path: Path) -> None:
    report = shown(tmp_path, TABLE, 'op.create_index("users_name_idx", "users", ["name"])')
    assert ' 11 |     op.create_index("users_name_idx", "users", ["name"])\n    |     ^^^^' in report
    assert "\n   sends  CREATE INDEX users_name_idx ON users (name)\n" in report


def test_literals_of_data_are_in_neither(tmp_path: Path) -> None:
    report = shown(tmp_path, TABLE, """op.execute("UPDATE users SET name = 'a secret'")""")
    assert " 11 |     op.execute(…" in report
    assert "sends  UPDATE users SET name = …" in report
    assert "a secret" not in report


def test_a_long_line_is_cut_around_what_is_meant(tmp_path: Path) -> None:
    columns = ", ".join(f'"column_with_a_long_name_{number}"' for number in range(20))
    report = shown(tmp_path, TABLE, f'op.create_index("users_name_idx", "users", [{columns}])')
    assert max(len(line) for line in report.splitlines() if " | " in line) < 180


def test_what_stands_in_another_line_than_its_statement_is_underlined_without_its_indentation(tmp_path: Path) -> None:
    body = """today = Order.objects.filter(
        done=None
    )
    for order in today:
        order.save()
"""
    head = "from shop.models import Order\n\n\ndef step(apps, schema_editor):\n    " + body
    text_of = second("migrations.RunPython(step, migrations.RunPython.noop),", top=head)
    found = text.render(
        report_on(project(tmp_path, {"0001_initial": migration(ORDER), "0002_next": text_of}), "shop.0002")
    )
    frame = found.split("MS641 current-model-in-migration\n")[1].splitlines()[:2]
    assert frame[0].index("today") == frame[1].index("^")
