"""The text output: frames, lock table, colour, narrow terminals, hostile text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migsafe.commands.running import judge
from migsafe.config import Settings
from migsafe.model.report import Report
from migsafe.outputs import concise, text
from migsafe.sources.collect import Request, collect


@pytest.fixture
def report(tmp_path: Path) -> Report:
    (tmp_path / "V1__users.sql").write_text("CREATE TABLE users (id bigint PRIMARY KEY, email text);\n")
    (tmp_path / "V2__index.sql").write_text(
        "SET lock_timeout = '1s';\nALTER TABLE users\n\tADD COLUMN a int,\n\tALTER COLUMN email SET NOT NULL;\n"
    )
    return judge(collect(Request(root=tmp_path), Settings()), Settings())


def test_a_finding_is_shown_at_its_place(report: Report) -> None:
    lines = text.render(report).splitlines()
    assert lines[0] == "V2__index.sql:4:2  warning  MS106 set-not-null-scan"
    assert lines[1] == " 4 |     ALTER COLUMN email SET NOT NULL"
    assert lines[2] == "   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
    assert "   lock   ACCESS EXCLUSIVE on public.users: blocks reads, writes, schema changes" in lines
    assert lines[-1] == "1 warning in 2 migrations (3 statements) checked, against postgresql 15."


def test_a_lock_that_an_earlier_statement_took_is_the_one_that_is_told(tmp_path: Path) -> None:
    history = "ALTER TABLE users ADD COLUMN state text;\nUPDATE users SET state = 'new' WHERE age > 7;\n"
    (tmp_path / "V1__state.sql").write_text(history)
    shown = text.render(judge(collect(Request(root=tmp_path), Settings()), Settings()))
    _, found = shown.split("MS304 work-under-earlier-lock")
    lock = next(line.strip() for line in found.splitlines() if line.startswith("   lock"))
    told = "ACCESS EXCLUSIVE on public.users, held since an earlier statement: blocks reads, writes, schema changes"
    assert lock == f"lock   {told}"


def test_the_lock_table_has_a_row_for_each_relation(report: Report) -> None:
    shown = text.render(report)
    assert "Locks of V2__index.sql" in shown
    assert "2     add-column, set-not-null  public.users  ACCESS EXCLUSIVE" in shown
    assert "full scan" in shown


def test_locks_on_what_was_just_created_are_not_in_the_table(tmp_path: Path) -> None:
    (tmp_path / "V1__a.sql").write_text("CREATE TABLE notes (id bigint);\nCREATE INDEX notes_idx ON notes (id);\n")
    shown = text.render(judge(collect(Request(root=tmp_path), Settings()), Settings()))
    assert "Locks of" not in shown


def test_prose_is_wrapped_and_sql_is_not(report: Report) -> None:
    narrow = text.render(report, width=60)
    assert max(len(line) for line in narrow.splitlines() if line.startswith("   why")) <= 60
    assert "ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID;" in narrow
    assert "line 2: ACCESS EXCLUSIVE on public.users" in narrow


def test_colour_only_adds_escape_sequences(report: Report) -> None:
    import re

    coloured = text.render_colour(report)
    assert "\x1b[" in coloured
    bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in bare.splitlines()] == text.render(report).splitlines()


def test_concise_is_one_line_for_each_finding(report: Report) -> None:
    first, last = concise.render(report).splitlines()
    assert first.startswith("V2__index.sql:4:2: MS106 warning: ")
    assert last.startswith("1 warning in ")


@pytest.mark.parametrize("renderer", [text.render, concise.render])
def test_control_and_direction_characters_are_shown_escaped(renderer: Callable[[Report], str], tmp_path: Path) -> None:
    name = 'CREATE INDEX "a\x1b[31m\u202eb" ON users (email);'
    (tmp_path / "V1__\u202ex.sql").write_text(name, encoding="utf-8")
    shown = renderer(judge(collect(Request(root=tmp_path), Settings()), Settings()))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "MS101" in shown


def test_a_finding_about_the_way_back_says_so(tmp_path: Path) -> None:
    """In one file the place of both ways is the same operation, and the same rule may speak of both."""
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "1_a.up.sql").write_text("CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n")
    (folder / "1_a.down.sql").write_text("DROP TABLE orders;\n")
    settings = Settings(session_lock_timeout=True)
    shown = text.render(judge(collect(Request(root=tmp_path), settings), settings))
    assert "db/1_a.down.sql:1:1  info  MS402 drop-table (way back)\n" in shown


def test_what_goes_along_with_a_table_is_not_in_the_lock_table(tmp_path: Path) -> None:
    (tmp_path / "V1__users.sql").write_text("CREATE TABLE users (id bigserial PRIMARY KEY);\n")
    (tmp_path / "V2__drop.sql").write_text("DROP TABLE users;\n")
    (tmp_path / "V3__index.sql").write_text("CREATE TABLE pets (id bigint PRIMARY KEY);\n")
    (tmp_path / "V4__reindex.sql").write_text("REINDEX INDEX pets_pkey;\n")
    report = judge(collect(Request(root=tmp_path, paths=("V2__drop.sql", "V4__reindex.sql")), Settings()), Settings())
    rows = [line.split() for line in text.render(report).split("Locks of ", 1)[1].splitlines() if "ACCESS" in line]
    assert [row[2] for row in rows] == ["public.users", "public.pets_pkey"]


def test_a_safer_form_that_cannot_be_written_keeps_its_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise KeyError("secret")

    monkeypatch.setattr("migsafe.commands.running.write_remedy", fail)
    (tmp_path / "V1__users.sql").write_text("CREATE TABLE users (id bigint PRIMARY KEY, note text);\n")
    (tmp_path / "V2__index.sql").write_text("CREATE INDEX ON users (note);\n")
    shown = text.render(judge(collect(Request(root=tmp_path), Settings()), Settings()))
    assert "MS101 blocking-index-build" in shown
    assert "-- migsafe failed to write this down (KeyError): please report it" in shown
    assert "secret" not in shown
