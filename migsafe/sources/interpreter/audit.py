"""Proof that no call of interest was passed over in silence."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from migsafe.sources.interpreter.host import spell
from migsafe.sources.interpreter.result import Reason, Result, Unresolved
from migsafe.sources.interpreter.source import children, definitions
from migsafe.sources.interpreter.values_defined import Module

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def audit(result: Result, wanted: Callable[[ast.Call], bool]) -> tuple[Unresolved, ...]:
    """The calls of interest that the entry could reach but that neither were evaluated, nor are dead, nor reported.

    `wanted` is asked for every call in the code that the entry could reach, also through other functions: those
    that are named, directly or not, in code that may run. Where a name is looked up that is not known
    (`globals()[…]`), every function of the module counts as named.
    """
    reported = {(found.path, found.span) for found in result.unresolved}
    missed: list[Unresolved] = []
    for module, node in _Reach(result).calls():
        if node in result.trace.resolved or not wanted(node):
            continue
        span = module.source.span(node)
        if (module.source.path, span) not in reported:
            missed.append(_unresolved(module, node, node in result.trace.unknown))
    return tuple(missed)


def _unresolved(module: Module, node: ast.Call, is_unknown: bool) -> Unresolved:
    span = module.source.span(node)
    return Unresolved(
        reason=Reason.EXTERNAL_HELPER if is_unknown else Reason.CALL_SITE_NOT_REACHED,
        path=module.source.path,
        span=span,
        origin=span,
        text=spell(module.source, node),
        detail="what is called is not known" if is_unknown else "no evaluated path leads to this call",
    )


class _Reach:
    """The code that an entry could reach, function by function."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.dead = result.trace.dead
        self.definitions: dict[str, list[tuple[Module, _Definition]]] = {}
        self.waiting: list[tuple[Module, list[ast.AST]]] = []
        self.seen: set[ast.AST] = set()
        for module in result.modules:
            self._index(module)

    def calls(self) -> Iterator[tuple[Module, ast.Call]]:
        """Every call in the code that is reached, in no order that matters: the caller's order is by text."""
        self._start()
        found: list[tuple[Module, ast.Call]] = []
        while self.waiting:
            module, nodes = self.waiting.pop()
            found += [(module, call) for call in self._walk(nodes)]
        yield from sorted(found, key=lambda pair: (pair[0].source.path, pair[1].lineno, pair[1].col_offset))

    def _index(self, module: Module) -> None:
        for node in definitions(module.tree):
            self.definitions.setdefault(node.name, []).append((module, node))

    def _start(self) -> None:
        if not self.result.modules:
            return
        main = self.result.modules[0]
        if self.result.entry is None:
            self.waiting.append((main, list(main.tree.body)))
        else:
            self._name(self.result.entry, only=main)
        for module in self.result.trace.open_lookups:
            for name in [n for n, found in self.definitions.items() if any(m is module for m, _ in found)]:
                self._name(name, only=module)

    def _name(self, name: str, only: Module | None = None) -> None:
        """A function or class is named: what is in it may run."""
        for module, node in self.definitions.get(name, ()):
            if node not in self.seen and (only is None or module is only):
                self.seen.add(node)
                self.waiting.append((module, list(node.body)))

    def _walk(self, nodes: list[ast.AST]) -> Iterator[ast.Call]:
        """The calls in these nodes; bodies of functions only when these are named somewhere."""
        waiting = nodes
        while waiting:
            node = waiting.pop()
            if node in self.dead:
                continue
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                waiting += [*node.decorator_list, node.args]
                continue
            if isinstance(node, ast.Call):
                yield node
                if self._is_host(node):
                    waiting += [part for part in children(node) if part is not node.func] + children(node.func)
                    continue  # `row.delete()` is no method of the program's
            if isinstance(node, ast.Name):
                self._name(node.id)
            elif isinstance(node, ast.Attribute):
                self._name_method(node.attr)
            waiting += children(node)

    def _is_host(self, call: ast.Call) -> bool:
        """Whether a call with an attribute is one of the front end's, whenever it was evaluated."""
        trace = self.result.trace
        certain = call in trace.host and call not in trace.program and call not in trace.unknown
        return certain and isinstance(call.func, ast.Attribute)

    def _name_method(self, name: str) -> None:
        """`x.name`: a method of a class of the program, or a function of another file."""
        main = self.result.modules[0]
        for module, node in self.definitions.get(name, ()):
            top_level = any(node is statement for statement in module.tree.body)
            if node not in self.seen and not (module is main and top_level):
                self.seen.add(node)
                self.waiting.append((module, list(node.body)))
