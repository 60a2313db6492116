"""The state of an evaluation."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from migsafe.sources.interpreter.host import Domain, Site
from migsafe.sources.interpreter.limits import Limits
from migsafe.sources.interpreter.result import Result
from migsafe.sources.interpreter.source import Source
from migsafe.sources.interpreter.values import Unknown


class Machine:
    """Steps, guards, events: what all parts of the evaluator share."""

    def __init__(
        self, source: Source, domain: Domain, limits: Limits, siblings: Callable[[str, int, str], Source | None]
    ) -> None:
        self.source = source
        self.domain = domain
        self.limits = limits
        self.siblings = siblings

    @property
    def globals(self) -> Mapping[str, object]:
        raise NotImplementedError

    def run_module(self) -> Result:
        raise NotImplementedError

    def run_entry(self, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Result:
        raise NotImplementedError

    def record(self, payload: object, site: Site) -> None:
        raise NotImplementedError

    def report(self, reason: str, site: Site, detail: str) -> None:
        raise NotImplementedError

    def invoke(self, function: object, args: tuple[object, ...], kwargs: dict[str, object], node: ast.AST) -> object:
        raise NotImplementedError

    def hole(self, unknown: Unknown) -> str:
        raise NotImplementedError
