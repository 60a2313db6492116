"""`--render` asks the project's own Alembic, and what it prints comes back to the calls of the revision."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.errors import SetupError
from migsafe.model.migration import Certainty, Migration, Statement
from migsafe.model.report import Report
from migsafe.sources.alembic.render import matched, statements_of
from migsafe.sources.collect import Request, collect
from tests.sources.alembic.projects import collected, project, revision

ENV = """
import sys, pathlib
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from alembic import context
context.configure(dialect_name="postgresql", literal_binds=True)
with context.begin_transaction():
    context.run_migrations()
"""
OUTPUT = """BEGIN;

-- Running upgrade a -> b

CREATE INDEX i ON t (c) WHERE c LIKE 'x%%';

UPDATE alembic_version SET version_num='b' WHERE alembic_version.version_num = 'a';

-- Running upgrade b -> c

DROP TABLE t;

UPDATE alembic_version SET version_num='c' WHERE alembic_version.version_num = 'b';

COMMIT;

"""


def rendered(root: Path, *paths: str, interpreter: str = sys.executable) -> Report:
    settings = Settings()
    return judge(collect(Request(root=root, paths=paths, render=interpreter), settings), settings)


def read(root: Path) -> Migration:
    """The one revision of a project, from its text."""
    (history,) = collected(root).histories
    return history.migrations[0]


def line(statement: Statement, root: Path, name: str) -> str:
    """The code that a statement comes from."""
    text = (root / "migrations" / "versions" / f"{name}.py").read_text()
    return text[statement.span.start : statement.span.end]


def test_each_revision_has_its_part_of_the_output_without_alembics_own_table() -> None:
    assert list(statements_of(OUTPUT, "b")) == ["CREATE INDEX i ON t (c) WHERE c LIKE 'x%'"]
    assert list(statements_of(OUTPUT, "c")) == ["DROP TABLE t"]


def test_what_the_application_decides_is_known_and_has_the_place_of_its_call(tmp_path: Path) -> None:
    body = "op.add_column('t', sa.Column('d', sa.Integer()))\nop.execute(statement())"
    root = project(tmp_path, {"a": revision("aaaa", body=body, more="from shop import statement\n")}, env=ENV)
    (root / "shop.py").write_text(
        "import random\ndef statement():\n    return random.choice(['CREATE INDEX i ON t (c)'])\n"
    )
    assert read(root).statements[-1].certainty is Certainty.OPAQUE

    found = rendered(root)

    codes = [entry.finding.code for entry in found.findings]
    assert "MS101" in codes
    assert "MS001" not in codes
    place = next(entry.location for entry in found.findings if entry.finding.code == "MS101")
    assert place.line == 10
    assert [note for note in found.notes if "its code was run" in note], found.notes


def test_a_revision_that_cannot_be_rendered_is_judged_by_its_text_and_that_is_said(tmp_path: Path) -> None:
    text = revision("aaaa", body="op.drop_table('t')", more="import not_installed_anywhere\n")

    found = rendered(project(tmp_path, {"a": text}, env=ENV))

    assert "MS402" in [entry.finding.code for entry in found.findings]
    assert any("not rendered" in note and "ModuleNotFoundError" in note for note in found.notes)


def test_an_interpreter_that_does_not_exist_is_a_mistake_of_the_set_up(tmp_path: Path) -> None:
    root = project(tmp_path, {"a": revision("aaaa")}, env=ENV)

    with pytest.raises(SetupError, match="cannot be started"):
        rendered(root, interpreter=str(tmp_path / "none" / "python"))


def test_it_is_only_for_alembic(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "V1__a.sql").write_text("SELECT 1;")

    with pytest.raises(SetupError, match="Alembic"):
        rendered(tmp_path)


def test_what_was_not_printed_and_is_not_known_stays_reported(tmp_path: Path) -> None:
    body = "op.drop_table('t')\nop.execute(statement())\nop.drop_table('u')"
    root = project(tmp_path, {"a": revision("aaaa", body=body, more="from shop import statement\n")})

    made = matched(read(root), ["DROP TABLE t", "DROP TABLE u"])

    assert [s.certainty for s in made.statements] == [Certainty.EXACT, Certainty.OPAQUE, Certainty.EXACT]
    assert line(made.statements[2], root, "a") == "op.drop_table('u')"


def test_a_condition_that_did_not_hold_when_it_was_printed_may_hold_elsewhere(tmp_path: Path) -> None:
    body = "if sa.inspect(op.get_bind()).has_table('t'):\n    op.drop_table('t')\nop.drop_table('u')"
    root = project(tmp_path, {"a": revision("aaaa", body=body)})

    made = matched(read(root), ["DROP TABLE u"])

    assert [(s.sql, s.certainty) for s in made.statements] == [
        ("DROP TABLE t", Certainty.GUARDED),
        ("DROP TABLE u", Certainty.EXACT),
    ]


def test_an_autocommit_block_is_found_in_what_is_printed(tmp_path: Path) -> None:
    block = "with op.get_context().autocommit_block():\n    op.execute(statement())"
    body = f"op.drop_table('t')\n{block}\nop.drop_table('u')"
    root = project(tmp_path, {"a": revision("aaaa", body=body, more="from shop import statement\n")})

    made = matched(
        read(root), ["DROP TABLE t", "COMMIT", "CREATE INDEX CONCURRENTLY i ON x (c)", "BEGIN", "DROP TABLE u"]
    )

    assert made.autocommit == ((1, 2),)
    assert line(made.statements[1], root, "a") == "op.execute(statement())"
