"""Calls in Python source that a remedy takes over: the user's own text, changed argument by argument."""

from __future__ import annotations

import ast

from migsafe.model.record import Record
from migsafe.plans.writers.python_code import WIDTH, indented
from migsafe.sources.interpreter.source import Source


class Argument(Record):
    """`name` is None for one by position, "*" and "**" for those that are unpacked."""

    name: str | None
    text: str


class Call(Record):
    """A call, its function and arguments as they are written."""

    function: str
    arguments: tuple[Argument, ...] = ()

    def argument(self, name: str, position: int | None = None) -> str | None:
        """The text of an argument, given by name or at this position."""
        for argument in self.arguments:
            if argument.name == name:
                return argument.text
        if position is None or position >= len(self.arguments) or self.arguments[position].name is not None:
            return None
        return self.arguments[position].text

    def with_argument(self, name: str, text: str, position: int | None = None) -> Call:
        """The call with an argument changed where it stands, or added at the end."""
        for number, argument in enumerate(self.arguments):
            if argument.name == name or (argument.name is None and number == position):
                changed = (*self.arguments[:number], Argument(argument.name, text), *self.arguments[number + 1 :])
                return Call(self.function, changed)
        return Call(self.function, (*self.arguments, Argument(name, text)))

    def without(self, *names: str) -> Call:
        return Call(self.function, tuple(each for each in self.arguments if each.name not in names))

    def to(self, function: str) -> Call:
        """The same arguments for another function."""
        return Call(function, self.arguments)

    @property
    def name(self) -> str:
        """The function without the module before it."""
        return self.function.rpartition(".")[2]

    @property
    def source(self) -> str:
        """On one line where it fits, else an argument on each."""
        parts = [_argument(argument) for argument in self.arguments]
        line = f"{self.function}({', '.join(parts)})"
        if len(line) <= WIDTH and "\n" not in line:
            return line
        return "\n".join((f"{self.function}(", *(indented(f"{part},") for part in parts), ")"))


def _argument(argument: Argument) -> str:
    if argument.name is None:
        return argument.text
    return f"{argument.name}{argument.text}" if argument.name.startswith("*") else f"{argument.name}={argument.text}"


def parse_call(text: str) -> Call | None:
    """None for text that is no call."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    return _call(node, Source("", text)) if isinstance(node, ast.Call) else None


def _call(node: ast.Call, source: Source) -> Call:
    positional = [Argument("*", _slice(a.value, source)) if isinstance(a, ast.Starred) else _plain(a, source)
                  for a in node.args]  # fmt: skip
    named = [Argument(keyword.arg or "**", _slice(keyword.value, source)) for keyword in node.keywords]
    return Call(_slice(node.func, source), (*positional, *named))


def _plain(node: ast.expr, source: Source) -> Argument:
    return Argument(None, _slice(node, source))


def _slice(node: ast.AST, source: Source) -> str:
    """The node's text; lines after the first lose the indentation of the line on which it begins."""
    place = source.span(node)
    text, whole = source.text[place.start : place.end], source.text
    line = whole[whole.rfind("\n", 0, place.start) + 1 : place.start]
    margin = len(line) - len(line.lstrip())
    first, *rest = text.split("\n")
    return "\n".join((first, *(each[margin:] if not each[:margin].strip() else each.lstrip() for each in rest)))


def is_literal(text: str) -> bool:
    """Whether it is a number, a string or another constant, which every process computes alike."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return False
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and node.value is not None


def names_bound(text: str) -> frozenset[str]:
    """The names that functions of this text define or assign, with their arguments."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    stored = (node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    defined = (node.name for node in nodes if isinstance(node, ast.FunctionDef))
    return frozenset((*stored, *defined, *(node.arg for node in nodes if isinstance(node, ast.arg))))


def names_in(text: str) -> frozenset[str]:
    """The names that source text reads; none when it is not readable."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
