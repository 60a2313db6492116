"""What stands inside of what: semicolons that do not end their statement, and how deep brackets go.

psql counts parentheses and the words BEGIN, CASE and END for the first. This asks where the server's grammar
lets a semicolon stand inside a statement: in the parentheses of CREATE RULE and in the BEGIN ATOMIC body of a
routine. So an unclosed parenthesis elsewhere costs one statement and not the rest of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migsafe.text.lexer import COMMENTS, SQL, Lexer, Token, TokenKind
from migsafe.text.patterns import late

_BRACKETS = late(r"[()\[\]]")


def leading_words(text: str, start: int, limit: int) -> list[str]:
    """The first four words of a statement, in lower case; fewer if something else stands between them."""
    words: list[str] = []
    for token in SQL.tokens(text, start, limit):
        if token.kind in COMMENTS:
            continue
        if token.kind is not TokenKind.WORD or len(words) == 4:
            break
        words.append(text[token.start : token.end].lower())
    return words


def may_hold_semicolons(words: list[str]) -> bool:
    """Whether a statement that begins with these words can have a semicolon inside."""
    return words[:1] == ["create"] and _created_kind(words) in ("function", "procedure", "rule")


def final_semicolon(lexer: Lexer, text: str, start: int, limit: int) -> int | None:
    """The offset of the semicolon that ends the CREATE FUNCTION, PROCEDURE or RULE at `start`."""
    is_rule = _created_kind(leading_words(text, start, limit)) == "rule"
    search = _end_of_rule if is_rule else _end_of_routine
    return search(text, lexer.tokens(text, start, limit))


def is_deeper_than(sql: str, most: int) -> bool:
    """Whether more than `most` parentheses and brackets are open somewhere."""
    if sql.count("(") + sql.count("[") <= most:
        return False
    if _depth(_BRACKETS.findall(sql)) <= most:  # with those in strings: too many, but quickly counted
        return False
    return _depth(sql[t.start] for t in SQL.tokens(sql) if t.kind is TokenKind.PUNCTUATION) > most


def _created_kind(words: list[str]) -> str:
    return next((word for word in words[1:] if word not in ("or", "replace")), "")


def _end_of_rule(text: str, tokens: Iterator[Token]) -> int | None:
    """CREATE RULE … DO (a; b): the first semicolon outside of parentheses."""
    depth = 0
    for token in tokens:
        mark = text[token.start : token.end] if token.kind is TokenKind.PUNCTUATION else ""
        if mark == ";" and depth <= 0:
            return token.start
        depth += (mark == "(") - (mark == ")")
    return None


def _end_of_routine(text: str, tokens: Iterator[Token]) -> int | None:
    """BEGIN ATOMIC a; b; END: the first semicolon outside of it. CASE … END may stand inside.

    Behind a dot or AS these words are names.
    """
    depth = 0
    previous = ""
    for token in tokens:
        if token.kind in COMMENTS:
            continue
        word = text[token.start : token.end].lower() if token.end - token.start < 8 else ""
        if word == ";" and not depth:
            return token.start
        if previous not in (".", "as"):
            depth += _opens_block(word, previous, depth) - (word == "end" and depth > 0)
        previous = word
    return None


def _opens_block(word: str, previous: str, depth: int) -> bool:
    return word == "case" if depth else (previous, word) == ("begin", "atomic")


def _depth(marks: Iterable[str]) -> int:
    deepest = depth = 0
    for mark in marks:
        if mark in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in ")]":
            depth -= 1
    return deepest
