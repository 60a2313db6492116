"""What a front end gives to the programs that it reads: the only way from an analysed program to real code.

A front end is a `Domain`. It says which names may be imported, one by one, and what they are: a plain value, a
`HostFunction`, or a `HostObject` whose `HostKind` lists what the program may do with it. Callables are taken by
identity from these tables; nothing is ever looked up on a real object by a name from the analysed text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from migsafe.model.migration import Certainty, Handler
from migsafe.model.record import KeywordRecord
from migsafe.model.text import Span
from migsafe.sources.interpreter.source import Source
from migsafe.sources.interpreter.values import Cause, Guards, Unknown

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine
    from migsafe.sources.interpreter.values_defined import Class, Function


class Site:
    """Where something happens in the analysed text, and how certainly.

    `guards` are the conditions that could not be decided, outermost first; `loop` when it happens once for each
    of an unknown number of values; `caught` are the handlers of the `try`s around it.
    """

    __slots__ = ("_entry", "_source", "caught", "guards", "loop", "node")

    def __init__(
        self,
        source: Source,
        node: ast.AST,
        entry: tuple[Source, ast.AST],
        guards: Guards,
        loop: bool,
        caught: tuple[Handler, ...] = (),
    ) -> None:
        self._source = source
        self._entry = entry
        self.node = node
        self.guards = guards
        self.caught = caught
        self.loop = loop

    @property
    def path(self) -> str:
        """The file in which the call is written: the analysed one, or one that it imports."""
        return self._source.path

    @property
    def span(self) -> Span:
        """The call's place in that file, in code points."""
        return self._source.span(self.node)

    @property
    def origin(self) -> Span:
        """The place in the analysed file itself: the call that led here, outermost."""
        source, node = self._entry
        return source.span(node)

    @property
    def words(self) -> str:
        """The call's text, shortened: only the callee, so that no literal of a data statement is in it."""
        return spell(self._source, self.node)

    @property
    def certainty(self) -> Certainty:
        """DATA_LOOP, GUARDED or EXACT. Holes in the arguments are the front end's to see."""
        if self.loop:
            return Certainty.DATA_LOOP
        return Certainty.GUARDED if self.guards else Certainty.EXACT


def spell(source: Source, node: ast.AST) -> str:
    """The node's text for a message: of a call only the callee, with `(…)`."""
    if isinstance(node, ast.Call):
        return f"{source.words(node.func)}(…)" if node.args or node.keywords else f"{source.words(node.func)}()"
    return source.words(node)


class Call:
    """A call to a host value.

    `args` and the values of `kwargs` are values as in values.py, but never `Either`: a call with several possible
    arguments is made once for each, under its conditions. `more` says that further arguments were unpacked from an
    unknown value: what is missing is then not known to be missing.
    """

    __slots__ = ("args", "kwargs", "machine", "more", "name", "site")

    def __init__(
        self,
        name: str,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        site: Site,
        machine: Machine,
        more: Unknown | None = None,
    ) -> None:
        self.name = name
        self.args = args
        self.kwargs = kwargs
        self.site = site
        self.machine = machine
        self.more = more

    def record(self, payload: object) -> None:
        """Append an event: `payload` is the front end's own, any value."""
        self.machine.record(payload, self.site)

    def report(self, reason: str, detail: str = "") -> None:
        """Say that this call could not be resolved: a `Reason`, and one sentence for the author of the file."""
        self.machine.report(reason, self.site, detail)

    def unknown(self, cause: Cause = Cause.CALL) -> Unknown:
        """A result of which nothing is known."""
        return Unknown(cause, self.site.words)

    def invoke(
        self, function: object, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None
    ) -> object:
        """Call a value of the program (a callback) and return what it returns."""
        return self.machine.invoke(function, tuple(args), dict(kwargs or {}), self.site.node)

    def hole(self, unknown: Unknown) -> str:
        """A marker (holes.py) that stands for the unknown value in a text."""
        return self.machine.hole(unknown)


class HostFunction:
    """Something that can only be called. `name` is for messages. `sensitive` as in HostKind."""

    __slots__ = ("call", "name", "sensitive")

    def __init__(self, name: str, call: Callable[[Call], object], *, sensitive: bool = False) -> None:
        self.name = name
        self.call = call
        self.sensitive = sensitive

    def __repr__(self) -> str:
        return f"HostFunction({self.name})"


class HostKind(KeywordRecord):
    """What a program may do with the objects of one kind. What is left out gives an unknown value.

    `name`: for messages. `methods`: callables by exact name. `attributes`: values by exact name, worked out from the
    object. `attribute`: asked for all other names that do not begin with an underscore (`table.c.anything`); None =
    unknown. `own`: asked first, for names of any form: what the program itself gave the object. `assign`: may the
    attribute be set (True when taken care of). `operator`: `("==", left, right)` with the spelling of Python's
    operators, of which one operand is of this kind, and `("not", value, None)`, `("-", …)`, `("~", …)`; None =
    unknown. `item`: `object[key]`. `items`: what a loop over it gives; None = an unknown number of `element` values.
    `truth`: None = cannot be decided. `enter`, `leave`: what `with` does. `words`: its text in an f-string; None = a
    hole. `sensitive`: through it the database can be changed, so an unknown function that gets it is reported
    (`bind-escapes`). `any_value`: it stands for values that only the database knows, so that as a key it may be any
    key. `savepoint`: an error in its `with` takes back what was done in it, and the transaction goes on.
    """

    name: str
    methods: Mapping[str, Callable[[HostObject, Call], object]] = {}
    attributes: Mapping[str, Callable[[HostObject], object]] = {}
    attribute: Callable[[HostObject, str], object | None] | None = None
    own: Callable[[HostObject, str], object | None] | None = None
    assign: Callable[[HostObject, str, object], bool] | None = None
    call: Callable[[HostObject, Call], object] | None = None
    operator: Callable[[str, object, object], object | None] | None = None
    item: Callable[[HostObject, object], object | None] | None = None
    items: Callable[[HostObject], Sequence[object] | None] | None = None
    element: Callable[[HostObject], object] | None = None
    truth: Callable[[HostObject], bool | None] | None = None
    enter: Callable[[HostObject, Call], object] | None = None
    leave: Callable[[HostObject, Call], None] | None = None
    words: Callable[[HostObject], str | None] | None = None
    sensitive: bool = False
    any_value: bool = False
    savepoint: bool = False


class HostObject:
    """An object of a front end. `payload` is the front end's own; the interpreter never looks into it."""

    __slots__ = ("kind", "payload")

    def __init__(self, kind: HostKind, payload: object = None) -> None:
        self.kind = kind
        self.payload = payload

    def __repr__(self) -> str:
        return f"HostObject({self.kind.name})"


class Domain(Protocol):
    """A front end. All of its methods are pure look-ups in its own tables."""

    modules: frozenset[str]
    """Dotted names of the modules that can be imported as a whole: `sqlalchemy`, `sqlalchemy.dialects`, …"""

    def resolve(self, module: str, name: str) -> object | None:
        """The value of exactly this name of exactly this module, or None when it is not on the list."""

    def instantiate(self, defined: Class, call: Call) -> object | None:
        """What calling a class of the program gives when the front end knows one of its bases, else None."""

    def class_attribute(self, defined: Class, name: str) -> object | None:
        """An attribute that a class of the program has from a base of the front end (`__table__`), else None."""

    def inherited(self, owner: object, name: str) -> object | None:
        """What `super().name` of an object is when a base of the front end has it, else None."""

    def attribute_of_unknown(self, owner: Unknown, name: str) -> object | None:
        """What `owner.name` is when the front end can tell by the words of the owner, else None."""

    def call_of_unknown(self, callee: Unknown, call: Call) -> object | None:
        """What calling a value gives that is not known, when the front end can tell by its words, else None."""

    def attribute_of_function(self, function: Function, name: str) -> object | None:
        """What a decorator of the front end gave a function of the program (`task.delay`), else None."""


class NoDomain:
    """A front end that knows nothing: every import is unknown. A base for others."""

    modules: frozenset[str] = frozenset()

    def resolve(self, module: str, name: str) -> object | None:  # noqa: ARG002  # the protocol's parameters
        return None

    def instantiate(self, defined: Class, call: Call) -> object | None:  # noqa: ARG002  # likewise
        return None

    def class_attribute(self, defined: Class, name: str) -> object | None:  # noqa: ARG002  # likewise
        return None

    def inherited(self, owner: object, name: str) -> object | None:  # noqa: ARG002  # likewise
        return None

    def attribute_of_unknown(self, owner: Unknown, name: str) -> object | None:  # noqa: ARG002  # likewise
        return None

    def call_of_unknown(self, callee: Unknown, call: Call) -> object | None:  # noqa: ARG002  # likewise
        return None

    def attribute_of_function(self, function: Function, name: str) -> object | None:  # noqa: ARG002  # likewise
        return None
