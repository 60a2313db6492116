"""A module reduced to one name: the statements that bind it, and those that bind what these need.

Of a class only what decides its column is kept: its own constants, its `__init__` and the methods about types, and
the methods that these call; of the methods that write values, and of `deconstruct`, only that there are some.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_ABOUT_TYPES: Final = frozenset(
    (
        *("__init__", "__new__", "db_type", "get_internal_type", "db_parameters", "rel_db_type", "cast_db_type"),
        *("db_type_suffix", "db_type_parameters", "db_check", "db_collation"),
    )
)
_JUST_THERE: Final = frozenset(("get_prep_value", "get_db_prep_value", "get_db_prep_save", "deconstruct"))
"""That a class has them says that a default is written in its own way, or options are its own; how, nobody asks."""
_MOST_STATEMENTS: Final = 200  # of one excerpt


class Outline:
    """What a module's top level binds. `stars` are the modules of its `from … import *`, as absolute names."""

    def __init__(self, path: str, module: str, text: str, *, package: bool) -> None:
        self.path = path
        self._home = module if package else module.rpartition(".")[0]
        self._text = text
        self._bound: dict[str, list[ast.stmt]] | None = None
        self._stars: list[str] = []

    @property
    def text(self) -> str:
        return self._text

    @property
    def bound(self) -> Mapping[str, list[ast.stmt]]:
        """The statements that bind each name, in order. Parsed when it is first asked for."""
        if self._bound is None:
            self._bound = {}
            for statement in _parsed(self._text):
                self._note(statement, self._bound)
        return self._bound

    @property
    def stars(self) -> tuple[str, ...]:
        return tuple(self._stars) if self.bound is not None else ()

    def _note(self, statement: ast.stmt, bound: dict[str, list[ast.stmt]]) -> None:
        for node in _imports(statement):
            module = self._absolute(node)
            node.module, node.level = module, 0
            if any(alias.name == "*" for alias in node.names):
                self._stars.append(module)
        for name in _names(statement):
            bound.setdefault(name, []).append(statement)

    def _absolute(self, node: ast.ImportFrom) -> str:
        """The module's name from the root, as the import system works it out (importlib._bootstrap, _resolve_name)."""
        if not node.level:
            return node.module or ""
        parts = self._home.split(".") if self._home else []
        kept = parts[: len(parts) - node.level + 1]
        return ".".join((*kept, node.module) if node.module else kept)

    def excerpt(self, name: str) -> str:
        """The text of a module that binds the name and no more than that takes."""
        needed: dict[int, ast.stmt] = {}
        waiting, seen = [name], {name}
        while waiting and len(needed) < _MOST_STATEMENTS:
            wanted = waiting.pop()
            for statement in self._binding(wanted):
                reduced = _reduced(statement, wanted)
                needed[_key(statement, reduced)] = reduced
                further = _used(reduced) - seen
                seen |= further
                waiting += sorted(further)
        ordered = sorted(needed.values(), key=lambda s: (s.lineno, s.col_offset))
        return "\n".join(map(ast.unparse, ordered)) + "\n"

    def _binding(self, name: str) -> Iterable[ast.stmt]:
        found = self.bound.get(name)
        if found is not None:
            return found
        imports = [ast.ImportFrom(module=star, names=[ast.alias(name=name)], level=0) for star in self._stars]
        return [ast.fix_missing_locations(ast.copy_location(i, _FIRST)) for i in imports]


_FIRST: Final = ast.Pass(lineno=0, col_offset=0, end_lineno=0, end_col_offset=0)


def outline_of(path: str, module: str, text: str, *, package: bool) -> Outline:
    """The outline of a module: `package` when the file is its package's `__init__.py`."""
    return Outline(path, module, text, package=package)


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _imports(statement: ast.stmt) -> Iterator[ast.ImportFrom]:
    if isinstance(statement, ast.ImportFrom):
        yield statement
    elif isinstance(statement, ast.If | ast.Try):
        for part in _parts(statement):
            yield from _imports(part)


def _parts(statement: ast.If | ast.Try) -> Iterator[ast.stmt]:
    """The statements inside of a statement that runs some of them, in the module's own scope."""
    yield from statement.body
    yield from statement.orelse
    if isinstance(statement, ast.Try):
        for handler in statement.handlers:
            yield from handler.body
        yield from statement.finalbody


def _names(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names if alias.name != "*")
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))
    elif isinstance(statement, ast.If | ast.Try):
        yield from dict.fromkeys(name for part in _parts(statement) for name in _names(part))


def _key(statement: ast.stmt, reduced: ast.stmt) -> int:
    """What tells needed statements apart: one import gives a statement for each name that is needed of it."""
    return id(statement) if statement is reduced or isinstance(statement, ast.ClassDef) else id(reduced)


def _reduced(statement: ast.stmt, wanted: str) -> ast.stmt:
    if isinstance(statement, ast.ClassDef):
        return _reduced_class(statement)
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names = [a for a in statement.names if (a.asname or a.name.partition(".")[0]) == wanted]
        made = (
            ast.Import(names=names)
            if isinstance(statement, ast.Import)
            else ast.ImportFrom(module=statement.module, names=names, level=statement.level)
        )
        return ast.copy_location(made, statement)
    return statement


def _reduced_class(node: ast.ClassDef) -> ast.ClassDef:
    methods = {s.name: s for s in node.body if isinstance(s, ast.FunctionDef)}
    kept: dict[str, ast.FunctionDef] = {}
    waiting = [name for name in methods if name in _ABOUT_TYPES]
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = methods[name]
            waiting += [n.attr for n in ast.walk(methods[name]) if isinstance(n, ast.Attribute) and n.attr in methods]
    empty = [_emptied(methods[name]) for name in sorted(_JUST_THERE & methods.keys() - kept.keys())]
    body = [s for s in node.body if isinstance(s, ast.Assign | ast.AnnAssign) or s in kept.values()]
    body += empty
    made = ast.ClassDef(
        name=node.name, bases=list(_bases(node)), keywords=[], body=body or [ast.Pass()], decorator_list=[]
    )
    return ast.fix_missing_locations(ast.copy_location(made, node))


def _emptied(method: ast.FunctionDef) -> ast.FunctionDef:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    made = ast.FunctionDef(name=method.name, args=nothing, body=[ast.Pass()], decorator_list=[])
    return ast.copy_location(made, method)


def _bases(node: ast.ClassDef) -> Iterator[ast.expr]:
    """Without type arguments (`Field[str, str]`) and without six's `with_metaclass(meta, Base)`."""
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(plain, ast.Call) and ast.unparse(plain.func).endswith("with_metaclass"):
            yield from plain.args[1:]
        else:
            yield plain


def _used(statement: ast.stmt) -> set[str]:
    """The names that a statement reads, its functions' parameters and own variables among them."""
    loads = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return loads - _annotations(statement)


def _annotations(statement: ast.stmt) -> set[str]:
    """Names that only annotations use."""
    inside: set[ast.AST] = set()
    for node in ast.walk(statement):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if part is not None:
                inside.update(ast.walk(part))
    names = [n for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    return {n.id for n in names if n in inside} - {n.id for n in names if n not in inside}
