"""The names of NOT NULL constraints are chosen among those of the schema's other constraints (PostgreSQL 18)."""

from __future__ import annotations

from migsafe.model.names import Name
from tests.effects.worlds import world


def test_a_renamed_table_keeps_its_name_taken() -> None:
    schema = world("CREATE TABLE t (a int NOT NULL)", "ALTER TABLE t RENAME TO u", "CREATE TABLE t (a int NOT NULL)")
    column = schema.relation(Name(None, "t")).column("a")
    assert column is not None
    assert column.not_null_name == "t_a_not_null1"


def test_a_dropped_table_frees_the_name() -> None:
    schema = world("CREATE TABLE t (a int NOT NULL)", "DROP TABLE t", "CREATE TABLE t (a int NOT NULL)")
    column = schema.relation(Name(None, "t")).column("a")
    assert column is not None
    assert column.not_null_name == "t_a_not_null"
