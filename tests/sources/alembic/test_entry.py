"""What projects hand to `upgrade`, and what a revision can know of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.alembic.projects import codes, project, report, revision, sent


@pytest.mark.parametrize("parameters", ["op", "op=None", "op, tables, tester", "*, op=None"])
def test_operations_can_be_a_parameter_of_the_entry(tmp_path: Path, parameters: str) -> None:
    text = revision("aaaa", body="op.drop_table('t')").replace("def upgrade()", f"def upgrade({parameters})")

    assert sent(project(tmp_path, {"a": text.replace("from alembic import op\n", "")})) == ["DROP TABLE t"]


def test_a_revision_knows_its_own_name_as_alembic_gives_it(tmp_path: Path) -> None:
    body = "if int(__name__.split('_')[0]) < 7:\n    op.drop_table(__name__)"

    assert sent(project(tmp_path, {"003_first": revision("aaaa", body=body)})) == ['DROP TABLE "003_first_py"']


def test_rows_of_a_table_whose_columns_are_not_known_here(tmp_path: Path) -> None:
    body = "op.bulk_insert(tables.kinds, [{'name': 'a'}, {'name': 'b'}])"
    text = revision("aaaa", body=body).replace("def upgrade()", "def upgrade(op, tables)")

    assert sent(project(tmp_path, {"a": text})) == [
        "INSERT INTO kinds (name) VALUES ('a')",
        "INSERT INTO kinds (name) VALUES ('b')",
    ]


def test_a_label_that_is_a_constant_elsewhere_makes_a_branch(tmp_path: Path) -> None:
    label = "from app import cli\nbranch_labels = (cli.{},)\n"
    texts = {
        "a": revision("aaaa"),
        "b": revision("bbbb", "aaaa", more=label.format("EXPAND")),
        "c": revision("cccc", "aaaa", more=label.format("CONTRACT")),
    }

    assert "MS704" not in codes(report(project(tmp_path, texts)))
