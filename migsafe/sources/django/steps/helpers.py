"""Code of the project's own modules that steps call through other modules: read as text when it is called.

What a migration imports itself is read with it (siblings.py). What those modules import is looked up only here, in
the evaluation of a step: nearly all of it never runs.
Functions and classes that stand beside models are read too, and what a class of models does as a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from migsafe.sources.django.discovery.siblings import NEVER, ProjectModules
from migsafe.sources.django.steps.names import current_model
from migsafe.sources.django.steps.query_sets import model
from migsafe.sources.django.steps.records import Rows
from migsafe.sources.interpreter import Call, Cause, HostFunction, HostObject, Source, Unknown
from migsafe.sources.interpreter.values_defined import Class, Function, Method, Wrapped
from migsafe.sources.tree import Tree

_IMPORTER: Final = "migrations/step.py"  # to the resolver, a step may import what a migration may
_REEXPORTS: Final = 3
_DEEPEST: Final = 3  # calls inside of each other from which on a helper's own helpers are not read any more
_READ_FOR_STEPS: Final = frozenset(("models", "admin", "views", "serializers", "schema"))


class StepHelpers:
    """Looks code up by its dotted name."""

    def __init__(self, tree: Tree, folders: Sequence[str]) -> None:
        self._modules = ProjectModules(tree, folders, NEVER - _READ_FOR_STEPS)

    def call(self, callee: Unknown, call: Call) -> object | None:
        """What the function returns, or an object of the class; None when its text is not here."""
        if call.more is not None or call.machine.depth > _DEEPEST:
            return None
        code = self._code(callee, call)
        if code is None:
            return None
        found = call.invoke(code, call.args, call.kwargs)
        return call.unknown(Cause.ENVIRONMENT) if found is None else found

    def load(self, source: Source, module: str, name: str, call: Call) -> object:
        """What a module of the project binds to a name."""
        loaded = call.machine.load(source, module)
        return None if loaded is None else self._whole(loaded.scope.variables.get(name), call)

    def _code(self, callee: Unknown, call: Call) -> Function | Method | Class | None:
        value = self._resolved(callee, call)
        if isinstance(value, Class):
            return value if _is_plain(value) else None
        if isinstance(value, Unknown) and value.cause is Cause.IMPORT:
            value = self._of_class(value.text, call)
        function = value.function if isinstance(value, Method) else value
        return value if isinstance(function, Function) and not function.decorators else None  # type: ignore[return-value]  # one of both

    def _resolved(self, value: object, call: Call) -> object:
        for _ in range(_REEXPORTS):
            if not isinstance(value, Unknown) or value.cause is not Cause.IMPORT:
                break
            found = self._value(value.text, call)
            if found is None:
                break
            value = found
        return self._whole(value, call)

    def _value(self, words: str, call: Call) -> object:
        """What the module binds; through its `from … import *` too."""
        module, _, name = words.rpartition(".")
        source = self._modules(module, 0, _IMPORTER) if module and not module.startswith(".") else None
        loaded = call.machine.load(source, module) if source is not None else None
        if loaded is None or name in loaded.scope.variables:
            return None if loaded is None else loaded.scope.variables[name]
        found = (self._value(f"{starred}.{name}", call) for starred in loaded.stars if starred != module)
        return next((value for value in found if value is not None), None)

    def _whole(self, value: object, call: Call) -> object:
        """A class with the bases that are in the project, too."""
        if isinstance(value, Class):
            for one in value.lineage():
                if isinstance(one, Class) and any(isinstance(base, Unknown) for base in one.bases):
                    one.bases = tuple(self._resolved(base, call) for base in one.bases)
        return value

    def _of_class(self, words: str, call: Call) -> object:
        """`Order.rebuild` of a class that is imported: what it does as a class."""
        of, _, name = words.rpartition(".")
        defined = self._resolved(Unknown(Cause.IMPORT, of), call) if "." in of else None
        found = defined.find(name) if isinstance(defined, Class) else None
        if not isinstance(found, Wrapped) or not isinstance(found.function, Function):
            return None
        if found.how == "staticmethod":
            return found.function
        assert isinstance(defined, Class)
        return Method(function=found.function, owner=_as_owner(defined, of)) if found.how == "classmethod" else None


def _is_plain(defined: Class) -> bool:
    """Whether it is all of the program's: no model, no class of a library."""
    return not any(isinstance(base, (Unknown, HostObject, HostFunction)) for base in defined.lineage())


def _as_owner(defined: Class, words: str) -> object:
    """The class itself; of a model the stand-in for it, with its methods."""
    named = None if _is_plain(defined) else current_model(words)
    if named is None:
        return defined
    methods: dict[str, Function | Wrapped] = {}
    for base in reversed([base for base in defined.lineage() if isinstance(base, Class)]):
        methods.update({n: v for n, v in base.namespace.items() if isinstance(v, (Function, Wrapped))})
    return model(Rows(named, patched=methods))
