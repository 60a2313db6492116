"""Values that the analysed program itself defines."""

from __future__ import annotations

import ast
from collections.abc import Callable

from migsafe.model.record import KeywordRecord
from migsafe.sources.interpreter.scope import Scope
from migsafe.sources.interpreter.source import Source


class Module:
    """A file that is evaluated: its text, its tree and its global names."""

    __slots__ = ("name", "scope", "source", "stars", "tree")

    def __init__(self, name: str, source: Source, tree: ast.Module) -> None:
        self.name = name
        self.source = source
        self.tree = tree
        self.scope = Scope(None)
        self.stars: list[str] = []  # modules of `from … import *` that are not files of the project


class ModuleRef:
    """`import a.b`: a module by name. Its attributes are asked of the front end, then of the files beside."""

    __slots__ = ("importer", "name")

    def __init__(self, name: str, importer: Source) -> None:
        self.name = name
        self.importer = importer


class Function:
    """A function, lambda or method of the program.

    `defaults` are the values by parameter; `decorators` the words of decorators that are not known: what they do
    with the function is not known either. `manager` after `contextlib.contextmanager`.
    """

    __slots__ = ("decorators", "defaults", "defined_in", "generator", "manager", "module", "name", "node", "outer")

    def __init__(
        self,
        name: str,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        outer: Scope,
        module: Module,
        defaults: dict[str, object],
        *,
        generator: bool,
    ) -> None:
        self.name = name
        self.node = node
        self.outer = outer
        self.module = module
        self.defaults = defaults
        self.generator = generator
        self.decorators: tuple[str, ...] = ()
        self.manager = False
        self.defined_in: Class | None = None

    def __repr__(self) -> str:
        return f"Function({self.name})"


class Class:
    """A class of the program: `bases` are values (host values among them), `namespace` its own attributes in order.

    `annotations` are the words of annotated names in order (`x: Mapped[int]`). An enumeration has `members`.
    """

    __slots__ = ("annotations", "bases", "keywords", "members", "module", "name", "namespace", "node")

    def __init__(
        self, name: str, bases: tuple[object, ...], namespace: dict[str, object], node: ast.ClassDef, module: Module
    ) -> None:
        self.name = name
        self.bases = bases
        self.namespace = namespace
        self.node = node
        self.module = module
        self.annotations: dict[str, str] = {}
        self.keywords: dict[str, object] = {}
        self.members: dict[str, Instance] | None = None

    def __repr__(self) -> str:
        return f"Class({self.name})"

    def lineage(self) -> tuple[object, ...]:
        """The class and its bases, depth first, each once: attributes are looked up in this order."""
        found: list[object] = []
        waiting: list[object] = [self]
        while waiting:
            value = waiting.pop(0)
            if not any(value is known for known in found):
                found.append(value)
                waiting = [*value.bases, *waiting] if isinstance(value, Class) else waiting
        return tuple(found)

    def find(self, name: str) -> object:
        """The attribute from the class or a base that the program defines; MISSING when none has it."""
        if name in self.namespace:
            return self.namespace[name]
        for value in self.lineage():
            if isinstance(value, Class) and name in value.namespace:
                return value.namespace[name]
        return MISSING


class Instance:
    """An object of a class of the program. A member of an enumeration has the attributes `name` and `value`."""

    __slots__ = ("attributes", "defined")

    def __init__(self, defined: Class, attributes: dict[str, object]) -> None:
        self.defined = defined
        self.attributes = attributes

    def __repr__(self) -> str:
        return f"Instance({self.defined.name})"


class Method(KeywordRecord):
    """A function bound to its first argument."""

    function: Function
    owner: object


class Wrapped(KeywordRecord):
    """What `staticmethod`, `classmethod` and `property` make of a function of a class."""

    how: str
    function: object


class Partial(KeywordRecord):
    """`functools.partial(function, *args, **kwargs)`."""

    function: object
    args: tuple[object, ...]
    kwargs: dict[str, object]


class Generator:
    """A call of a generator function that runs when it is iterated over, or entered by `with`."""

    __slots__ = ("function", "scope", "spent")

    def __init__(self, function: Function, scope: Scope) -> None:
        self.function = function
        self.scope = scope
        self.spent = False


class Builtin:
    """A function of Python that is imitated here. `name` as Python calls it; compared by identity."""

    __slots__ = ("call", "name")

    def __init__(self, name: str, call: Callable[..., object]) -> None:
        self.name = name
        self.call = call

    def __repr__(self) -> str:
        return f"Builtin({self.name})"


class Missing:
    """The mark for an attribute or variable that does not exist."""

    __slots__ = ()


MISSING = Missing()
