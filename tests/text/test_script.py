r"""Cutting scripts: statements, psql commands, data behind COPY, comments, and what is reported instead of read."""

from __future__ import annotations

from time import process_time

import pytest
from pglast import parser

from migsafe.model.text import Span
from migsafe.text.coverage import uncovered
from migsafe.text.fragments import MAX_FILE, MAX_NESTING, MAX_STATEMENT, Fragment, FragmentKind, Script
from migsafe.text.script import iter_fragments, iter_pieces, split
from migsafe.text.source import SourceText
from migsafe.text.templates import MAX_HOLES

K = FragmentKind


def cut(text: str | bytes) -> Script:
    data = text if isinstance(text, bytes) else text.encode()
    script = split(SourceText.decode(data, "1.sql"))
    assert uncovered(script) == ()
    return script


def written(script: Script) -> list[tuple[FragmentKind, str]]:
    return [(fragment.kind, script.source.slice(fragment.span)) for fragment in script.fragments]


def statements(text: str) -> list[str]:
    script = cut(text)
    assert {fragment.kind for fragment in script.fragments} <= {K.SQL}
    return [fragment.sql for fragment in script.fragments]


def test_statements_come_without_semicolons_and_surrounding_comments() -> None:
    text = "-- first\nBEGIN;\n\n  ALTER TABLE a ADD b int -- why\n;;\n/* last */ COMMIT"
    assert statements(text) == ["BEGIN", "ALTER TABLE a ADD b int", "COMMIT"]


def test_a_comment_inside_of_a_statement_stays_in_it() -> None:
    assert statements("ALTER TABLE a /* ; */ ADD b int; -- c") == ["ALTER TABLE a /* ; */ ADD b int"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO a VALUES ('x;y', 'it''s;')",
        "SELECT E'\\';', E'a'\n'\\';'",
        'ALTER TABLE "a;b" ADD "c"";" int',
        "DO $$ BEGIN PERFORM 1; END $$",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $body$ SELECT $$;$$; $body$",
        "COMMENT ON TABLE größe IS U&'\\0061;'",
        "SELECT 1 /* a ; /* b ; */ ; */ + 1",
        "CREATE RULE r AS ON UPDATE TO a DO (DELETE FROM b; INSERT INTO c VALUES (1); NOTIFY c)",
        "create or -- really\n replace rule r as on insert to a do instead (delete from b; delete from c)",
        "CREATE FUNCTION f(i int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT i; END",
        "CREATE PROCEDURE p() BEGIN ATOMIC INSERT INTO a SELECT CASE WHEN b THEN CASE WHEN c THEN 2 END END; END",
        "CREATE PROCEDURE p() BEGIN ATOMIC SELECT x.end AS case FROM x; SELECT 1; END",
        "CREATE OR REPLACE FUNCTION f() RETURNS SETOF a BEGIN /* now */ ATOMIC SELECT * FROM a; END",
        "CREATE FUNCTION begin(atomic int) RETURNS int LANGUAGE sql RETURN 1",
    ],
)
def test_semicolons_inside_of_a_statement_do_not_end_it(statement: str) -> None:
    assert statements(f"{statement};\nSELECT 1;") == [statement, "SELECT 1"]


def test_an_open_parenthesis_costs_its_own_statement_only() -> None:
    assert statements("CREATE TABLE a (b int; DROP TABLE c;") == ["CREATE TABLE a (b int", "DROP TABLE c"]


def test_a_body_that_is_never_closed_costs_its_own_statement_only() -> None:
    text = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; DROP TABLE a;"
    assert statements(text) == ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1", "DROP TABLE a"]


@pytest.mark.parametrize("opening", ["SELECT 'a", 'SELECT "a', "SELECT $x$ a", "SELECT E'a\\'", "/* a"])
def test_what_is_never_closed_is_left_to_the_parser_with_all_that_follows(opening: str) -> None:
    assert statements(f"SELECT 1;\n{opening}; DROP TABLE b;") == ["SELECT 1", f"{opening}; DROP TABLE b;"]


def test_crlf_and_a_byte_order_mark_belong_to_no_statement() -> None:
    script = cut("\ufeffBEGIN;\r\nDROP TABLE a;\r\n".encode())
    assert written(script) == [(K.SQL, "BEGIN"), (K.SQL, "DROP TABLE a")]


def test_a_dump_with_data_and_restrict_lines() -> None:
    dump = r"""--
-- PostgreSQL database dump
--

\restrict dMhVf0d

SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);

COPY public.größe (id, note) FROM stdin;
1	it's; not SQL -- at all
2	\\.
\.


COPY public.leer (id) FROM stdin;
\.


ALTER TABLE ONLY public.größe ADD CONSTRAINT größe_pkey PRIMARY KEY (id);

\unrestrict dMhVf0d
"""
    script = cut(dump)
    assert written(script) == [
        (K.META_COMMAND, r"\restrict dMhVf0d"),
        (K.SQL, "SET client_encoding = 'UTF8'"),
        (K.SQL, "SELECT pg_catalog.set_config('search_path', '', false)"),
        (K.SQL, "COPY public.größe (id, note) FROM stdin"),
        (K.COPY_DATA, "1\tit's; not SQL -- at all\n2\t\\\\.\n\\."),
        (K.SQL, "COPY public.leer (id) FROM stdin"),
        (K.COPY_DATA, "\\."),
        (K.SQL, "ALTER TABLE ONLY public.größe ADD CONSTRAINT größe_pkey PRIMARY KEY (id)"),
        (K.META_COMMAND, r"\unrestrict dMhVf0d"),
    ]
    assert [comment.text for comment in script.comments] == ["", "PostgreSQL database dump", ""]


def test_data_that_nobody_ends_are_told() -> None:
    script = cut("COPY a FROM STDIN;\n1\n2\n")
    assert script.fragments[-1] == Fragment(K.COPY_DATA, Span(19, 23), name="unterminated")


@pytest.mark.parametrize(
    "statement", ["COPY a TO stdout", "COPY a FROM 'f'", "COPY (SELECT 1) FROM stdin", "COPY a FROM PROGRAM 'x'"]
)
def test_only_a_copy_from_the_client_has_data(statement: str) -> None:
    assert statements(f"{statement};\nSELECT 1;") == [statement, "SELECT 1"]


def test_the_rest_of_the_line_behind_copy_is_sql_and_data_follow_it() -> None:
    script = cut("COPY a FROM stdin; COPY b FROM stdin; SELECT 1; -- both\n1\n\\.\n2\n\\.\nSELECT 2;")
    assert [text for _, text in written(script)] == [
        "COPY a FROM stdin",
        "COPY b FROM stdin",
        "SELECT 1",
        "1\n\\.",
        "2\n\\.",
        "SELECT 2",
    ]


def test_commands_of_psql_have_a_name() -> None:
    text = (
        "\\set ON_ERROR_STOP on\n\\i sub/other.sql -- part of the name\n\\connect app\n\\if :x\n\\else\n\\endif\n\\!ls"
    )
    script = cut(text)
    assert [fragment.kind for fragment in script.fragments] == [K.META_COMMAND] * 7
    assert [fragment.name for fragment in script.fragments] == ["set", "i", "connect", "if", "else", "endif", "!"]
    assert script.source.slice(script.fragments[1].span) == "\\i sub/other.sql -- part of the name"


def test_quotes_and_backslashes_in_the_arguments_of_a_command() -> None:
    script = cut(r"\set a 'x\\y; ' \set b `echo \d` \\ SELECT 1;")
    assert [text for _, text in written(script)] == [r"\set a 'x\\y; '", r"\set b `echo \d` \\", "SELECT 1"]


def test_copy_of_psql_has_data_too() -> None:
    script = cut("\\copy a FROM stdin\n1\n\\.\nSELECT 1;")
    assert [kind for kind, _ in written(script)] == [K.META_COMMAND, K.COPY_DATA, K.SQL]


def test_a_command_can_end_a_statement_in_place_of_a_semicolon() -> None:
    script = cut("SELECT 'DROP TABLE a' \\gexec\nSELECT $1 \\bind 2 \\g\nSELECT 3 \\; SELECT 4;")
    assert written(script) == [
        (K.SQL, "SELECT 'DROP TABLE a'"),
        (K.META_COMMAND, "\\gexec"),
        (K.SQL, "SELECT $1"),
        (K.META_COMMAND, "\\bind 2"),
        (K.META_COMMAND, "\\g"),
        (K.SQL, "SELECT 3"),
        (K.SQL, "SELECT 4"),
    ]


def test_a_command_in_the_middle_makes_a_template_of_the_statement() -> None:
    script = cut("ALTER TABLE a\n\\if :x\nADD b int\n\\endif\n;")
    (fragment,) = script.fragments
    assert fragment.kind is K.TEMPLATE
    assert [hole.text for hole in fragment.holes] == ["\\if :x", "\\endif"]
    assert fragment.sql.split() == ["ALTER", "TABLE", "a", "ADD", "b", "int"]


def test_a_nul_never_ends_what_the_parser_sees() -> None:
    script = cut(b"SELECT 1;\0\0DROP TABLE a\0; COMMENT ON TABLE b IS '\0';\x1a")
    assert [(fragment.kind, fragment.sql) for fragment in script.fragments] == [
        (K.SQL, "SELECT 1"),
        (K.GARBAGE, ""),
        (K.SQL, "DROP TABLE a\ufffd"),
        (K.SQL, "COMMENT ON TABLE b IS '\ufffd'"),
        (K.GARBAGE, ""),
    ]
    assert len(script.source.flaws) == 3


def test_undecodable_bytes_reach_the_parser_as_text() -> None:
    (fragment,) = cut(b"COMMENT ON TABLE a IS 'caf\xe9'").fragments
    assert fragment.sql == "COMMENT ON TABLE a IS 'caf\ufffd'"
    assert len(parser.split(fragment.sql)) == 1


def test_a_byte_order_mark_in_the_middle_is_told_and_hides_nothing() -> None:
    assert written(cut("SELECT 1;\n\ufeffDROP TABLE a;")) == [
        (K.SQL, "SELECT 1"),
        (K.GARBAGE, "\ufeff"),
        (K.SQL, "DROP TABLE a"),
    ]


def test_comments_have_their_text_and_know_whether_they_stand_alone() -> None:
    text = "\t-- migsafe: ignore[MS101] why\r\nSELECT 1; -- +goose Up\n/*\n * more\n */\n/**/ SELECT 2 /* /* in */ */;"
    assert [(comment.text, comment.alone) for comment in cut(text).comments] == [
        ("migsafe: ignore[MS101] why", True),
        ("+goose Up", False),
        ("* more", True),
        ("", False),
        ("/* in */", False),
    ]


def test_what_looks_like_a_comment_inside_of_a_string_is_none() -> None:
    assert cut("SELECT '-- a', $$ -- b $$, \"/* c\";").comments == ()


def test_a_range_is_cut_as_if_nothing_were_around_it() -> None:
    text = "-- migrate:up\nCREATE TABLE a ()\n-- migrate:down\nDROP TABLE a\n"
    down = Span(text.index("-- migrate:down"), len(text))
    script = split(SourceText.decode(text.encode(), "1.sql"), down)
    assert written(script) == [(K.SQL, "DROP TABLE a")]
    assert [comment.text for comment in script.comments] == ["migrate:down"]
    assert uncovered(script) == ()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("SELECT " + "(" * (MAX_NESTING + 1) + "1", "nesting depth"),
        ("SELECT '" + "a" * MAX_STATEMENT + "'", "statement size"),
        ("SELECT " + ":a," * (MAX_HOLES + 1), "placeholders"),
        ("SELECT 1 " + "\\x " * (MAX_HOLES + 1), "placeholders"),
    ],
)
def test_a_statement_beyond_the_limits_costs_only_itself(text: str, limit: str) -> None:
    script = cut(f"{text}\n; SELECT 1;")
    assert [(fragment.kind, fragment.name) for fragment in script.fragments] == [(K.BEYOND_LIMITS, limit), (K.SQL, "")]


def test_parentheses_in_strings_are_no_nesting() -> None:
    assert len(statements("SELECT '" + "(" * 1000 + "';")) == 1


def test_a_file_beyond_the_limit_is_not_read() -> None:
    source = SourceText(" " * (MAX_FILE + 1), "1.sql")
    (fragment,) = iter_fragments(source)
    assert (fragment.kind, fragment.name) == (K.BEYOND_LIMITS, "file size")


def test_pieces_come_one_by_one() -> None:
    pieces = iter_pieces(SourceText("SELECT 1; -- a\n'never closed", "1.sql"))
    assert next(pieces) == Fragment(K.SQL, Span(0, 8), "SELECT 1")


@pytest.mark.parametrize(
    "unit",
    [
        *("copy t from stdin;", "create rule (;", "create function f() begin atomic;", "\\copy t from stdin\n\\.\n"),
        *("{{", "{% x", "<%=", "${", ":v ", "/*", "--\n", "E'\\", "'a' --\n", "$a$", "(", "\\a ", "\0;"),
    ],
)
def test_hostile_text_costs_no_more_than_its_size(unit: str) -> None:
    """Ten times the text may cost three times more than ten times the work, to be safe; the square would be 100."""
    assert _seconds(unit * 5_000) <= 30 * _seconds(unit * 500) + 0.01


def _seconds(text: str) -> float:
    def once() -> float:
        started = process_time()
        for _ in iter_pieces(SourceText(text, "1.sql")):
            pass
        return process_time() - started

    return min(once() for _ in range(3))
