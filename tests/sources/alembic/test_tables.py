"""Tables that a revision creates by themselves instead of through `op`."""

from __future__ import annotations

from pathlib import Path

from tests.sources.alembic.projects import project, revision, sent


def test_a_table_that_references_one_of_another_revision(tmp_path: Path) -> None:
    body = (
        "orders = sa.Table('orders', sa.MetaData(), sa.Column('user_id', sa.Integer(), sa.ForeignKey('users.id')))\n"
        "orders.create(op.get_bind())"
    )

    (statement,) = sent(project(tmp_path, {"a": revision("aaaa", body=body)}))

    assert "FOREIGN KEY(user_id) REFERENCES users (id)" in statement


def test_the_types_of_its_columns_are_made_before_it(tmp_path: Path) -> None:
    table = "t = sa.Table('t', sa.MetaData(), sa.Column('state', sa.Enum('new', 'old', name='state')))\n"
    made = sent(project(tmp_path / "made", {"a": revision("aaaa", body=f"{table}t.create(op.get_bind())")}))
    gone = sent(project(tmp_path / "gone", {"a": revision("aaaa", body=f"{table}t.drop(op.get_bind())")}))

    assert [sql.split("\n")[0].rstrip(" (") for sql in made] == [
        "CREATE TYPE state AS ENUM ('new', 'old')",
        "CREATE TABLE t",
    ]
    assert gone[0] == "DROP TABLE t"  # SQLAlchemy 2.0 drops the type behind it, 2.1 does not
