"""Placeholders and their stand-ins."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pglast import parser

from migsafe.text.fragments import Fragment, FragmentKind
from migsafe.text.script import split
from migsafe.text.source import SourceText
from migsafe.text.templates import DEFAULT_STYLES, HoleKind, TemplateStyle

ALL = frozenset(TemplateStyle)


def statement(sql: str, styles: frozenset[TemplateStyle] = DEFAULT_STYLES) -> Fragment:
    (fragment,) = split(SourceText(sql, "1.sql"), styles=styles).fragments
    assert len(fragment.sql) == len(sql)
    return fragment


@pytest.mark.parametrize(
    ("sql", "filled"),
    [
        ("ALTER TABLE {{ t }} ADD b int", "ALTER TABLE _t_     ADD b int"),
        ("ALTER TABLE {{t}}.b ADD c int", "ALTER TABLE _t_  .b ADD c int"),
        ("ALTER TABLE ${schema}.b ADD c int", "ALTER TABLE _schema_ .b ADD c int"),
        ("ALTER TABLE ${schema:-app}.b ADD c int", "ALTER TABLE _schema_app_  .b ADD c int"),
        ("ALTER TABLE ${flyway:user}_b ADD c int", "ALTER TABLE _flyway_user___b ADD c int"),
        ("ALTER TABLE b_${env} ADD c int", "ALTER TABLE b__env_  ADD c int"),
        ("ALTER TABLE ${a}${b} ADD c int", "ALTER TABLE _a___b_  ADD c int"),
        ("ALTER TABLE #{t} ADD b int", "ALTER TABLE _t_  ADD b int"),
        ("ALTER TABLE <%= t %> ADD b int", "ALTER TABLE _t_      ADD b int"),
        ("ALTER TABLE :t ADD b int", "ALTER TABLE _t ADD b int"),
        ("ALTER TABLE :\"t\" ADD b text DEFAULT :'v'", "ALTER TABLE \":t\" ADD b text DEFAULT ':v'"),
        ("ALTER TABLE a ADD b varchar({{ size }})", "ALTER TABLE a ADD b varchar(1         )"),
        ("ALTER SEQUENCE a INCREMENT BY ${n} START WITH ${m}", "ALTER SEQUENCE a INCREMENT BY 1    START WITH 1   "),
        ("ALTER TABLE a ALTER b SET STATISTICS :n", "ALTER TABLE a ALTER b SET STATISTICS 1 "),
        ("DELETE FROM a {# all; of 'them #} WHERE b = {{ x }}", None),
        ("SELECT :{?x}", "SELECT _x_  "),
        (
            "DO $$ BEGIN ALTER TABLE {{ s }}.t ADD a text DEFAULT '{{1},{2}}'; END $$",
            "DO $$ BEGIN ALTER TABLE _s_    .t ADD a text DEFAULT '{{1},{2}}'; END $$",
        ),
        ("DO $a$ BEGIN DROP TABLE ${s}.t; END $a$", "DO $a$ BEGIN DROP TABLE _s_ .t; END $a$"),
        ("DO $$ BEGIN PERFORM :x; END $$", "DO $$ BEGIN PERFORM :x; END $$"),
    ],
)
def test_a_placeholder_for_a_name_or_a_value_has_a_stand_in_of_its_length(sql: str, filled: str | None) -> None:
    fragment = statement(sql)
    assert fragment.kind is FragmentKind.SQL
    assert filled is None or fragment.sql == filled
    assert len(parser.split(fragment.sql)) == 1


@pytest.mark.parametrize(
    ("sql", "filled"),
    [
        ("SELECT %(id)s, @@name@@", "SELECT _id_s_, _name_  "),
        ("SELECT a FROM b WHERE c = %s LIMIT ?", "SELECT a FROM b WHERE c = _s LIMIT _"),
        ("INSERT INTO a VALUES (?, ?)", "INSERT INTO a VALUES (_, _)"),
    ],
)
def test_styles_that_plain_sql_can_contain_have_to_be_asked_for(sql: str, filled: str) -> None:
    assert statement(sql).holes == ()
    assert statement(sql, ALL).sql == filled


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a::int, b[1:n], b[:n], b[m:], b[f(x):n] FROM c",
        "SELECT JSON_OBJECT('k':v, 'l' : w)",
        "SELECT a ? 'k', a ?| b, a ?& c, d @? e, d @@ e, f % g FROM h",
        "SELECT f(a := 1), '{}'::jsonb, '10:30'::time FROM h WHERE b <% c",
        "SELECT '{{ x }}', \"${y}\", $$ :z $$ -- {{ x }}\n, /* ${y} */ 1",
        "PREPARE p AS SELECT $1",
    ],
)
def test_plain_sql_has_no_holes(sql: str) -> None:
    fragment = statement(sql, ALL)
    assert (fragment.kind, fragment.sql, fragment.holes) == (FragmentKind.SQL, sql, ())


def test_holes_tell_where_what_and_as_what_the_parser_sees_it() -> None:
    text = "-- Größe\nALTER TABLE {{ Größe }} ADD b varchar(${n}) DEFAULT :'v';"
    script = split(SourceText(text, "1.sql"))
    holes = script.fragments[0].holes
    assert [(hole.text, hole.kind, hole.stand_in) for hole in holes] == [
        ("{{ Größe }}", HoleKind.VALUE, "_größe_"),
        ("${n}", HoleKind.NUMBER, "1"),
        (":'v'", HoleKind.STRING, ":v"),
    ]
    assert [script.source.slice(hole.span) for hole in holes] == [hole.text for hole in holes]


def test_a_placeholder_has_the_same_name_in_every_file() -> None:
    names = {statement(sql).holes[0].stand_in for sql in ("DROP TABLE {{ t }}", "ALTER TABLE {{t}} ADD b int")}
    assert names == {"_t_"}


def test_long_placeholders_have_names_that_the_server_does_not_cut() -> None:
    texts = [f"{{{{ table_of('{'x' * 60}', {number}) }}}}" for number in (1, 2)]
    first, second = (statement(f"DROP TABLE {text}").holes[0].stand_in for text in texts)
    assert first != second
    assert len(first) < 63


@pytest.mark.parametrize(
    "text",
    ["{% if x %}", "{% endif %}", "{{ range .T }}", "{{- end -}}", "{{#each t}}", "{{> part}}", "{{ all_of_it() }}"],
)
def test_what_steers_the_template_stands_between_statements(text: str) -> None:
    script = split(SourceText(f"{text}\nSELECT 1;\n{text};\n{text} -- note\nSELECT 2;", "1.sql"))
    assert [fragment.kind for fragment in script.fragments] == [
        FragmentKind.TEMPLATE,
        FragmentKind.SQL,
        FragmentKind.TEMPLATE,
        FragmentKind.TEMPLATE,
        FragmentKind.SQL,
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE a {% if x %} ADD b int {% else %} DROP b {% endif %}",
        "{{ verb }} TABLE a",
        ":verb TABLE a",
        "ALTER TABLE a {{ range .Columns }} ADD x int",
    ],
)
def test_a_placeholder_for_a_clause_makes_a_template_of_the_statement(sql: str) -> None:
    fragment = statement(sql)
    assert fragment.kind is FragmentKind.TEMPLATE
    assert HoleKind.CLAUSE in {hole.kind for hole in fragment.holes}


def test_quotes_comments_and_semicolons_inside_of_a_placeholder_are_its_own() -> None:
    text = "ALTER TABLE {{ name('it;s -- a') }} ADD b int; DROP TABLE ${c:-'d;'};"
    assert [fragment.kind for fragment in split(SourceText(text, "1.sql")).fragments] == [FragmentKind.SQL] * 2


def test_comments_of_a_template_are_comments() -> None:
    script = split(SourceText("{# migsafe: ignore[MS101] x #}\nSELECT 1; {{/* more; */}}", "1.sql"))
    assert [comment.text for comment in script.comments] == ["migsafe: ignore[MS101] x", "/* more; */"]
    assert [fragment.sql for fragment in script.fragments] == ["SELECT 1"]


ATOMS = [
    *("{{", "}}", "{%", "%}", "{#", "#}", "${", "}", "#{", "<%=", "<%", "%>", ":v", ":'v'", ':"v"', ":{?v}"),
    *("%s", "%(v)s", "@@v@@", "?", " ", "\n", "a", "1", ",", "(", ")", "[", "]", ";", "'", '"', "--", "/*", "*/", "$$"),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(ATOMS), max_size=24).map("".join), st.sets(st.sampled_from(list(TemplateStyle))))
def test_stand_ins_never_move_anything(text: str, styles: set[TemplateStyle]) -> None:
    script = split(SourceText(text, "1.sql"), styles=frozenset(styles))
    for fragment in script.fragments:
        original = script.source.slice(fragment.span)
        assert len(fragment.sql) in (0, len(original))
        for hole in fragment.holes:
            assert script.source.slice(hole.span) == hole.text
            start, end = hole.span.shifted(-fragment.span.start)
            assert hole.stand_in in fragment.sql[start:end]
