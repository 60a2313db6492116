"""Placeholders of template languages: found, and given stand-ins that a SQL parser reads.

A stand-in is as long as its placeholder, so that every offset stays. Inside of quotes, dollar quotes and comments a
placeholder is text like any other and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple, final
from zlib import crc32

from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.text.lexer import COMMENTS, NO_PATTERN, Lexer, TokenKind


class TemplateStyle(Enum):
    """A way to write placeholders, named by the tools that use it."""

    BRACES = "{{ x }}"  # Jinja, Go text/template, Mustache
    BLOCKS = "{% x %}"  # Jinja
    NOTES = "{# x #}"  # Jinja
    DOLLAR = "${x}"  # Flyway, Liquibase, goose, envsubst
    HASH = "#{x}"  # MyBatis, Ruby
    ERB_OUTPUT = "<%= x %>"
    ERB_CODE = "<% x %>"
    PSQL = ":x"  # and :'x' and :"x"
    AT = "@@x@@"
    PYTHON = "%(x)s"
    PYTHON_POSITIONAL = "%s"
    QUESTION_MARK = "?"


DEFAULT_STYLES: Final = frozenset(
    {
        TemplateStyle.BRACES,
        TemplateStyle.BLOCKS,
        TemplateStyle.NOTES,
        TemplateStyle.DOLLAR,
        TemplateStyle.HASH,
        TemplateStyle.ERB_OUTPUT,
        TemplateStyle.PSQL,
    }
)
"""Those that plain SQL never holds; the others are operators of PostgreSQL (`?`, `%`, `@@`, pg_trgm's `<%`)."""


class HoleKind(Enum):
    """What a placeholder stands for, as far as its place tells."""

    VALUE = "value"  # an identifier or a literal
    NUMBER = "number"
    STRING = "string"
    IDENTIFIER = "identifier"
    CLAUSE = "clause"  # more than that: the statement around it cannot be analysed


class Hole(Record):
    """A placeholder, and what stands for it in the text that the parser reads.

    `stand_in` is the name, number or string that the parser will report, or a part of it where text is glued to the
    placeholder (`${prefix}_users`). It is empty for a clause, which is blanked.
    """

    span: Span
    text: str
    kind: HoleKind
    stand_in: str


_NAME = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+"
_LONGEST = 2000  # code points: an opening that nobody closes costs no more than this
_PATTERNS: Final = {
    TemplateStyle.BRACES: rf"\{{\{{(?:[^{{}}]|\{{(?!\{{)|\}}(?!\}})){{0,{_LONGEST}}}+\}}\}}",
    TemplateStyle.BLOCKS: rf"\{{%(?:[^%]|%(?!\}})){{0,{_LONGEST}}}+%\}}",
    TemplateStyle.NOTES: rf"\{{#(?:[^#]|#(?!\}})){{0,{_LONGEST}}}+#\}}",
    TemplateStyle.DOLLAR: rf"\$\{{(?:[^{{}}\n]|\{{[^{{}}\n]{{0,{_LONGEST}}}+\}}){{0,{_LONGEST}}}+\}}",
    TemplateStyle.HASH: rf"#\{{[^{{}}\n]{{0,{_LONGEST}}}+\}}",
    TemplateStyle.ERB_OUTPUT: rf"<%=(?:[^%]|%(?!>)){{0,{_LONGEST}}}+%>",
    TemplateStyle.ERB_CODE: rf"<%(?:[^%=]|%(?!>))(?:[^%]|%(?!>)){{0,{_LONGEST}}}+%>",
    TemplateStyle.PSQL: rf"""(?<!:):(?:'[A-Za-z0-9_]++'|"[A-Za-z0-9_]++"|{_NAME})""",
    TemplateStyle.AT: rf"@@{_NAME}@@",
    TemplateStyle.PYTHON: rf"%\({_NAME}\)s(?![0-9A-Za-z_])",
    TemplateStyle.PYTHON_POSITIONAL: r"%s(?![0-9A-Za-z_])",
    TemplateStyle.QUESTION_MARK: r"\?(?![~!@#^&|`?+*/%<>=-])",
}
# These may hold quotes, comments and semicolons, so they have to be known where statements are cut.
_ENCLOSING: Final = (
    TemplateStyle.BRACES,
    TemplateStyle.BLOCKS,
    TemplateStyle.NOTES,
    TemplateStyle.DOLLAR,
    TemplateStyle.HASH,
    TemplateStyle.ERB_OUTPUT,
    TemplateStyle.ERB_CODE,
)
# The first words of Go's and Mustache's actions that print nothing.
_BLOCK_ACTION = re.compile(
    r"\{%|<%(?!=)"
    r"|\{\{-?\s*+(?:[#/>^!]|(?:if|else|end|range|with|define|block|template|break|continue)\b)"
)


@final
class Templates:
    """What the placeholders of some styles look like, and the lexer that knows them."""

    def __init__(self, styles: frozenset[TemplateStyle]) -> None:
        chosen = [style for style in TemplateStyle if style in styles]
        enclosing = _any_of([style for style in chosen if style in _ENCLOSING])
        self.lexer = Lexer(_any_of(chosen), enclosing)
        self.enclosing = re.compile(enclosing)
        self._candidate = re.compile(_any_of(chosen))

    def may_be_in(self, sql: str) -> bool:
        return self._candidate.search(sql) is not None

    def fill(self, sql: str, offset: int) -> tuple[str, tuple[Hole, ...]]:
        """The statement with stand-ins, and its holes with `offset` added to their places."""
        pieces: list[str] = []
        holes: list[Hole] = []
        done = 0
        for span, hole, written in _Finder(sql, self.lexer).fillings():
            pieces += (sql[done : span.start], written)
            done = span.end
            if hole:
                holes.append(hole.replace(span=span.shifted(offset)))
        return "".join((*pieces, sql[done:])), tuple(holes)


@lru_cache(maxsize=16)
def templates_of(styles: frozenset[TemplateStyle]) -> Templates:
    return Templates(styles)


def is_block_action(placeholder: str) -> bool:
    """Whether it steers the template (`{% if x %}`, `{{ range y }}`) instead of printing something."""
    return _BLOCK_ACTION.match(placeholder) is not None


def is_note(placeholder: str) -> bool:
    """Whether it is a comment of the template language."""
    return placeholder.startswith(("{#", "{{/*", "{{- /*", "{{!", "<%#"))


def _any_of(styles: Sequence[TemplateStyle]) -> str:
    return "|".join(_PATTERNS[style] for style in styles) or NO_PATTERN


_PARTS = re.compile(r"[A-Za-z0-9\x80-\U0010ffff]+")
_LONGEST_NAME = 40  # characters; the server cuts names at 63 bytes, and others may be glued to this one


def _name_for(placeholder: str) -> str:
    """An identifier no longer than the placeholder, made of its letters: `{{ schema }}` is `_schema_`.

    It depends on nothing else, so that a placeholder has the same name in all files. It is no keyword, and the
    underscores on both sides keep it apart from the names that people use.
    """
    name = f"_{'_'.join(_PARTS.findall(placeholder))}_".lower()
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}_{crc32(placeholder.encode('utf-8', 'replace')):08x}_"
    return name[: len(placeholder)]


# Where the grammar wants a number and takes no identifier.
_SIZED_TYPES = frozenset(
    {"varchar", "char", "character", "varying", "nchar", "float", "time", "timestamp", "interval"}
)
_BEFORE_NUMBER = frozenset({"increment", "start", "restart", "cache", "minvalue", "maxvalue", "statistics"})
# Words that end no operand: behind them `?` is a parameter and not the operator of jsonb.
# fmt: off
_BEFORE_OPERAND = frozenset(
    {
        "all", "and", "any", "between", "by", "case", "check", "default", "distinct", "else", "from",
        "having", "ilike", "in", "is", "like", "limit", "not", "offset", "on", "or", "returning", "select",
        "set", "similar", "some", "then", "to", "using", "values", "when", "where",
    }
)
# fmt: on
_JSON_CONSTRUCTORS = frozenset({"json_object", "json_objectagg"})
_OPERANDS = frozenset(
    {
        TokenKind.WORD,
        TokenKind.QUOTED_WORD,
        TokenKind.STRING,
        TokenKind.DOLLAR_STRING,
        TokenKind.BIT_STRING,
        TokenKind.NUMBER,
        TokenKind.PARAMETER,
        TokenKind.PLACEHOLDER,
    }
)


class _Filling(NamedTuple):
    """What is written over a placeholder; there is no hole where it is a comment of the template."""

    span: Span
    hole: Hole | None
    written: str


@final
class _Finder:
    """Walks over the tokens of one statement and remembers what the meaning of a colon depends on."""

    def __init__(self, sql: str, lexer: Lexer) -> None:
        self.sql = sql
        self.tokens = [token for token in lexer.tokens(sql) if token.kind not in COMMENTS]
        self.open: list[str] = []  # per bracket, the text that tells its role

    def fillings(self) -> Iterator[_Filling]:
        for index, token in enumerate(self.tokens):
            if token.kind is TokenKind.PUNCTUATION:
                self._follow_brackets(index)
            elif token.kind is TokenKind.PLACEHOLDER and not self._is_plain_sql(index):
                yield self._filling(index)

    def _text(self, index: int) -> str:
        if index < 0:
            return ""
        token = self.tokens[index]
        return self.sql[token.start : token.end]

    def _word(self, index: int) -> str:
        return self._text(index).lower()

    def _follow_brackets(self, index: int) -> None:
        text = self._text(index)
        if text == "[":
            self.open.append("[")
        elif text == "(":
            self.open.append(self._word(index - 1))
        elif text in ("]", ")") and self.open:
            self.open.pop()

    def _is_plain_sql(self, index: int) -> bool:
        """`a[1:n]`, `JSON_OBJECT('a':b)` and `data ? 'key'` are SQL."""
        placeholder = self._text(index)
        if placeholder == "?":
            return self._ends_operand(index - 1)
        if not placeholder.startswith(":") or not self.open:
            return False
        if self.open[-1] == "[":
            return self._text(index - 1) == "[" or self._ends_operand(index - 1)
        return self.open[-1] in _JSON_CONSTRUCTORS and self._ends_operand(index - 1)

    def _ends_operand(self, index: int) -> bool:
        if index < 0:
            return False
        if self._text(index) in (")", "]"):
            return True
        return self.tokens[index].kind in _OPERANDS and self._word(index) not in _BEFORE_OPERAND

    def _filling(self, index: int) -> _Filling:
        text = self._text(index)
        span = Span(self.tokens[index].start, self.tokens[index].end)
        if is_note(text):
            return _Filling(span, None, " " * len(text))
        if index == 0 or is_block_action(text):
            return _Filling(span, Hole(span, text, HoleKind.CLAUSE, ""), " " * len(text))
        if text.startswith((":'", ':"')):  # :'v' becomes ':v'
            kind = HoleKind.STRING if text[1] == "'" else HoleKind.IDENTIFIER
            return _Filling(span, Hole(span, text, kind, ":" + text[2:-1]), f"{text[1]}:{text[2:]}")
        if self._wants_number(index):
            return _Filling(span, Hole(span, text, HoleKind.NUMBER, "1"), "1".ljust(len(text)))
        name = _name_for(text)
        if self._goes_on(index):
            name = name.ljust(len(text), "_")
        return _Filling(span, Hole(span, text, HoleKind.VALUE, name), name.ljust(len(text)))

    def _wants_number(self, index: int) -> bool:
        before, earlier = self._word(index - 1), self._word(index - 2)
        if before == "(":
            return earlier in _SIZED_TYPES
        if before in ("by", "with"):
            return earlier in _BEFORE_NUMBER
        return before in _BEFORE_NUMBER or (earlier, before) == ("connection", "limit")

    def _goes_on(self, index: int) -> bool:
        """Whether an identifier goes on behind it, as in `${prefix}_users` or `${schema}${suffix}`."""
        following = self.tokens[index + 1 : index + 2]
        return (
            bool(following)
            and following[0].start == self.tokens[index].end
            and following[0].kind in (TokenKind.WORD, TokenKind.NUMBER, TokenKind.PLACEHOLDER)
        )
