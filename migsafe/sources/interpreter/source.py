"""A file's text, its syntax tree, and places in it."""

from __future__ import annotations

import ast
import re
import sys
import threading
import warnings
from itertools import accumulate

from migsafe.model.text import Span
from migsafe.sources.interpreter.limits import Limits

_PLAIN = frozenset(
    (
        *(
            "arg",
            "asname",
            "attr",
            "conversion",
            "ctx",
            "id",
            "is_async",
            "kind",
            "kwd_attrs",
            "level",
            "module",
            "name",
        ),
        *("op", "ops", "rest", "simple", "tag", "type_comment", "type_ignores"),
    )
)
_LEAVES = (ast.Constant, ast.MatchSingleton, ast.Global, ast.Nonlocal)
_STATEMENTS = frozenset(("body", "orelse", "finalbody", "handlers", "cases"))
_KINDS = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
_PARTS = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN and not issubclass(kind, _LEAVES))
    for kind in _KINDS
}
_BLOCKS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name in _STATEMENTS)
    for kind in _KINDS
    if issubclass(kind, (ast.mod, ast.stmt, ast.excepthandler, ast.match_case))
}
_LINE_END = re.compile(r"\r\n|\r|\n")


class UnreadableError(Exception):
    """The text is no module of the running Python, or too large; `span` is where that shows."""

    def __init__(self, reason: str, message: str, span: Span) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.span = span


class Source:
    """The text of a Python file. `path` is how the project calls it; nothing is read from there. `name` is what its
    `__name__` is when it is the analysed file itself."""

    __slots__ = ("_lines", "_starts", "name", "path", "text")

    def __init__(self, path: str, text: str, name: str = "") -> None:
        self.path = path
        self.text = text
        self.name = name
        self._lines: list[str] = []
        self._starts: list[int] = []

    def span(self, node: ast.AST) -> Span:
        """The node's place in code points; the whole text for a module."""
        first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if first is None or last is None:
            return Span(0, len(self.text))
        start = self.offset(first, getattr(node, "col_offset", 0))
        return Span(start, max(start, self.offset(last, getattr(node, "end_col_offset", 0))))

    def offset(self, line: int, column: int) -> int:
        """Code points before a place that `ast` gives: line from 1, column in UTF-8 bytes from 0."""
        if not self._starts:
            self._index()
        if line > len(self._starts):
            return len(self.text)
        text = self._lines[line - 1]
        if text.isascii():
            return self._starts[line - 1] + min(column, len(text))
        return self._starts[line - 1] + len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    def _index(self) -> None:
        if "\r" not in self.text:  # ten times as fast
            self._lines = self.text.split("\n")
            self._starts = [0, *accumulate(len(line) + 1 for line in self._lines[:-1])]
            return
        place = 0
        for end in _LINE_END.finditer(self.text):
            self._starts.append(place)
            self._lines.append(self.text[place : end.start()])
            place = end.end()
        self._starts.append(place)
        self._lines.append(self.text[place:])

    def words(self, node: ast.AST, longest: int = 120) -> str:
        """The node's text in one line, cut to a length that fits a message."""
        span = self.span(node)
        text = " ".join(self.text[span.start : span.start + min(span.end - span.start, 4 * longest)].split())
        return text if len(text) <= longest else text[: longest - 1] + "…"


def parse(source: Source, limits: Limits) -> ast.Module:
    """The syntax tree, with sizes checked before and after. Raises UnreadableError; never runs anything."""
    if len(source.text) > limits.source:
        raise UnreadableError("budget-exceeded", f"the file is longer than {limits.source} characters", Span(0, 0))
    tree = _parse(source)
    if _is_deeper(tree, limits.nesting):
        whole = Span(0, len(source.text))
        raise UnreadableError("budget-exceeded", f"expressions nest deeper than {limits.nesting} levels", whole)
    return tree


_PARSER_DEPTH = 4_000  # enough for a chain of operators over thousands of lines


def _parse(source: Source) -> ast.Module:
    from platform import python_version

    try:
        return _tree(source.text)
    except SyntaxError as error:
        start = source.offset(error.lineno or 1, 0) if (error.lineno or 1) > 0 else 0
        message = f"not readable as Python {python_version()}: {error.msg}"
        raise UnreadableError("syntax-unsupported", message, Span(start, _line_end(source.text, start))) from None
    except ValueError:  # NUL characters, characters that cannot be encoded
        message = f"not readable as Python {python_version()}: it contains characters that no source may contain"
        raise UnreadableError("syntax-unsupported", message, Span(0, _line_end(source.text, 0))) from None
    except (RecursionError, MemoryError):
        message = "expressions nest too deep to be parsed"
        raise UnreadableError("budget-exceeded", message, Span(0, _line_end(source.text, 0))) from None


def _tree(text: str) -> ast.Module:
    """`ast.parse` with room for long chains. Other threads than the main one may have a small stack."""
    before = sys.getrecursionlimit()
    if threading.current_thread() is threading.main_thread():
        sys.setrecursionlimit(max(before, _PARSER_DEPTH))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the analysed text are its author's business
            return ast.parse(text)
    finally:
        sys.setrecursionlimit(before)


def _line_end(text: str, start: int) -> int:
    found = _LINE_END.search(text, start)
    return found.start() if found else len(text)


def _is_deeper(tree: ast.Module, limit: int) -> bool:
    """Whether the tree has more levels, counted without recursion. `a + b + c …` is one level: it is walked flat."""
    level: list[ast.AST] = [tree]
    for _ in range(limit):
        below: list[ast.AST] = []
        for node in level:
            if _PARTS[type(node)]:  # most nodes are names and constants
                below += _children(node)
        if not below:
            return False
        level = below
    return True


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below in the order of the text. Operators and contexts, which say what a node is, are left out.

    As `ast.iter_child_nodes`, but without a look at each field's kind: every node of thousands of files comes here.
    """
    found: list[ast.AST] = []
    for name in _PARTS[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            found += value if None not in value else [part for part in value if part is not None]
        elif value is not None:
            found.append(value)
    return found


def definitions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """The functions and classes, outer ones before inner ones. Only statements are looked at."""
    found: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = []
    level: list[ast.AST] = [tree]
    while level:
        below: list[ast.AST] = []
        for node in level:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.append(node)
            for name in _BLOCKS[type(node)]:
                below += getattr(node, name)
        level = below
    return found


def _children(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    while type(node) is ast.BinOp:
        found.append(node.right)
        node = node.left
        if type(node) is not ast.BinOp:
            return [*found, node]
    return [*found, *children(node)]
