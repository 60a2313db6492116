"""Placeholders of template languages: found, and given stand-ins that a SQL parser reads.

A stand-in is as long as its placeholder, so that every offset stays. Inside of quotes, dollar quotes and comments a
placeholder is text like any other and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import Final, NamedTuple, final
from zlib import crc32

from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.text.lexer import COMMENTS, IDENTIFIER_PART, IDENTIFIER_START, NO_PATTERN, Lexer, Token, TokenKind
from migsafe.text.patterns import compiled, late


class TemplateStyle(Enum):
    """A way to write placeholders, named by the tools that use it."""

    BRACES = "{{ x }}"  # Jinja, Go text/template, Mustache
    BLOCKS = "{% x %}"  # Jinja
    NOTES = "{# x #}"  # Jinja
    DOLLAR = "${x}"  # Flyway, Liquibase, goose, envsubst
    HASH = "#{x}"  # MyBatis, Ruby
    ERB_OUTPUT = "<%= x %>"
    ERB_CODE = "<% x %>"
    PSQL = ":x"  # and :'x', :"x", :{?x}
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


_NAME = rf"{IDENTIFIER_START}{IDENTIFIER_PART}*+"
_LONGEST = 2000  # code points: an opening that nobody closes costs no more than this
_PATTERNS: Final = {
    TemplateStyle.BRACES: rf"\{{\{{(?:[^{{}}]|\{{(?!\{{)|\}}(?!\}})){{0,{_LONGEST}}}+\}}\}}",
    TemplateStyle.BLOCKS: rf"\{{%(?:[^{{%]|\{{(?!%)|%(?!\}})){{0,{_LONGEST}}}+%\}}",
    TemplateStyle.NOTES: rf"\{{#(?:[^{{#]|\{{(?!#)|#(?!\}})){{0,{_LONGEST}}}+#\}}",
    TemplateStyle.DOLLAR: rf"\$\{{(?:[^{{}}$\n]|\$(?!\{{)|\$?\{{[^{{}}\n]{{0,{_LONGEST}}}+\}}){{0,{_LONGEST}}}+\}}",
    TemplateStyle.HASH: rf"#\{{[^{{}}\n]{{0,{_LONGEST}}}+\}}",
    TemplateStyle.ERB_OUTPUT: rf"<%=(?:[^<%]|<(?!%)|%(?!>)){{0,{_LONGEST}}}+%>",
    TemplateStyle.ERB_CODE: rf"<%(?!=)(?:[^<%]|<(?!%)|%(?!>)){{0,{_LONGEST}}}+%>",
    TemplateStyle.PSQL: rf"""(?<!:):(?:'[A-Za-z0-9_]++'|"[A-Za-z0-9_]++"|\{{\?[A-Za-z0-9_]++\}}|{_NAME})""",
    TemplateStyle.AT: rf"@@{_NAME}@@",
    TemplateStyle.PYTHON: rf"%\({_NAME}\)s(?![0-9A-Za-z_])",
    TemplateStyle.PYTHON_POSITIONAL: r"%s(?![0-9A-Za-z_])",
    TemplateStyle.QUESTION_MARK: r"\?(?![~!@#^&|`?+*/%<>=-])",
}
MAX_HOLES: Final = 10_000
"""Placeholders in a statement; no template that people write comes near."""

# The first words of Go's and Mustache's actions that print nothing.
_BLOCK_ACTION = late(
    r"\{%|<%(?!=)"
    r"|\{\{-?\s*+(?:[#/>^!]|(?:if|else|end|range|with|define|block|template|break|continue)\b)"
)


@final
class Templates:
    """What the placeholders of some styles look like, and the lexer that knows them."""

    def __init__(self, styles: frozenset[TemplateStyle]) -> None:
        pattern = "|".join(_PATTERNS[style] for style in TemplateStyle if style in styles) or NO_PATTERN
        self.placeholder = compiled(pattern)
        self.lexer = Lexer(pattern)

    def fill(self, sql: str, offset: int) -> tuple[str, tuple[Hole, ...]]:
        """The statement with stand-ins, and its holes with `offset` added to their places.

        It gives up behind `MAX_HOLES`: the statement is then only a part of it.
        """
        pieces: list[str] = []
        holes: list[Hole] = []
        done = 0
        for span, hole, written in islice(_Finder(sql, self.lexer).fillings(), MAX_HOLES + 1):
            pieces += (sql[done : span.start], written)
            done = span.end
            if hole:
                holes.append(hole.replace(span=span.shifted(offset)))
        return "".join((*pieces, sql[done:])), tuple(holes)


@lru_cache(maxsize=16)
def templates_of(styles: frozenset[TemplateStyle]) -> Templates:
    return Templates(styles)


def holds_template(text: str, start: int, end: int) -> bool:
    """Whether a dollar-quoted string may hold placeholders that are filled in before anybody knows of quotes."""
    return any(text.find(mark, start, end) >= 0 for mark in _BEFORE_QUOTES)


def is_block_action(placeholder: str) -> bool:
    """Whether it steers the template (`{% if x %}`, `{{ range y }}`) instead of printing something."""
    return _BLOCK_ACTION.match(placeholder) is not None


def is_note(placeholder: str) -> bool:
    """Whether it is a comment of the template language."""
    return placeholder.startswith(("{#", "{{/*", "{{- /*", "{{!", "<%#"))


_PARTS = late(r"[^\x00-/:-@\[-`{-\x7f]+")  # letters and digits
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
_SIZED_TYPES = frozenset({"varchar", "char", "character", "varying", "nchar", "float", "time", "timestamp", "interval"})
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
_BEFORE_QUOTES = ("{{", "{%", "${", "<%")  # how placeholders of those templates begin that know nothing of SQL
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
    """Walks over the tokens of one statement and remembers what the meaning of a placeholder depends on."""

    def __init__(self, sql: str, lexer: Lexer) -> None:
        self.sql = sql
        self.lexer = lexer
        self.open: list[str] = []  # for each bracket the text before it, or "[" itself
        self.before = self.earlier = ""  # the last tokens' texts, words in lower case
        self.after_operand = False  # whether the last token can end a value

    def fillings(self) -> Iterator[_Filling]:
        tokens = (token for token in self.lexer.tokens(self.sql) if token.kind not in COMMENTS)
        for token, following in pairwise(chain(tokens, (None,))):
            assert token  # only the last of the chain is none
            text = self.sql[token.start : token.end]
            if token.kind is TokenKind.PLACEHOLDER and not self._is_plain_sql(text):
                yield self._filling(token, text, _is_glued(token, following))
            elif token.kind is TokenKind.DOLLAR_STRING:
                yield from self._inside(token.start, text)
            elif token.kind is TokenKind.PUNCTUATION:
                self._follow_brackets(text)
            self._remember(token.kind, text)

    def _inside(self, start: int, text: str) -> Iterator[_Filling]:
        """The body of a DO block or a routine: templates are filled in before anybody knows of quotes. Parameters and
        psql's variables are not looked for in strings."""
        quote = text.index("$", 1) + 1
        body = text[quote:-quote]
        if not holds_template(body, 0, len(body)):
            return
        for span, hole, written in _Finder(body, self.lexer).fillings():
            if body.startswith(_BEFORE_QUOTES, span.start):
                moved = span.shifted(start + quote)
                yield _Filling(moved, hole and hole.replace(span=moved), written)

    def _remember(self, kind: TokenKind, text: str) -> None:
        self.earlier = self.before
        self.before = text.lower() if kind is TokenKind.WORD else text
        self.after_operand = text in (")", "]") or (kind in _OPERANDS and self.before not in _BEFORE_OPERAND)

    def _follow_brackets(self, text: str) -> None:
        if text in ("(", "["):
            self.open.append(text if text == "[" else self.before)
        elif text in (")", "]") and self.open:
            self.open.pop()

    def _is_plain_sql(self, text: str) -> bool:
        """`a[1:n]`, `JSON_OBJECT('a':b)` and `data ? 'key'` are SQL."""
        if text == "?":
            return self.after_operand
        if not text.startswith(":") or not self.open:
            return False
        if self.open[-1] == "[":
            return self.before == "[" or self.after_operand
        return self.open[-1] in _JSON_CONSTRUCTORS and self.after_operand

    def _filling(self, token: Token, text: str, glued: bool) -> _Filling:
        span = Span(token.start, token.end)
        room = len(text)
        if is_note(text):
            return _Filling(span, None, " " * room)
        if not self.before or is_block_action(text):
            return _Filling(span, Hole(span, text, HoleKind.CLAUSE, ""), " " * room)
        if text.startswith((":'", ':"')):  # :'v' becomes ':v'
            kind = HoleKind.STRING if text[1] == "'" else HoleKind.IDENTIFIER
            return _Filling(span, Hole(span, text, kind, ":" + text[2:-1]), f"{text[1]}:{text[2:]}")
        if self._wants_number():
            return _Filling(span, Hole(span, text, HoleKind.NUMBER, "1"), "1".ljust(room))
        name = _name_for(text)
        if glued:
            name = name.ljust(room, "_")
        return _Filling(span, Hole(span, text, HoleKind.VALUE, name), name.ljust(room))

    def _wants_number(self) -> bool:
        if self.before == "(":
            return self.earlier in _SIZED_TYPES
        if self.before in ("by", "with"):
            return self.earlier in _BEFORE_NUMBER
        return self.before in _BEFORE_NUMBER or (self.earlier, self.before) == ("connection", "limit")


def _is_glued(token: Token, following: Token | None) -> bool:
    """Whether an identifier goes on behind a placeholder, as in `${prefix}_users` or `${schema}${suffix}`."""
    return (
        following is not None
        and following.start == token.end
        and following.kind in (TokenKind.WORD, TokenKind.NUMBER, TokenKind.PLACEHOLDER)
    )
