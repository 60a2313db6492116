"""The way in: a module's top level, then its entry functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from migsafe.sources.interpreter.host import Domain
from migsafe.sources.interpreter.limits import Limits
from migsafe.sources.interpreter.machine import Machine
from migsafe.sources.interpreter.result import Result
from migsafe.sources.interpreter.source import Source

Siblings = Callable[[str, int, str], Source | None]
"""(dotted module, level as in `from ..x import`, path of the importing file) → the file of the project, or None."""


def no_siblings(module: str, level: int, importer: str) -> Source | None:  # noqa: ARG001  # the signature's parameters
    """Nothing but the analysed file is read."""
    return None


class Interpreter:
    """Evaluates one file. Nothing raises for what the file contains: see `Result.unresolved`."""

    def __init__(
        self, source: Source, domain: Domain, limits: Limits | None = None, siblings: Siblings = no_siblings
    ) -> None:
        self.source = source
        self._machine = Machine(source, domain, limits or Limits(), siblings)

    def run_module(self) -> Result:
        """Evaluate the top level. Must come first, once."""
        return self._machine.run_module()

    @property
    def globals(self) -> Mapping[str, object]:
        """The module's names after `run_module`, empty when it could not be read."""
        return self._machine.globals

    def call(self, name: str, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None) -> Result:
        """Evaluate a call of one of the module's functions. Parameters that get no value are unknown.

        Raises KeyError when the module binds no function of this name.
        """
        return self._machine.run_entry(name, tuple(args), dict(kwargs or {}))

    def call_value(self, function: object, args: Sequence[object] = ()) -> Result:
        """The same for a function that is no name of the module: a lambda, or one from another file."""
        return self._machine.run_value(function, tuple(args))
