"""The lexical rules of PostgreSQL, as in `src/backend/parser/scan.l` of version 18.

`standard_conforming_strings` is taken to be on (the default since 9.1): a script that switches it off and then
writes a backslash before a quote in a plain string is read wrongly.

Two regular expressions are made from the same pieces. `Lexer.tokens` names every token; `Lexer.quiet_end` only runs
over what cannot end a statement, which is several times faster and all that splitting a file needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple, final

from migsafe.text.patterns import compiled, late

WHITE_SPACE = " \t\n\r\f\v"


class TokenKind(IntEnum):
    """What a token is; the names of scan.l in brackets where they differ."""

    WORD = 1  # an identifier or a keyword, not quoted
    QUOTED_WORD = 2  # "…" or U&"…"
    STRING = 3  # '…', E'…' and U&'…' with their continuations (SCONST, USCONST)
    DOLLAR_STRING = 4  # $$…$$ or $tag$…$tag$ (SCONST)
    BIT_STRING = 5  # B'…' or X'…' (BCONST, XCONST)
    NUMBER = 6  # (ICONST, FCONST)
    PARAMETER = 7  # $1
    OPERATOR = 8
    PUNCTUATION = 9  # , ( ) [ ] . ; : and :: .. :=
    LINE_COMMENT = 10
    BLOCK_COMMENT = 11
    PLACEHOLDER = 12  # of a template; only from a lexer that was told of them
    UNTERMINATED = 13  # a string, a quoted word or a comment that never ends: the rest of the text
    OTHER = 14  # a character that SQL does not know


COMMENTS = frozenset({TokenKind.LINE_COMMENT, TokenKind.BLOCK_COMMENT})


class Token(NamedTuple):
    """A token and its place, in code points of the text that was lexed."""

    kind: TokenKind
    start: int
    end: int


# scan.l works on bytes and takes every byte above 127 as part of an identifier; so does this, with code points.
# The classes name the ASCII characters that they leave out: `re` compiles a class that names a character beyond
# 255 through a table of all of them, which takes 1 to 4 ms for each class.
IDENTIFIER_START = r"[^\x00-@\[-^`{-\x7f]"
IDENTIFIER_PART = r"[^\x00-/:-@\[-^`{-\x7f]"  # digits too; the dollar sign needs a rule of its own
# A dollar before a brace opens a placeholder; in SQL no brace can follow it.
WORD = rf"{IDENTIFIER_START}{IDENTIFIER_PART}*+(?:\$(?!\{{){IDENTIFIER_PART}*+)*+"
_LINE_COMMENT = r"--[^\n\r]*+"
_DOLLAR = rf"\$(?:{IDENTIFIER_START}{IDENTIFIER_PART}*+)?+\$"
_DIGITS = r"[0-9](?:_?[0-9])*+"
# Letters behind the digits are part of the token: 0x1F, 1e5 and the error "trailing junk after numeric literal".
_NUMBER = (
    rf"(?:{_DIGITS}(?:\.(?!\.)(?:{_DIGITS})?+)?+|\.{_DIGITS})"
    rf"(?:[eE][-+]{_DIGITS}(?:{WORD})?+|{WORD})?+"
)

# {quotecontinue}: a literal goes on after white space that holds a line end; comments may stand between.
_GAP = rf"(?:[ \t\f\v]|{_LINE_COMMENT})*+[\n\r](?:[{WHITE_SPACE}]++|{_LINE_COMMENT}[\n\r])*+"
_STRING_BODY = r"(?:[^']++|'')*+"
_ESCAPE_BODY = r"(?:[^'\\]++|\\[\s\S]|'')*+"
_STRING = rf"'{_STRING_BODY}(?:'{_GAP}'{_STRING_BODY})*+'"
_ESCAPE_STRING = rf"[eE]'{_ESCAPE_BODY}(?:'{_GAP}'{_ESCAPE_BODY})*+'"
_BIT_STRING = rf"[bBxX]'[^']*+(?:'{_GAP}'[^']*+)*+'"
_QUOTED_WORD = r'"(?:[^"]++|"")*+"'

# {operator}: a comment start ends it; a last + or - belongs to it only beside one of the unusual characters.
_UNUSUAL = r"[~!@#^&|`?%]"
_COMMON = r"(?:[+*<>=]|-(?!-)|/(?!\*))"
_OPERATOR = (
    rf"{_COMMON}*+{_UNUSUAL}(?:{_COMMON}|{_UNUSUAL})*+"
    r"|(?:(?:\+|-(?!-))*(?:[*<>=]|/(?!\*)))++|\+|-(?!-)"
)

NO_PATTERN = r"(?!)"

# In the order in which they are tried. Groups of the same number in both halves of the rules.
_RULES: tuple[tuple[TokenKind, str], ...] = (
    (TokenKind.STRING, rf"{_STRING}|{_ESCAPE_STRING}|[uU]&{_STRING}"),
    (TokenKind.BIT_STRING, _BIT_STRING),
    (TokenKind.QUOTED_WORD, rf"{_QUOTED_WORD}|[uU]&{_QUOTED_WORD}"),
    (TokenKind.UNTERMINATED, r"""(?:'|"|[eEbBxX]'|[uU]&['"])[\s\S]*+"""),
    (TokenKind.WORD, WORD),
    (TokenKind.PUNCTUATION, r"[,()\[\];]|::|:=|:|\.\.|\.(?![0-9])"),
    (TokenKind.NUMBER, _NUMBER),
    (TokenKind.LINE_COMMENT, _LINE_COMMENT),
    (TokenKind.OPERATOR, _OPERATOR),
    (TokenKind.PARAMETER, r"\$[0-9]++"),
    (TokenKind.DOLLAR_STRING, _DOLLAR),
    (TokenKind.BLOCK_COMMENT, r"/\*"),
    (TokenKind.OTHER, r"[\s\S]"),
)
# Block comments nest and a dollar quote names its own end: no pattern closes them.
_SEARCHED = frozenset({TokenKind.BLOCK_COMMENT, TokenKind.DOLLAR_STRING})
_NESTING = late(r"/\*|\*/")
_DOLLAR_OPENING = late(_DOLLAR)


@final
class Lexer:
    """The rules, with the placeholders that a template language adds.

    `placeholders` is a pattern (without groups) that is tried before the rules at every token. It has to begin
    with one of the characters `{ $ # < @ % : ?`.
    """

    def __init__(self, placeholders: str = NO_PATTERN) -> None:
        self._placeholders = placeholders
        self._rules = ((TokenKind.PLACEHOLDER, placeholders), *_RULES)
        self._kinds = (TokenKind.OTHER, *(kind for kind, _ in self._rules))

    @cached_property
    def _token(self) -> re.Pattern[str]:
        """One token with the white space before it. Compiling takes milliseconds, and not every run needs it."""
        return compiled(rf"[{WHITE_SPACE}]*+(?:{'|'.join(f'({pattern})' for _, pattern in self._rules)})")

    @cached_property
    def _quiet(self) -> re.Pattern[str]:
        return compiled(_quiet_pattern(self._placeholders))

    def tokens(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
        """The tokens between two offsets, comments included, white space left out."""
        limit = len(text) if end is None else end
        kinds = self._kinds
        while start < limit:
            for found in self._token.finditer(text, start, limit):
                group = found.lastindex or 0
                kind = kinds[group]
                begin, start = found.span(group)
                if kind in _SEARCHED:
                    token = _searched(kind, text, begin, limit)
                    yield token
                    start = token.end
                    break
                yield Token(kind, begin, start)
            else:
                return

    def quiet_end(self, text: str, start: int, end: int) -> int:
        """Where the first thing begins that can end a statement, hide a semicolon or need a stand-in.

        That is a semicolon, a comment, a backslash, a dollar quote, a placeholder, or a quote that is never closed.
        """
        found = self._quiet.match(text, start, end)
        return found.end() if found else start


# All of ASCII that is no part of a word, opens nothing and ends nothing.
_QUIET = r"[\x00-!&()*+,.=>\[\]^`|}~\x7f]"


def _quiet_pattern(placeholders: str) -> str:
    """Runs over everything but the stops that `Lexer.quiet_end` names.

    Where literals of the same kind follow each other it does not matter whether they are one or two, so only
    E'…' needs its continuation.
    """
    return (
        rf"(?:{_QUIET}++"
        rf"|{_ESCAPE_STRING}|(?![eE]'){WORD}|{_DIGITS}(?:{WORD})?+|'[^']*+'|\"[^\"]*+\""
        rf"|\$[0-9]++|-(?!-)|/(?!\*)|(?!{_DOLLAR}|{placeholders})[${{#<@%:?])*+"
    )


def _searched(kind: TokenKind, text: str, start: int, limit: int) -> Token:
    if kind is TokenKind.BLOCK_COMMENT:
        end = block_comment_end(text, start, limit)
    else:
        end = dollar_string_end(text, start, limit)
    return Token(kind, start, end) if end else Token(TokenKind.UNTERMINATED, start, limit)


def block_comment_end(text: str, start: int, limit: int) -> int | None:
    """The offset behind the comment that opens at `start`, or None if it is not closed. Comments nest."""
    depth = 0
    for found in _NESTING.finditer(text, start, limit):
        depth += 1 if found[0] == "/*" else -1
        if not depth:
            return found.end()
    return None


def dollar_string_end(text: str, start: int, limit: int) -> int | None:
    """The offset behind the dollar quote that opens at `start`, or None if nothing opens or closes there.

    The first repetition of the delimiter closes it, whatever stands between: scan.l rescans the last `$` of every
    other delimiter that it meets.
    """
    quote = dollar_opening(text, start, limit)
    found = text.find(quote, start + len(quote), limit) if quote else -1
    return None if found < 0 else found + len(quote)


def dollar_opening(text: str, start: int, limit: int) -> str:
    """The delimiter of the dollar quote that opens at `start` (`$$`, `$body$`), or nothing."""
    opening = _DOLLAR_OPENING.match(text, start, limit)
    return opening[0] if opening else ""


SQL = Lexer()


def tokens(sql: str) -> list[Token]:
    """The tokens of plain SQL, without comments."""
    return [token for token in SQL.tokens(sql) if token.kind not in COMMENTS]
