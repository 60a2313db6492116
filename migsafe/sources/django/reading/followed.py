"""What the methods of a project's own operation do, evaluated with stand-ins: SQL, calls of the editor, the base.

The result is Django's own operation whose methods replay what was found. The models and fields that the methods take
from the states before and after are looked up in the real states when the operation is rendered.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.migrations.operations.base import Operation

from migsafe.model.migration import Handler
from migsafe.sources.django.reading.custom_operations import BACKWARDS, FORWARDS, RUN_SQL, STATE, BaseRuns
from migsafe.sources.django.reading.operations import Own, ReadOperation, Unfollowed
from migsafe.sources.django.reading.state_values import (
    EDITOR,
    EditorCall,
    FieldOf,
    ModelOf,
    Moment,
    Past,
    Sent,
    Side,
    States,
    models_named,
    moment_of,
    resolved,
    state_value,
    with_names,
)
from migsafe.sources.django.steps.records import DataStep
from migsafe.sources.interpreter import Event, HostObject
from migsafe.sources.interpreter.values import Guards
from migsafe.text.holes import has_hole

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

Run = Callable[[object, Sequence[object]], tuple[Sequence[Event], str]]
"""Evaluates a call of a function of the program: what it records, and in words what of it is not known."""
Data = Callable[[ReadOperation, Sequence[Event]], tuple[DataStep, ...]]
"""What the events of an operation say about rows: changes by models and by cursors."""


class _Base(NamedTuple):
    """A method of the base runs, with these states."""

    method: str
    first: Moment
    second: Moment


_Part = _Base | Sent | EditorCall
_DERIVED: Final = "migsafe_derived"
_UP: Final = _Base(FORWARDS, Side.BEFORE, Side.AFTER)
_DOWN: Final = _Base(BACKWARDS, Side.AFTER, Side.BEFORE)


class _Group(NamedTuple):
    """Parts in a row that run under the same conditions, with the same handlers around them."""

    guards: Guards
    parts: tuple[_Part, ...]
    caught: tuple[Handler, ...] = ()

    @property
    def needs_state(self) -> bool:
        """Whether it looks at what the operation changes."""
        return any(not isinstance(part, Sent) for part in self.parts)


def state_of(read: ReadOperation, app_label: str, run: Run) -> ReadOperation:
    """The operation with its class's flags and with what its own `state_forwards` does: its base's, or nothing."""
    own, operation = read.own, read.operation
    if own is None or operation is None:
        return read
    changed: dict[str, object] = dict(own.flags)
    if STATE not in own.methods:
        return read._replace(operation=_derived(operation, changed))
    events, problem = run(own.methods[STATE], (own.owner, app_label, state_value(Side.AFTER)))
    if not problem and not any(isinstance(event.payload, BaseRuns) for event in events):
        changed[STATE] = _nothing
    said = f"the {STATE} of {read.name} is not followed: {problem}" if problem else ""
    return read._replace(operation=_derived(operation, changed), problem=read.problem or said)


def has_own_work(reads: Iterable[ReadOperation]) -> bool:
    """Whether one of them does to the database something else than its base: then it is to be followed."""
    return any(read.own is not None and not read.own.methods.keys().isdisjoint((FORWARDS, RUN_SQL)) for read in reads)


def followed(read: ReadOperation, app_label: str, run: Run, data: Data) -> list[ReadOperation]:
    """The operation as those that do the same: one for each condition under which a part of it runs."""
    own, operation = read.own, read.operation
    if own is None or operation is None or own.methods.keys().isdisjoint((FORWARDS, BACKWARDS, RUN_SQL)):
        return [read]
    up = _worked_out(own, FORWARDS, _UP, app_label, run)
    down = _worked_out(own, BACKWARDS, _DOWN, app_label, run)
    if up.problem:
        return [_unfollowed(read, operation, up, down, data)]
    groups = list(up.groups)
    if not any(group.needs_state for group in groups):
        groups.append(_Group((), ()))  # which changes the state
    found = [_operation(read, operation, group, state=group.needs_state or not group.parts) for group in groups]
    found[-1] = _with_way_back(found[-1], down.groups, down.problem)._replace(back=data(read, down.events))
    found[0] = found[0]._replace(steps=(*read.steps, *data(read, up.events)))
    return found


def _unfollowed(read: ReadOperation, operation: Operation, up: _Worked, down: _Worked, data: Data) -> ReadOperation:
    """Nothing of what it does to the database: a half of it would leave tables as they never are. Changes of rows are
    told, each is one by itself."""
    parts = [part for group in up.groups for part in group.parts]
    done = _operation(read, operation, _Group((), ()), state=True)
    return _with_way_back(done, down.groups, down.problem)._replace(
        problem=f"the {FORWARDS} of {read.name} is not followed: {up.problem}",
        steps=(*read.steps, *data(read, up.events)),
        back=data(read, down.events),
        unfollowed=Unfollowed(
            models=frozenset(key for part in parts for key in _models(part)),
            words=frozenset(word for part in parts if isinstance(part, Sent) for word in _WORD.findall(part.sql)),
        ),
    )


_WORD: Final = re.compile(r"\w+")


def _models(part: _Part) -> Iterator[tuple[str, str]]:
    """The models of the states that a part is about."""
    if isinstance(part, Sent):
        yield from models_named(part.sql)
    elif isinstance(part, EditorCall):
        for value in (*part.args, *part.kwargs.values()):
            model = value.model if isinstance(value, FieldOf) else value
            if isinstance(model, ModelOf):
                yield (model.app_label, model.name)


class _Worked(NamedTuple):
    """What a method does, and in words what of it is not known; `events` are all that it records."""

    groups: tuple[_Group, ...]
    events: Sequence[Event] = ()
    problem: str = ""


def _worked_out(own: Own, method: str, base: _Base, app_label: str, run: Run) -> _Worked:
    editor, states = HostObject(EDITOR), (state_value(base.first), state_value(base.second))
    if method in own.methods:
        events, problem = run(own.methods[method], (own.owner, app_label, editor, *states))
    elif RUN_SQL in own.methods:
        sql = own.owner.attributes.get("sql" if method == FORWARDS else "reverse_sql")
        events, problem = run(own.methods[RUN_SQL], (own.owner, editor, sql))
    else:
        return _Worked((_Group((), (base,)),))
    try:
        parts = [((event.site.guards, event.site.caught), part) for event in events for part in _part(event, base)]
    except LookupError as error:
        return _Worked((), events, str(error))
    groups = groupby(parts, key=lambda pair: pair[0])
    found = tuple(_Group(guards, tuple(part for _, part in pairs), caught) for (guards, caught), pairs in groups)
    return _Worked(found, events, problem)


def _part(event: Event, base: _Base) -> Iterator[_Part]:
    """Raises LookupError when the base runs with a state that is not known."""
    found = event.payload
    if isinstance(found, Sent | EditorCall):
        yield found
    elif isinstance(found, BaseRuns) and found.method == RUN_SQL:
        yield base
    elif isinstance(found, BaseRuns) and found.method in (FORWARDS, BACKWARDS):
        first, second = moment_of(found.before), moment_of(found.after)
        if first is None or second is None:
            raise LookupError("its base runs with a state that is not known")
        yield _Base(found.method, first, second)


def _operation(read: ReadOperation, operation: Operation, group: _Group, *, state: bool) -> ReadOperation:
    """The part of an operation that runs under some conditions. Its own way back is nothing."""
    changed: dict[str, object] = {FORWARDS: _replay(group.parts, up=True), BACKWARDS: _nothing}
    if not state:
        changed[STATE] = _nothing
    changed["reduces_to_sql"] = bool(group.parts)
    base_runs = any(isinstance(part, _Base) for part in group.parts)
    return read._replace(
        operation=_derived(operation, changed),
        guards=(*read.guards, *(guard for guard in group.guards if guard not in read.guards)),
        caught=group.caught,
        holes=read.holes or any(isinstance(part, Sent) and has_hole(part.sql) for part in group.parts),
        codes=read.codes if base_runs else (),
        own=None,
    )


def _with_way_back(read: ReadOperation, downs: Iterable[_Group], problem: str) -> ReadOperation:
    """What is not known of the way back makes it one that nobody promises."""
    assert read.operation is not None
    parts = tuple(part for group in downs for part in group.parts)
    changed: dict[str, object] = {BACKWARDS: _replay(parts, up=False)}
    if problem:
        changed["reversible"] = False
    if parts:
        changed["reduces_to_sql"] = True
    return read._replace(operation=_derived(read.operation, changed))


def _derived(operation: Operation, changed: Mapping[str, object]) -> Operation:
    """The same operation with other methods and flags: of a class below its own, so that it is still taken for it."""
    if not changed:
        return operation
    found = copy.copy(operation)
    kind = type(operation)
    found.__class__ = type(kind.__name__, (kind,), {**changed, "__module__": kind.__module__, _DERIVED: True})
    return found


def _nothing(*_: object) -> None:
    """A method that does nothing."""


def _replay(parts: tuple[_Part, ...], *, up: bool) -> Callable[..., None]:
    def method(  # Django's signature
        self: Operation,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        first, second = (Side.BEFORE, Side.AFTER) if up else (Side.AFTER, Side.BEFORE)
        near = {first: from_state, second: to_state}

        def state(moment: Moment) -> ProjectState:
            return past_state(self, moment) if isinstance(moment, Past) else near[moment]

        for part in parts:
            _play(part, self, app_label, schema_editor, state)

    return method


def _play(  # likewise
    part: _Part, operation: Operation, app_label: str, editor: BaseDatabaseSchemaEditor, states: States
) -> None:
    if isinstance(part, Sent):
        editor.execute(with_names(part.sql, states), params=None)
    elif isinstance(part, EditorCall):
        kwargs = {name: resolved(value, states) for name, value in part.kwargs.items()}
        getattr(editor, part.method)(*(resolved(value, states) for value in part.args), **kwargs)
    else:
        base: Any = _known_class(operation)
        getattr(base, part.method)(operation, app_label, editor, states(part.first), states(part.second))


PAST: Final = "migsafe_past"
"""The attribute by which an operation knows the states at other migrations, while it is rendered."""


def past_state(operation: Operation, moment: Past) -> ProjectState:
    """Raises LookupError when the project has no such migration before."""
    found: Callable[[Past], ProjectState] | None = getattr(operation, PAST, None)
    if found is None:
        raise LookupError(f"the state at {moment.app_label}.{moment.name} is not known")
    return found(moment)


def is_derived(operation: Operation) -> bool:
    """Whether a method or a flag of it is the project's."""
    return hasattr(operation, _DERIVED)


def _known_class(operation: Operation) -> type[Operation]:
    """The operation's class before any method of it was replaced."""
    return next(kind for kind in type(operation).__mro__ if _DERIVED not in vars(kind))
