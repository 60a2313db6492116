"""Functions of the project's own modules that steps call through other modules: read as text when they are called.

What a migration imports itself is read with it (siblings.py). What those modules import is looked up only here, in
the evaluation of a step: nearly all of it never runs.
Functions that stand beside models are read too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from migsafe.sources.django.discovery.siblings import NEVER, ProjectModules
from migsafe.sources.interpreter import Call, Cause, Unknown
from migsafe.sources.interpreter.values_defined import Function
from migsafe.sources.tree import Tree

_IMPORTER: Final = "migrations/step.py"  # to the resolver, a step may import what a migration may
_REEXPORTS: Final = 3
_DEEPEST: Final = 3  # calls inside of each other from which on a helper's own helpers are not read any more


class StepHelpers:
    """Looks functions up by their dotted names."""

    def __init__(self, tree: Tree, folders: Sequence[str]) -> None:
        self._modules = ProjectModules(tree, folders, NEVER - {"models"})

    def call(self, callee: Unknown, call: Call) -> object | None:
        """What the function returns; None when its text is not here."""
        function = self._function(callee, call)
        if function is None or call.more is not None or call.machine.depth > _DEEPEST:
            return None
        found = call.invoke(function, call.args, call.kwargs)
        return call.unknown(Cause.ENVIRONMENT) if found is None else found

    def _function(self, callee: Unknown, call: Call) -> Function | None:
        value: object = callee
        for _ in range(_REEXPORTS):
            if not isinstance(value, Unknown) or value.cause is not Cause.IMPORT:
                break
            value = self._value(value.text, call)
        return value if isinstance(value, Function) and not value.decorators else None

    def _value(self, words: str, call: Call) -> object:
        module, _, name = words.rpartition(".")
        source = self._modules(module, 0, _IMPORTER) if module and not module.startswith(".") else None
        loaded = call.machine.load(source, module) if source is not None else None
        return None if loaded is None else loaded.scope.variables.get(name)
