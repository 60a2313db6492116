"""A file to migrations: nothing is dropped, and every place leads back to the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from migsafe.errors import SetupError
from migsafe.model.migration import Certainty, Direction, Migration, TransactionScope
from migsafe.model.text import Span
from migsafe.sources.sql.convention import SqlFile
from migsafe.sources.sql.reader import Job, ReadFile, read, read_text

FILE = SqlFile(path="migrations/1_a.sql", id="1_a", version="1", direction=Direction.UP)


def read_sql(sql: str | bytes, convention: str = "plain", root: str = "", transaction: str | None = None) -> ReadFile:
    data = sql.encode() if isinstance(sql, str) else sql
    return read_text(data, Job(root, FILE, convention, transaction))


def only(result: ReadFile) -> Migration:
    assert len(result.migrations) == 1
    return result.migrations[0]


def labels(migration: Migration) -> list[tuple[int, int | None, str, str]]:
    return [
        (s.index, s.parent, " ".join(op.label for op in s.operations), str(s.certainty)) for s in migration.statements
    ]


def test_places_are_those_of_the_file() -> None:
    sql = (
        "-- migrate:up\nSELECT 'ü';\nALTER TABLE été ADD COLUMN x int,\n  DROP COLUMN y;\n-- migrate:down\nSELECT 2;\n"
    )

    up, down = read_sql(sql, "dbmate").migrations
    added, dropped = up.statements[1].clauses

    assert sql[slice(*up.statements[1].span)] == "ALTER TABLE été ADD COLUMN x int,\n  DROP COLUMN y"
    assert sql[slice(*added.span)] == "ADD COLUMN x int"
    assert sql[slice(*dropped.span)] == "DROP COLUMN y"
    assert sql[slice(*down.statements[0].span)] == "SELECT 2"


def test_a_broken_statement_does_not_hide_the_others() -> None:
    migration = only(read_sql("SELECT 1; ALTER TALBE t ADD x int; SELECT 2;"))

    broken = migration.statements[1]
    assert broken.syntax_error is not None
    assert broken.syntax_error.span == Span(16, 21)
    assert [s.certainty for s in migration.statements] == [Certainty.EXACT, Certainty.OPAQUE, Certainty.EXACT]


def test_a_do_block_holds_its_statements() -> None:
    sql = "DO $$ BEGIN\n  IF ready THEN ALTER TABLE t ADD x int; END IF;\n  DROP TABLE u;\nEND $$;\nSELECT 1;"

    migration = only(read_sql(sql))

    assert labels(migration) == [
        (0, None, "do-block", "exact"),
        (1, 0, "add-column", "guarded"),
        (2, 0, "drop-table", "exact"),
        (3, None, "select", "exact"),
    ]
    assert sql[slice(*migration.statements[1].clauses[0].span)] == "ADD x int"
    assert migration.statements[1].guard == "IF ready"


def test_a_routine_that_the_file_creates_and_calls_is_expanded_at_the_call() -> None:
    sql = (
        "CREATE FUNCTION inner_one() RETURNS void LANGUAGE sql AS 'DROP TABLE u';\n"
        "CREATE PROCEDURE outer_one() LANGUAGE plpgsql AS $$ BEGIN PERFORM inner_one(); END $$;\n"
        "CALL outer_one();"
    )

    migration = only(read_sql(sql))

    assert [label for label in labels(migration) if label[0] >= 2] == [
        (2, None, "call-procedure", "exact"),
        (3, 2, "select", "exact"),
        (4, 3, "drop-table", "exact"),
    ]
    assert sql[slice(*migration.statements[4].span)] == "CALL outer_one()"


def test_a_routine_that_calls_itself_ends() -> None:
    sql = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT f()'; SELECT f();"

    assert len(only(read_sql(sql)).statements) == 3


def test_rows_in_a_loop_over_data_are_marked() -> None:
    sql = "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM t LOOP UPDATE u SET a = r.a; END LOOP; END $$;"

    assert [s.certainty for s in only(read_sql(sql)).statements][-1] is Certainty.DATA_LOOP


def test_dynamic_sql_is_opaque() -> None:
    sql = "DO $$ BEGIN EXECUTE 'DROP TABLE ' || pick(); END $$;"

    assert labels(only(read_sql(sql)))[-1] == (1, 0, "opaque", "opaque")


def test_templates_are_holes_guards_or_opaque() -> None:
    sql = (
        "ALTER TABLE {{ schema }}.t ADD x int;\n"
        "{{ if .Big }} DROP TABLE u; {{ end }}\n"
        "SELECT 1 {{ if .More }} + 1 {{ end }};\n"
    )

    migration = only(read_sql(sql))

    assert migration.statements[0].certainty is Certainty.HOLES
    assert len(migration.statements) + len(migration.problems) >= 3


def test_psql_commands() -> None:
    sql = "\\set ON_ERROR_STOP on\n\\echo hello\n\\connect other\n\\if :big\nDROP TABLE t;\n\\endif\nSELECT 1;\n"

    migration = only(read_sql(sql))

    assert migration.notes[-1] == "psql variable: \\set ON_ERROR_STOP on"
    assert [p.message for p in migration.problems] == [
        "psql command \\connect: what follows runs in another database or as another user"
    ]
    assert [(str(s.certainty), s.guard) for s in migration.statements] == [("guarded", "\\if :big"), ("exact", None)]


def test_included_files_are_read_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "migrations/parts").mkdir(parents=True)
    (tmp_path / "migrations/parts/b.sql").write_text("DROP TABLE b;\n\\ir c.sql\n")
    (tmp_path / "migrations/parts/c.sql").write_text("DROP TABLE c;\n\\ir b.sql\n")

    result = read_sql("SELECT 1;\n\\ir parts/b.sql\nSELECT 2;", root=str(tmp_path))

    statements = only(result).statements
    assert [s.path for s in statements] == [None, "migrations/parts/b.sql", "migrations/parts/c.sql", None]
    assert result.included == ("migrations/parts/b.sql", "migrations/parts/c.sql")
    assert "the files include each other" in only(result).problems[0].message


@pytest.mark.parametrize("name", ["/etc/passwd", "../../outside.sql", "missing.sql"])
def test_nothing_outside_of_the_project_is_included(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.sql").write_text("DROP TABLE outside;")
    (tmp_path / "project/migrations").mkdir(parents=True)

    migration = only(read_sql(f"\\i {name}\n", root=str(tmp_path / "project")))

    assert not migration.statements
    assert migration.problems[0].message == f"\\i {name}: there is no such file in the project"


def test_what_no_server_accepts_is_reported() -> None:
    migration = only(read_sql(b"SELECT 1;\x00 SELECT '\xff';"))

    assert {p.message for p in migration.problems} >= {
        "a NUL byte, which the server does not accept",
        "bytes that are no UTF-8",
    }


def test_data_of_copy_belongs_to_its_statement() -> None:
    migration = only(read_sql("COPY t FROM stdin;\n1\tDROP TABLE t;\n\\.\nSELECT 1;"))

    assert [label[2] for label in labels(migration)] == ["copy", "select"]
    assert not migration.problems


def test_files_for_other_databases_are_left_out_with_a_note() -> None:
    result = read_sql("CREATE TABLE t (id int) ENGINE=InnoDB;")

    assert not result.migrations
    assert result.notes[0].message == "written for mysql (ENGINE =), not analysed"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE machines SET engine = 'V8' WHERE (id = 1);",
        "COMMENT ON TABLE t IS 'has `backticks` and AUTO_INCREMENT';",
        "-- PRAGMA foreign_keys\nSELECT 1;",
    ],
)
def test_words_of_other_databases_in_strings_and_names_are_no_evidence(sql: str) -> None:
    assert read_sql(sql).migrations


def test_the_user_may_say_how_files_are_run() -> None:
    assert only(read_sql("SELECT 1;", transaction="none")).scope is TransactionScope.NONE
    assert only(read_sql("SELECT 1;")).notes == (
        "one transaction around the file is assumed: no migration tool was recognised",
    )


def test_comments_at_the_top_hold_for_every_section() -> None:
    up, down = read_sql(
        "-- migsafe: ignore-file[MS1] x\n-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;", "goose"
    ).migrations

    assert "migsafe: ignore-file[MS1] x" in {comment.text for comment in up.comments}
    assert "migsafe: ignore-file[MS1] x" in {comment.text for comment in down.comments}


def test_a_file_that_cannot_be_read_has_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot read migrations/1_a\.sql"):
        read(Job(str(tmp_path), FILE, "plain"))


def test_statements_that_the_tool_does_not_run_are_said() -> None:
    early = read_sql("SELECT 0;\n-- +goose Up\nSELECT 1;", "goose")
    none = read_sql("SELECT 0;", "liquibase")

    assert [note.message for note in early.notes] == ["a statement stands outside of what goose runs (line 1)"]
    assert [note.message for note in none.notes] == ["liquibase runs nothing of it"]
