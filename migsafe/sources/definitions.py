"""What a Python file defines and which names it uses, as its text tells. Nothing is imported or evaluated.

Too much rather than too little: a local variable that is called as a name of the module counts as a use of it.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Container, Iterator
from typing import Final, NamedTuple

WHOLE: Final = "*"
"""In place of a name: all that a module defines."""
_SILENT: Final = frozenset(
    (
        *("validators", "choices", "upload_to", "storage", "help_text", "verbose_name", "verbose_name_plural"),
        *("managers", "bases", "error_messages", "encoder", "decoder", "limit_choices_to", "related_name", "comment"),
    )
)  # arguments that no database sees; Django's own list is Field.non_db_attrs
_COMPUTED: Final = frozenset(("default", "onupdate", "default_factory"))
_COLUMN: Final = re.compile(r"\w*(Field|Key|Type|TypeDecorator)")  # bases of classes of columns
_OF_VALUES: Final = frozenset(
    (
        *("from_db_value", "to_python", "get_prep_value", "get_db_prep_value", "get_db_prep_save", "pre_save", "clean"),
        *("formfield", "value_to_string", "value_from_object", "validate", "run_validators", "check", "deconstruct"),
        *("process_bind_param", "process_result_value", "bind_processor", "result_processor", "coerce_compared_value"),
    )
)  # methods of such a class that work on values in Python, Django's fields' and SQLAlchemy's types'
_MOST_MEANINGS: Final = 20  # imports that bind the same name
_DEEPEST: Final = 12  # names of a dotted one
_DOTTED: Final = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)*")
_FROM: Final = re.compile(r"^[ \t]*from[ \t]+(\.*)(\w[\w.]*)?[ \t]*\bimport[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)
_IMPORT: Final = re.compile(r"^[ \t]*import[ \t]+([^\n#;]+)", re.MULTILINE)
_BY_NAME: Final = re.compile(r"""\b(?:import_module|__import__)\(\s*['"]([\w.]+)['"]""")
_COMMENT: Final = re.compile(r"#[^\n]*")


class Target(NamedTuple):
    """A dotted name. `anchored` when it starts at the project's root, as a relative import does once it is resolved."""

    parts: tuple[str, ...]
    anchored: bool = False

    def below(self, names: tuple[str, ...]) -> Target:
        return Target((*self.parts, *names), self.anchored)


class Use(NamedTuple):
    """A name that is read with the attributes behind it. `computes` when it is what computes a default."""

    root: str
    attributes: tuple[str, ...] = ()
    computes: bool = False


class Definitions:
    """A module's top level. `path` is the file's."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.bound: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, list[Target]] = {}
        self.stars: list[Target] = []
        self._imported_inside: dict[str, dict[str, list[Target]]] = {}
        self._tree = _parsed(text)
        for statement in self._tree.body if self._tree is not None else ():
            self._bind(statement, statement)

    def _bind(self, statement: ast.stmt, outer: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for name, target in imported(statement, self.path):
                if name == WHOLE:
                    self.stars.append(target)
                else:
                    _note(self.imports, name, target)
            return
        for name in _names(statement):
            known = self.bound.setdefault(name, [])
            if outer not in known:
                known.append(outer)
        for inner in _inside(statement):
            self._bind(inner, outer)

    def words(self, name: str) -> str:
        """What defines a name, without comments, layout, docstrings and methods of columns' classes that no migration
        calls; "" when nothing does."""
        if self._tree is None:
            return self.text
        nodes = [self._tree] if name == WHOLE else self.bound.get(name, [])
        try:
            return "\n".join((*map(repr, self.imports.get(name, ())), *map(ast.dump, nodes)))
        except RecursionError:
            return self.text

    def uses(self, name: str) -> Iterator[Use]:
        """What the definition of a name reads; of all names for the whole module."""
        if name == WHOLE:
            yield from uses(self._tree) if self._tree is not None else ()
        for statement in self.bound.get(name, ()):
            yield from uses(statement)

    def targets(self, use: Use, name: str = WHOLE) -> Iterator[Target]:
        """What a use is of, where an import binds it: one of the module, or one inside of the definition."""
        found = [*self.imports.get(use.root, ()), *self._inner(name).get(use.root, ())]
        yield from (target.below(use.attributes) for target in dict.fromkeys(found))
        if use.root not in self.bound and not found:
            yield from (star.below((use.root,)) for star in self.stars)

    def by_name(self, name: str = WHOLE) -> Iterator[Target]:
        """Modules that are imported by a name in a string."""
        if "import" not in self.text:
            return
        for node in self._nodes(name):
            calls = (part for part in ast.walk(node) if isinstance(part, ast.Call) and part.args)
            yield from (Target(tuple(found.split("."))) for call in calls for found in _module_of(call))

    def _inner(self, name: str) -> dict[str, list[Target]]:
        if name not in self._imported_inside:
            self._imported_inside[name] = self._find_inner(name)
        return self._imported_inside[name]

    def _find_inner(self, name: str) -> dict[str, list[Target]]:
        found: dict[str, list[Target]] = {}
        for statement in self._nodes(name):
            for node in ast.walk(statement):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    for bound, target in imported(node, self.path):
                        _note(found, bound, target)
        return found

    def _nodes(self, name: str) -> list[ast.AST]:
        if name == WHOLE:
            return [self._tree] if self._tree is not None else []
        return list(self.bound.get(name, ()))

    def is_function(self, name: str) -> bool:
        return any(isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef) for s in self.bound.get(name, ()))

    def bases(self, name: str) -> Iterator[str]:
        """The last words of a class's bases."""
        for statement in self.bound.get(name, ()):
            if isinstance(statement, ast.ClassDef):
                yield from _bases(statement)


def imported(node: ast.Import | ast.ImportFrom, path: str) -> Iterator[tuple[str, Target]]:
    """The names that an import in a file binds, and what each is; `*` for all of a module."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            parts = tuple(alias.name.split("."))
            yield (alias.asname, Target(parts)) if alias.asname else (parts[0], Target(parts[:1]))
        return
    module = _absolute(node.module or "", node.level, path)
    for alias in node.names:
        if alias.name == WHOLE:
            yield WHOLE, module
        else:
            yield alias.asname or alias.name, module.below((alias.name,))


def _absolute(module: str, level: int, path: str) -> Target:
    """Relative imports start at the folder of the file (importlib._bootstrap, _resolve_name)."""
    parts = tuple(part for part in module.split(".") if part)
    if not level:
        return Target(parts)
    home = path.split("/")[:-level]
    return Target((*home, *parts), anchored=True)


def _module_of(call: ast.Call) -> Iterator[str]:
    """The module that `import_module("a.b")` is about."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = call.args[0]
    if name in ("import_module", "__import__") and isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.value


def mentioned(text: str, path: str) -> Iterator[Target]:
    """What the imports of a file may be about, found without parsing it: a little more than it uses."""
    bound: dict[str, list[Target]] = {}
    for dots, module, names in _FROM.findall(text):
        start = _absolute(module, len(dots), path)
        for name, alias in _listed(names):
            if name == WHOLE:
                yield start
            elif name.isidentifier():
                _note(bound, alias or name, start.below((name,)))
    for names in _IMPORT.findall(text):
        for name, alias in _listed(names):
            parts = tuple(name.split("."))
            _note(bound, alias or parts[0], Target(parts if alias else parts[:1]))
    yield from (target.below(rest) for root, rest in _chains(text, bound) for target in bound[root])
    yield from (Target(tuple(found.split("."))) for found in _BY_NAME.findall(text))


def _listed(names: str) -> Iterator[tuple[str, str]]:
    """The names of an import, each with what it is called by."""
    for item in _COMMENT.sub("", names).strip("()\\ \t").split(","):
        name, _, alias = (part.strip() for part in item.strip().partition(" as "))
        if name:
            yield name, alias


def _note(bound: dict[str, list[Target]], name: str, target: Target) -> None:
    known = bound.setdefault(name, [])
    if len(known) < _MOST_MEANINGS and target not in known:
        known.append(target)


def _chains(text: str, bound: Container[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The dotted names that begin with one that an import binds. A name alone counts where nothing follows it."""
    found = {tuple(chain.split(".")) for chain in _DOTTED.findall(text)}
    longer = {chain[:length] for chain in found for length in range(1, min(len(chain), _DEEPEST))}
    for chain in sorted(found - longer):
        if chain[0] in bound:
            yield chain[0], chain[1:_DEEPEST]


def uses(node: ast.AST) -> Iterator[Use]:
    """The names that a piece of code reads, but for annotations and for arguments that no database sees."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        chain = _chain(node)
        if chain is not None:
            yield chain
            continue
        if isinstance(node, ast.keyword):
            if node.arg in _SILENT:
                continue
            chain = _chain(node.value) if node.arg in _COMPUTED else None
            if chain is not None:
                yield chain._replace(computes=True)
                continue
        waiting += _children(node)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            yield from (
                child for child in (value if isinstance(value, list) else (value,)) if isinstance(child, ast.AST)
            )


def _chain(node: ast.AST) -> Use | None:
    """`a.b.c` as a use of `a`."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        return Use(node.id, tuple(reversed(attributes)))
    return None


def _names(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds, but for those that it binds inside of itself."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        yield from (n.id for target in statement.targets for n in ast.walk(target) if isinstance(n, ast.Name))
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For):
        yield from (n.id for n in ast.walk(statement.target) if isinstance(n, ast.Name))


def _inside(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements inside of a statement that are in the module's own scope."""
    if isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
        for part in ("body", "orelse", "finalbody"):
            yield from getattr(statement, part, ())
        for handler in getattr(statement, "handlers", ()):
            yield from handler.body


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the analysed text are its author's business
            tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _has_docstring(node):
                node.body = node.body[1:] or [ast.Pass()]
            if isinstance(node, ast.ClassDef) and any(map(_COLUMN.fullmatch, _bases(node))):
                node.body = [inner for inner in node.body if getattr(inner, "name", "") not in _OF_VALUES] or [
                    ast.Pass()
                ]
        return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _bases(node: ast.ClassDef) -> Iterator[str]:
    """The last words of a class's bases, without type arguments."""
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        yield plain.attr if isinstance(plain, ast.Attribute) else getattr(plain, "id", "")


def _has_docstring(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = node.body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
