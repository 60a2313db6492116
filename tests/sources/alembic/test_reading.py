"""A revision becomes the SQL that Alembic sends, each statement at its call."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.model.migration import Certainty, TransactionScope
from tests.sources.alembic.projects import collected, project, revision, sent


def only(root: Path, body: str, more: str = "") -> list[str]:
    """What one revision sends."""
    return sent(project(root, {"a": revision("a", body=body, more=more)}))


@pytest.mark.parametrize(
    ("body", "sql"),
    [
        ("op.add_column('t', sa.Column('c', sa.Integer(), nullable=True))", "ALTER TABLE t ADD COLUMN c INTEGER"),
        ("op.drop_column('t', 'c', schema='s')", "ALTER TABLE s.t DROP COLUMN c"),
        ("op.create_index('i', 't', ['c'], postgresql_concurrently=True)", "CREATE INDEX CONCURRENTLY i ON t (c)"),
        ("op.alter_column('t', 'c', nullable=False)", "ALTER TABLE t ALTER COLUMN c SET NOT NULL"),
        ("op.rename_table('t', 'u')", "ALTER TABLE t RENAME TO u"),
        ("op.execute('UPDATE t SET c = 1')", "UPDATE t SET c = 1"),
        ("op.execute(\"UPDATE t SET c = 'a%'\")", "UPDATE t SET c = 'a%'"),
        ("op.execute(sa.text('SELECT :x').bindparams(x=1))", "SELECT 1"),
        ("op.get_bind().execute(sa.text('DELETE FROM t WHERE id = :i'), {'i': 3})", "DELETE FROM t WHERE id = 3"),
        ("t = sa.table('t', sa.column('c'))\nop.execute(t.update().values(c=2))", "UPDATE t SET c=2"),
        ("with op.batch_alter_table('t') as b:\n    b.drop_column('c')", "ALTER TABLE t DROP COLUMN c"),
        ("sa.Enum('a', 'b', name='e').create(op.get_bind())", "CREATE TYPE e AS ENUM ('a', 'b')"),
        ("for n in ['x']:\n    op.drop_table(f'{n}_old')", "DROP TABLE x_old"),
    ],
)
def test_what_is_sent(tmp_path: Path, body: str, sql: str) -> None:
    assert only(tmp_path, body) == [sql]


def test_each_statement_has_the_place_of_its_call(tmp_path: Path) -> None:
    text = revision("a", body="op.drop_table('one')\nop.drop_table('two')")
    history = collected(project(tmp_path, {"a": text})).histories[0]

    spans = [statement.span for statement in history.migrations[0].statements]

    assert [text[s.start : s.end] for s in spans] == ["op.drop_table('one')", "op.drop_table('two')"]


def test_a_type_of_the_application_is_named_and_not_guessed(tmp_path: Path) -> None:
    body = "op.add_column('t', sa.Column('c', app.types.Money()))"
    text = revision("a", body=body).replace("import sqlalchemy", "import app.types\nimport sqlalchemy", 1)
    history = collected(project(tmp_path, {"a": text})).histories[0]

    statement = history.migrations[0].statements[0]

    assert statement.certainty is Certainty.HOLES
    assert "Money" in statement.sql


def test_a_condition_that_is_not_known_guards_the_statement(tmp_path: Path) -> None:
    body = "if sa.inspect(op.get_bind()).has_table('t'):\n    op.drop_table('t')"
    history = collected(project(tmp_path, {"a": revision("a", body=body)})).histories[0]

    statement = history.migrations[0].statements[0]

    assert statement.certainty is Certainty.GUARDED
    assert statement.guard is not None
    assert "has_table" in statement.guard


@pytest.mark.parametrize(
    ("body", "caught"),
    [
        (
            "try:\n    op.drop_table('t')\nexcept sa.exc.ProgrammingError:\n    pass",
            [("sa.exc.ProgrammingError", False)],
        ),
        (
            "try:\n    with op.get_bind().begin_nested():\n        op.drop_table('t')\nexcept Exception:\n    pass",
            [("Exception", True)],
        ),
        ("try:\n    op.drop_table('t')\nexcept Exception:\n    raise", []),
    ],
)
def test_what_the_code_around_a_statement_does_about_errors_goes_with_it(
    body: str, caught: list[tuple[str, bool]], tmp_path: Path
) -> None:
    history = collected(project(tmp_path, {"a": revision("a", body=body)})).histories[0]

    assert [*history.migrations[0].statements[0].caught] == caught


def test_sql_that_is_not_known_can_be_stated(tmp_path: Path) -> None:
    assert only(tmp_path, "# migsafe: sql(DROP TABLE t)\nop.execute(open('x').read())") == ["DROP TABLE t"]


def test_a_naming_convention_in_env_names_constraints(tmp_path: Path) -> None:
    env = "alembic = MetaData(naming_convention={'uq': 'uq_%(table_name)s_%(column_0_name)s'})\n"
    text = revision("a", body="op.create_unique_constraint(None, 't', ['c'])")

    assert sent(project(tmp_path, {"a": text}, env=env)) == ["ALTER TABLE t ADD CONSTRAINT uq_t_c UNIQUE (c)"]


def test_the_way_back_is_read_as_well(tmp_path: Path) -> None:
    text = revision("a", body="op.drop_table('t')", down="raise NotImplementedError('no way back')")
    down = collected(project(tmp_path, {"a": text})).histories[0].downs[0]

    assert down is not None
    assert down.raises is not None


def test_a_deploy_of_several_revisions_is_one_transaction(tmp_path: Path) -> None:
    texts = {"a": revision("aaaa"), "b": revision("bbbb", "aaaa"), "c": revision("cccc", "bbbb")}
    root = project(tmp_path, texts)

    scopes = [m.scope for m in collected(root, "aaaa:cccc").histories[0].migrations]

    assert scopes[1:] == [TransactionScope.GROUP, TransactionScope.GROUP]


def test_env_can_ask_for_a_transaction_each(tmp_path: Path) -> None:
    env = "from alembic import context\ncontext.configure(transaction_per_migration=True)\n"
    texts = {"a": revision("aaaa"), "b": revision("bbbb", "aaaa")}

    scopes = [m.scope for m in collected(project(tmp_path, texts, env=env), "base:bbbb").histories[0].migrations]

    assert scopes == [TransactionScope.FILE, TransactionScope.FILE]
