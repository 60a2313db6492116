"""What of a statement may be shown: data and secrets become `…`, characters that deceive a reader are escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from migsafe.text.lexer import COMMENTS, SQL, Token, TokenKind, dollar_opening
from migsafe.text.patterns import late

MASK: Final = "…"

_LITERALS: Final = frozenset(
    {
        TokenKind.STRING,
        TokenKind.DOLLAR_STRING,
        TokenKind.BIT_STRING,
        TokenKind.NUMBER,
        TokenKind.UNTERMINATED,
    }
)
_STRINGS: Final = frozenset({TokenKind.STRING, TokenKind.DOLLAR_STRING, TokenKind.UNTERMINATED})


def display_sql(sql: str, is_data_statement: bool) -> str:
    """A statement as every output shows it, on the lines on which it was written.

    In a statement that reads or changes rows all literals are masked; in any other the secrets only.
    """
    shown = mask_secrets(sql)
    return printable_lines(mask_literals(shown) if is_data_statement else shown)


def mask_literals(sql: str) -> str:
    """The statement with `…` for every string, number and dollar quote."""
    return _replaced(sql, ((token, MASK) for token in SQL.tokens(sql) if token.kind in _LITERALS))


def mask_secrets(sql: str) -> str:
    """The statement with `…` for passwords, keys and connection strings.

    In ROLE and USER MAPPING statements, subscriptions, settings, calls of dblink and of functions named after
    secrets, and wherever a string or a comment holds `password=…` or `scheme://user:password@`.
    """
    return _without_secrets(sql, _QUOTE_LEVELS)


def printable(text: str) -> str:
    r"""One line that shows what is there: line ends, control and bidirectional characters as `\n`, `\u202e`."""
    if text.isascii() and text.isprintable():  # as nearly all is
        return text
    return _DECEIVING.sub(_escaped, text)


def printable_lines(text: str) -> str:
    r"""Like `printable`, but line ends and tabs stay; CRLF and CR become a plain line end."""
    if text.isascii() and text.isprintable():
        return text
    return _DECEIVING_IN_LINES.sub(_escaped, _CARRIAGE_RETURN.sub("\n", text))


_QUOTE_LEVELS: Final = 4  # dollar quotes in dollar quotes that are looked into; what is deeper is masked


def _without_secrets(sql: str, levels: int) -> str:
    folded = sql.lower()
    if not any(hint in folded for hint in _HINTS):
        return sql
    return _replaced(sql, _secrets(sql, levels)) if levels else MASK


def _replaced(sql: str, changes: Iterable[tuple[Token, str]]) -> str:
    pieces: list[str] = []
    done = 0
    for token, text in changes:
        pieces += (sql[done : token.start], text)
        done = token.end
    return "".join((*pieces, sql[done:]))


_SENSITIVE = (
    r"(?:pass(?:word|wd|phrase)|pwd|secrets?|tokens?|credentials?|(?:api|access|private|encryption)_?keys?|sslkey)"
)
# One of these stands in every statement that holds a secret, so that most need no second look.
# fmt: off
_HINTS = (
    "pass", "pwd", "secret", "token", "credential", "_key", "apikey", "accesskey", "privatekey", "encryptionkey",
    "sslkey", "connection", "mapping", "dblink", "crypt", "hmac", "://",
)
# fmt: on
_NAMES_SECRET = late(rf'(?:\A|[_."]){_SENSITIVE}"?\Z', re.IGNORECASE)
_SECRET_CALL = late(rf"dblink\w*|crypt|\w*_?(?:en|de)crypt|hmac|\w*{_SENSITIVE}", re.IGNORECASE)
_BEFORE_RELATION = frozenset({"exists", "into", "on", "only", "references", "table", "type", "view"})
_ASSIGNS = frozenset({"=", ":=", "=>", "to", "by"})
# Inside of strings and comments: a password in a URL, in a connection string, in SQL that is built of strings.
_IN_TEXT = late(
    rf"(?P<url>://[^\s/:@'\"]{{0,100}}+:)[^\s@'\"]{{1,1000}}+(?=@)"
    rf"|(?P<key>\b\w*{_SENSITIVE}\s*+=\s*+)(?:''[^']*+''|\"[^\"]*+\"|[^\s'\";&,)]++)"
    rf"|(?P<word>\bpassword\s++)''[^']*+''",
    re.IGNORECASE,
)


def _secrets(sql: str, levels: int) -> Iterator[tuple[Token, str]]:
    """The tokens that are or hold a secret, with what is shown instead."""
    seen: list[str] = []  # the texts of the tokens so far, without comments
    calls: list[str] = []  # for each open parenthesis the word before it
    for token in SQL.tokens(sql):
        text = sql[token.start : token.end]
        if token.kind in COMMENTS:
            yield token, _masked_inside(text)
            continue
        if token.kind in _STRINGS:
            yield token, MASK if _is_secret(seen, calls) else _masked_string(token, text, levels)
        elif text == "(":
            calls.append(_called(seen))
        elif text == ")" and calls:
            calls.pop()
        seen.append(text.lower() if token.kind is TokenKind.WORD else text)


def _called(seen: list[str]) -> str:
    """The function whose parenthesis opens, or a keyword; nothing for CREATE TABLE tokens (…)."""
    at = len(seen) - 1
    while at >= 2 and seen[at - 1] == ".":
        at -= 2
    return "" if at < 0 or (at and seen[at - 1] in _BEFORE_RELATION) else seen[-1]


def _is_secret(seen: list[str], calls: list[str]) -> bool:
    """Whether the words before a string say that it is one."""
    before = seen[-2:-1] if seen and seen[-1] in _ASSIGNS else seen[-1:]
    if before and (_NAMES_SECRET.search(before[0]) or before[0] == "connection"):
        return True
    if seen[1:3] == ["user", "mapping"] and "options" in calls:
        return True
    call = calls[-1] if calls else ""
    if call == "set_config" and seen[-1] == ",":
        return _NAMES_SECRET.search(seen[-2].strip("'")) is not None
    return _SECRET_CALL.fullmatch(call) is not None


def _masked_string(token: Token, text: str, levels: int) -> str:
    if token.kind is not TokenKind.DOLLAR_STRING:
        return _masked_inside(text)
    quote = dollar_opening(text, 0, len(text))
    body = text[len(quote) : -len(quote)]
    return f"{quote}{_masked_inside(_without_secrets(body, levels - 1))}{quote}"


def _masked_inside(text: str) -> str:
    return _IN_TEXT.sub(lambda found: f"{found[found.lastgroup or 0]}{MASK}", text)


# C0 and C1 controls, marks that turn the direction of text, characters without width, unpaired surrogates, tags.
_INVISIBLE = (
    "\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_DECEIVING = re.compile(f"[\x00-\x1f{_INVISIBLE}]")
_DECEIVING_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f{_INVISIBLE}]")
_CARRIAGE_RETURN = re.compile(r"\r\n?")
_SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT_ESCAPES.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
