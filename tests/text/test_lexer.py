"""The lexical rules, first as examples, then against PostgreSQL's own scanner."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pglast import parser

from migsafe.text.lexer import COMMENTS, SQL, TokenKind, block_comment_end, dollar_string_end, tokens

K = TokenKind


def lexed(sql: str) -> list[tuple[TokenKind, str]]:
    return [(token.kind, sql[token.start : token.end]) for token in SQL.tokens(sql)]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("users", K.WORD),
        ("größe$1", K.WORD),
        ('"Order ""x"""', K.QUOTED_WORD),
        ('U&"d\\0061t"', K.QUOTED_WORD),
        ("'it''s'", K.STRING),
        ("E'\\''", K.STRING),
        ("E'\\\\'", K.STRING),
        ("U&'\\0061'", K.STRING),
        ("'two'\n  'parts'", K.STRING),
        ("E'two' -- with a comment\n '\\'parts'", K.STRING),
        ("$$ 'anything' -- goes $$", K.DOLLAR_STRING),
        ("$a$ $b$ $$ $a$", K.DOLLAR_STRING),
        ("$größe$ x $größe$", K.DOLLAR_STRING),
        ("B'01'", K.BIT_STRING),
        ("x'FF'", K.BIT_STRING),
        ("1_000", K.NUMBER),
        ("0x1F", K.NUMBER),
        (".5e-3", K.NUMBER),
        ("1.", K.NUMBER),
        ("$1", K.PARAMETER),
        ("@>", K.OPERATOR),
        ("?-", K.OPERATOR),
        ("::", K.PUNCTUATION),
        (":=", K.PUNCTUATION),
        ("-- to the end of the line", K.LINE_COMMENT),
        ("/* nested /* twice */ over */", K.BLOCK_COMMENT),
        ("/*/**/*/", K.BLOCK_COMMENT),
    ],
)
def test_one_token(sql: str, kind: TokenKind) -> None:
    assert lexed(sql) == [(kind, sql)]


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("a.b.c", ["a", ".", "b", ".", "c"]),
        ("1..10", ["1", "..", "10"]),
        ("'a' 'b'", ["'a'", "'b'"]),
        ("N'a'", ["N", "'a'"]),
        ("B'0''1'", ["B'0'", "'1'"]),
        ("a=-1", ["a", "=", "-", "1"]),
        ("a@-1", ["a", "@-", "1"]),
        ("a*-/**/b", ["a", "*", "-", "/**/", "b"]),
        ("a<--b", ["a", "<", "--b"]),
        ("$1$$x$$", ["$1", "$$x$$"]),
        ("a$$b", ["a$$b"]),
        ("x::int[]", ["x", "::", "int", "[", "]"]),
        ("{{ x }}", ["{", "{", "x", "}", "}"]),
    ],
)
def test_where_tokens_part(sql: str, texts: list[str]) -> None:
    assert [text for _, text in lexed(sql)] == texts


@pytest.mark.parametrize("sql", ["'a", "E'a\\'", '"a', "U&'a", "x'1", "$$ a $", "/* /* */", "'a''"])
def test_what_is_never_closed_takes_the_rest(sql: str) -> None:
    assert lexed(sql) == [(K.UNTERMINATED, sql)]


def test_tokens_leave_comments_out() -> None:
    assert [token.kind for token in tokens("a -- b\n/* c */ , d")] == [K.WORD, K.PUNCTUATION, K.WORD]


def test_a_range_of_a_text_is_lexed_as_if_nothing_were_around_it() -> None:
    text = "x 'a;b' y"
    assert [text[t.start : t.end] for t in SQL.tokens(text, 3, 6)] == ["a", ";", "b"]


def test_ends_are_told_without_a_token() -> None:
    assert block_comment_end("/* a */ b", 0, 9) == 7
    assert block_comment_end("/* a ", 0, 5) is None
    assert dollar_string_end("$$a$$;", 0, 6) == 5
    assert dollar_string_end("$a", 0, 2) is None


# What may go wrong sits where two of these meet.
ATOMS = [
    *" \t\n\r\f\v'\"$-/*+=<>@#%^&|`?~!,()[].;:aeExXbBnNuU_019",
    *("--", "/*", "*/", "''", "$$", "$a$", "$b$", "E'", "\\'", "U&'", 'U&"', "'\n'", "' -- x\n'"),
    *("1e5", "0x1F", "1_0", "1.5", "..", "::", ":=", "=>", "->", "<=", "select", "B'", "X'"),
]
ascii_sql = st.lists(st.sampled_from(ATOMS), max_size=16).map("".join)

_KINDS = {
    "SCONST": K.STRING,
    "USCONST": K.STRING,
    "BCONST": K.BIT_STRING,
    "XCONST": K.BIT_STRING,
    "UIDENT": K.QUOTED_WORD,
    "ICONST": K.NUMBER,
    "FCONST": K.NUMBER,
    "PARAM": K.PARAMETER,
    "SQL_COMMENT": K.LINE_COMMENT,
    "C_COMMENT": K.BLOCK_COMMENT,
    "TYPECAST": K.PUNCTUATION,
    "DOT_DOT": K.PUNCTUATION,
    "COLON_EQUALS": K.PUNCTUATION,
    **dict.fromkeys(
        ["Op", "EQUALS_GREATER", "LESS_EQUALS", "GREATER_EQUALS", "LESS_GREATER", "NOT_EQUALS"], K.OPERATOR
    ),
}


def server_kind(name: str, text: str) -> TokenKind:
    """The kind for a name that PostgreSQL's grammar gives a token."""
    if name.startswith("ASCII_"):
        return K.PUNCTUATION if text in ",()[].;:" else K.OPERATOR if text in "+-*/%^<>=" else K.OTHER
    if text.startswith("$") and name == "SCONST":
        return K.DOLLAR_STRING
    return _KINDS.get(name, K.QUOTED_WORD if text.startswith('"') else K.WORD)


@settings(max_examples=500, deadline=None)
@given(ascii_sql)
def test_tokens_are_those_of_the_server(sql: str) -> None:
    try:
        scanned = parser.scan(sql)
    except parser.ParseError:
        assume(False)
    expected = []
    for token in scanned:
        text = sql[token.start : token.end + 1]
        expected.append((server_kind(token.name, text), text))
    assert lexed(sql) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | ascii_sql)
def test_tokens_and_white_space_are_all_there_is(sql: str) -> None:
    rest = list(sql)
    for token in SQL.tokens(sql):
        assert token.start < token.end
        rest[token.start : token.end] = [""] * (token.end - token.start)
    assert not "".join(rest).strip(" \t\n\r\f\v")


@settings(max_examples=300, deadline=None)
@given(ascii_sql)
def test_the_quick_run_stops_before_every_semicolon_and_comment(sql: str) -> None:
    at = 0
    for token in SQL.tokens(sql):
        if token.kind in COMMENTS or sql[token.start : token.end] == ";":
            assert SQL.quiet_end(sql, at, len(sql)) <= token.start
            at = token.end
