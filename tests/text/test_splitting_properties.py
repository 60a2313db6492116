"""Cutting any text at all, and cutting what PostgreSQL's own parser cuts."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pglast import parser

from migsafe.text.coverage import Coverage, uncovered
from migsafe.text.fragments import FragmentKind
from migsafe.text.script import iter_pieces, split
from migsafe.text.source import SourceText
from migsafe.text.templates import TemplateStyle

ATOMS = [
    *" \t\n\r\f\v'\"$-/*+=<>@#%?!,()[].;;;;:aeExXU&1{}é\0\ufeff",
    *("--", "/*", "*/", "''", "$$", "$a$", "E'", "\\'", "U&'", "'\n'", "1_0", "::", "\\", "\\g", "\\.", "\n\\.\n"),
    *("{{", "}}", "{%", "%}", "{#", "#}", "${", "<%=", "%>", ":v", ":'v'", "%s", "@@x@@"),
    *("copy t from stdin;\n", "\\copy t from stdin\n", "create function f() begin atomic ", "create rule ("),
    *("select", " case ", " end ", "\\set x 'y", "\udcff"),
]
texts = st.lists(st.sampled_from(ATOMS), max_size=24).map("".join) | st.text(max_size=80)
styles = st.sets(st.sampled_from(list(TemplateStyle))).map(frozenset)


@settings(max_examples=1000, deadline=None)
@given(texts, styles)
def test_any_text_is_cut_and_nothing_is_left_over(text: str, chosen: frozenset[TemplateStyle]) -> None:
    script = split(SourceText(text, "1.sql"), styles=chosen)
    assert uncovered(script) == ()
    for fragment in script.fragments:
        assert fragment.span.start < fragment.span.end
        assert len(fragment.sql) in (0, fragment.span.end - fragment.span.start)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120) | texts.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_cut_and_the_parser_sees_all_of_every_statement(data: bytes) -> None:
    script = split(SourceText.decode(data, "1.sql"))
    assert uncovered(script) == ()
    for fragment in script.fragments:
        assert b"\0" not in fragment.sql.encode()


@settings(max_examples=300, deadline=None)
@given(texts)
def test_the_stream_covers_what_the_script_covers(text: str) -> None:
    source = SourceText(text, "1.sql")
    script = split(source)
    coverage = Coverage(source, script.span)
    for piece in iter_pieces(source):
        coverage.note(piece)
    assert coverage.uncovered() == ()


def test_a_lost_or_doubled_piece_is_found() -> None:
    script = split(SourceText("SELECT 1; -- a\nDROP TABLE b; SELECT 2;", "1.sql"))
    first, drop, last = script.fragments
    lost = script.replace(fragments=(first, last))
    assert [script.source.slice(span).strip(" ;\n") for span in uncovered(lost)] == ["DROP TABLE b"]
    assert uncovered(script.replace(fragments=(first, drop, drop, last))) == (drop.span,)
    assert len(uncovered(script.replace(comments=()))) == 1


STATEMENTS = [
    "SELECT 1",
    "ALTER TABLE größe ADD b text DEFAULT 'x;''y'",
    "SELECT E'\\';', $$;$$, $a$ $b$; $a$, \"c;\", U&'\\0061;'",
    "SELECT a::int, b[1:2], c ? 'd', e <-> f, -1 FROM g WHERE h /* ; */ = 1 -- ;\n AND i",
    "DO $do$ BEGIN PERFORM 1; EXECUTE $x$ a; $x$; END $do$",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END FROM b; SELECT 2; END",
    "CREATE OR REPLACE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO a VALUES (1); END",
    "CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO b VALUES (1); DELETE FROM c)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$",
    "BEGIN",
    "COMMIT",
]
SEPARATORS = [";", ";\n", "; -- comment; with 'quote\n", " ;; ", ";\r\n/* a /* b; */ ' */\n", "\n;\t"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STATEMENTS), st.sampled_from(SEPARATORS)), min_size=1, max_size=8))
def test_valid_statements_are_cut_where_the_servers_grammar_cuts_them(parts: list[tuple[str, str]]) -> None:
    text = "".join(statement + separator for statement, separator in parts)
    script = split(SourceText(text, "1.sql"))
    assert [fragment.sql for fragment in script.fragments] == [statement for statement, _ in parts]
    slices = parser.split(text, only_slices=True)
    assert len(slices) == len(script.fragments)
    for fragment, cut in zip(script.fragments, slices, strict=True):
        assert cut.start <= fragment.span.start
        assert fragment.span.end <= cut.stop


plain = st.lists(
    st.sampled_from([atom for atom in ATOMS if atom.isascii() and not set(atom) & set("\\{}()\0") and " " not in atom])
).map(" ".join)


@settings(max_examples=500, deadline=None)
@given(plain)
def test_tokens_in_any_order_are_cut_where_the_servers_scanner_cuts_them(text: str) -> None:
    try:
        slices = parser.split(text, with_parser=False, only_slices=True)
    except parser.ParseError:
        assume(False)
    script = split(SourceText(text, "1.sql"), styles=frozenset())
    assume(all(fragment.kind is FragmentKind.SQL for fragment in script.fragments))
    for cut in slices:  # with the comments around a statement, and without statements that hold no keyword
        inside = [fragment for fragment in script.fragments if cut.start < fragment.span.end <= cut.stop]
        assert len(inside) == 1
        assert cut.start <= inside[0].span.start
