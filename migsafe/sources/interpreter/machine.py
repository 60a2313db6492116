"""The state of an evaluation, and what all parts of the evaluator ask of it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import cast

from migsafe.model.migration import Handler
from migsafe.sources.interpreter import imports, running
from migsafe.sources.interpreter.dispatch import EVALUATORS, EXECUTORS
from migsafe.sources.interpreter.errors import ErrorClass, ErrorValue, RaisedError
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.holes import marker
from migsafe.sources.interpreter.host import Domain, HostObject, Site, spell
from migsafe.sources.interpreter.journal import Content, Journal, Slots
from migsafe.sources.interpreter.limits import BudgetExceededError, Limits
from migsafe.sources.interpreter.result import Event, Reason, Result, Trace, Unresolved
from migsafe.sources.interpreter.source import Source
from migsafe.sources.interpreter.values import Cause, Guards, Unknown
from migsafe.sources.interpreter.values_defined import MISSING, Function, Instance, Method, Module, Partial

MOST_GUARDS = 24  # conditions of one place; further ones say nothing new


class Machine:
    """One evaluation at a time. `guards`, `loops`, `entry` describe the place where it is."""

    def __init__(
        self, source: Source, domain: Domain, limits: Limits, siblings: Callable[[str, int, str], Source | None]
    ) -> None:
        self.source = source
        self.domain = domain
        self.limits = limits
        self.siblings = siblings
        self.modules: dict[str, Module | None] = {}
        self.main: Module | None = None
        self.generators: dict[ast.AST, bool] = {}
        self.factories: dict[int, tuple[dict[object, object], object]] = {}  # of `defaultdict`s, by identity
        self._numbers: dict[int, int] = {}
        self._holes: list[Unknown] = []
        self.begin()

    def begin(self) -> None:
        """Forget where it is and what was found: before the top level and before each entry."""
        self.steps = self.limits.steps
        self.guards: Guards = ()
        self.loops = 0  # symbolic loops around this place
        self.depth = 0  # calls of functions of the program
        self.undecided = 0  # sides of undecided conditions around this place
        self.running: dict[ast.AST, list[int]] = {}  # functions being run, each with `undecided` at its calls
        self.tries = 0  # `try` with handlers around this place
        self.caught: tuple[Handler, ...] = ()  # those handlers
        self.importing = 0  # top levels of other files around this place
        self.inside = False  # a function runs that was called from outside
        self.may_raise = False  # something ran that could raise, since the innermost `try`
        self.journal: Journal | None = None
        self.entry: tuple[Source, ast.AST] | None = None
        self.statement: ast.AST | None = None  # the expression that is a statement of its own
        self.here: tuple[Source, ast.AST] = (self.source, ast.Module([], []))
        self.handled: list[object] = []  # exceptions whose handlers are running
        self.events: list[Event] = []
        self.unresolved: list[Unresolved] = []
        self._reported: set[tuple[str, ast.AST]] = set()
        self.trace = Trace(set(), set(), set(), [], set(), set())

    # Evaluation

    def evaluate(self, node: ast.expr, frame: Frame) -> object:
        """The value of an expression."""
        self.steps -= 1
        if self.steps < 0:
            raise BudgetExceededError(f"more than {self.limits.steps} steps")
        return EVALUATORS[type(node)](self, node, frame)

    def block(self, statements: list[ast.stmt], frame: Frame) -> Signal | None:
        """Run statements in order. Returns how they end early, if they certainly do."""
        for number, statement in enumerate(statements):
            self.steps -= 1
            if self.steps < 0:
                raise BudgetExceededError(f"more than {self.limits.steps} steps")
            self.here = (frame.module.source, statement)
            try:
                signal = EXECUTORS[type(statement)](self, statement, frame)
            except RaisedError as error:
                if error.written:
                    self.trace.dead.update(statements[number + 1 :])
                raise
            if signal is not None:
                self.trace.dead.update(statements[number + 1 :])
                return signal
        return None

    def invoke(self, function: object, args: tuple[object, ...], kwargs: dict[str, object], node: ast.AST) -> object:
        """Call any value, on behalf of the node."""
        from migsafe.sources.interpreter.calls import Invocation, call

        module = self.modules.get(self.here[0].path) or self.main  # the node's own file, whose words are told
        assert module is not None
        return call(self, function, Invocation(self, args, kwargs, None, node, Frame(module.scope, module)))

    def missing(self, owner: dict[object, object], node: ast.AST) -> object:
        """What a `defaultdict` makes for a key that it does not have; MISSING for other dicts."""
        _, factory = self.factories.get(id(owner), (owner, None))
        return MISSING if factory is None else self.invoke(factory, (), {}, node)

    def charge(self, value: object) -> None:
        """Count the room that a new value takes as steps. Raises BudgetExceededError."""
        if isinstance(value, (str, bytes)):
            self.steps -= len(value) >> 8
        elif isinstance(value, (list, tuple, dict, set, frozenset)):
            self.steps -= len(value) >> 4
        if self.steps < 0:
            raise BudgetExceededError(f"more than {self.limits.steps} steps")

    # Changes of the program's state

    def bind(self, variables: Mapping[str, object], name: str, value: object) -> None:
        """Set a variable or an attribute."""
        if self.journal is not None:
            self.journal.note(cast("Slots", variables), name)
        cast("Slots", variables)[name] = value

    def unbind(self, variables: Mapping[str, object], name: str) -> None:
        """Delete a variable or an attribute."""
        if self.journal is not None:
            self.journal.note(cast("Slots", variables), name)
        cast("Slots", variables).pop(name, None)

    def put(self, slots: Slots, key: object, value: object) -> None:
        """Set an item of a dict."""
        if self.journal is not None:
            self.journal.note(slots, key)
        slots[key] = value
        if len(slots) > self.limits.keys:
            raise BudgetExceededError(f"a dict of more than {self.limits.keys} keys")

    def touch(self, content: Content) -> None:
        """Must come before a list or a set is changed."""
        if self.journal is not None:
            self.journal.keep(content)

    # What is found

    def site(self, frame: Frame, node: ast.AST) -> Site:
        here = (frame.module.source, node)
        return Site(here[0], node, self.entry or here, self.guards, self.loops > 0, self.caught)

    def record(self, payload: object, site: Site) -> None:
        """Append an event."""
        self.events.append(Event(payload, site))

    def report(self, reason: str, site: Site, detail: str) -> None:
        """Append an unresolved place, once for each reason and node."""
        if (reason, site.node) in self._reported or len(self.unresolved) >= self.limits.reports:
            return
        self._reported.add((reason, site.node))
        self.unresolved.append(
            Unresolved(
                reason=reason,
                path=site.path,
                span=site.span,
                origin=site.origin,
                text=site.words,
                detail=detail,
                guards=site.guards,
                loop=site.loop,
            )
        )

    def fail(self, frame: Frame, node: ast.AST, error: str, message: str) -> Unknown:
        """Evaluating the node would raise. Inside of `try` it is raised; otherwise it is reported, and we go on.

        A file that really runs does not fail, so what looks like an error outside of `try` is most likely something
        that the evaluator does not know; what follows it is still worth reading.
        """
        words = spell(frame.module.source, node)
        if self.tries:
            place = (frame.module.source, node)
            raise RaisedError(ErrorValue(ErrorClass(error), (message,)), words, place, written=False)
        if not self.importing:
            self.report(Reason.RAISES, self.site(frame, node), f"{error}: {message}")
        return Unknown(Cause.ERROR, words)

    def unknown(self, cause: Cause, frame: Frame, node: ast.AST) -> Unknown:
        return Unknown(cause, spell(frame.module.source, node))

    def hole(self, unknown: Unknown) -> str:
        """A marker for text; the same unknown value has the same one."""
        number = self._numbers.get(id(unknown))
        if number is None:
            number = self._numbers[id(unknown)] = len(self._holes)
            self._holes.append(unknown)  # also keeps its id from being used again
        return marker(number)

    def unknown_of(self, number: int) -> Unknown:
        """What the hole with this number stands for."""
        return self._holes[number]

    # Entries

    @property
    def globals(self) -> Mapping[str, object]:
        return self.main.scope.variables if self.main else {}

    def run_module(self) -> Result:
        self.begin()
        return running.run_module(self)

    def run_entry(self, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Result:
        function = self.globals[name]
        self.begin()
        self.inside = True
        return running.run_entry(self, name, function, args, kwargs)

    def run_value(self, function: object, args: tuple[object, ...]) -> Result:
        name = _entry_name(function)
        self.begin()
        self.inside = True
        return running.run_entry(self, name, function, args, {})

    def result(self, *, returned: object, raised: str | None, entry: str | None) -> Result:
        return Result(
            events=tuple(self.events),
            unresolved=tuple(self.unresolved),
            holes=tuple(self._holes),
            returned=returned,
            raised=raised,
            entry=entry,
            modules=tuple(module for module in self.modules.values() if module is not None),
            trace=self.trace,
        )

    def load(self, source: Source, name: str) -> Module | None:
        """The module of another file, evaluated at its first import; None when it cannot be read."""
        return imports.load(self, source, name)


def _entry_name(function: object) -> str:
    """The name of the function of the program that runs when a value is called; of an object its class's."""
    while isinstance(function, (Partial, Method)):
        function = function.function
    if isinstance(function, HostObject) and isinstance(function.payload, Function):
        function = function.payload
    if isinstance(function, Instance):
        return function.defined.name
    return function.name if isinstance(function, Function) else ""
