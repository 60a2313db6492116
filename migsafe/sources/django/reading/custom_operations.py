"""Operations of a project's own classes: what `__init__` hands to the known base, which methods are of their own.

What the methods do is worked out where the migration is read as a whole (`followed.py`).
"""

from __future__ import annotations

import functools
from typing import Final

from django.db.migrations.operations.base import Operation

from migsafe.sources.django.reading.libraries.base import Nothing
from migsafe.sources.django.reading.operations import (
    OPERATION,
    Own,
    ReadOperation,
    call_of,
    failed,
    make_operation,
    read_operation,
)
from migsafe.sources.interpreter import Call, HostFunction, HostKind, HostObject, Instance
from migsafe.sources.interpreter.errors import AbandonedError, RaisedError
from migsafe.sources.interpreter.values_defined import MISSING, Class, Function

_MARK: Final = "<the operation>"  # no name of the program's can be spelled like this
FORWARDS, BACKWARDS, STATE, RUN_SQL = "database_forwards", "database_backwards", "state_forwards", "_run_sql"
_FOLLOWED: Final = (FORWARDS, BACKWARDS, STATE, RUN_SQL)
_FLAGS: Final = ("reversible", "reduces_to_sql", "atomic")


class BaseRuns:
    """`super().database_forwards(…)`: recorded as an event, with the states that it is given."""

    __slots__ = ("after", "before", "method")

    def __init__(self, method: str, before: object, after: object) -> None:
        self.method = method
        self.before = before
        self.after = after


class _Base:
    """The calls of the known base's `__init__`, one for each side of a condition."""

    def __init__(self, kind: type[Operation]) -> None:
        self.kind = kind
        self.calls: list[Call] = []


_BASE: Final = HostKind(name="an operation's base")
"""Payload: a _Base."""


def custom_operation(defined: Class, kind: type[Operation], call: Call) -> object:
    """What calling a project's class gives, whose nearest known base is `kind`."""
    methods = {name: found for name in _FOLLOWED if isinstance(found := defined.find(name), Function)}
    start = defined.find("__init__")
    if start is MISSING and not methods and kind is not Operation:
        return make_operation(kind, call, defined.name)
    owner = Instance(defined, {_MARK: HostObject(_BASE, _Base(kind))})
    problem = _begun(owner, start, call)
    if problem:
        return HostObject(OPERATION, failed(defined.name, call.site.span, problem, call.site.guards))
    read = _read(owner, kind, call)
    flags = tuple((name, value) for name in _FLAGS if isinstance(value := defined.find(name), bool))
    if methods or flags:
        read = read._replace(own=Own(owner, methods, flags))
    return HostObject(OPERATION, read)


def _begun(owner: Instance, start: object, call: Call) -> str:
    """Evaluate `__init__`; what is wrong with it, in words."""
    base = _base(owner)
    if start is MISSING:
        _begin(owner, call)
        return ""
    if not isinstance(start, Function) or call.more is not None:
        return f"the __init__ of {owner.defined.name} is not followed"
    machine = call.machine
    kept, machine.importing = machine.importing, machine.importing + 1  # what goes wrong is said at the operation
    try:
        machine.invoke(start, (owner, *call.args), dict(call.kwargs), call.site.node)
    except (RaisedError, AbandonedError) as error:
        return f"the __init__ of {owner.defined.name} fails: {error}"
    finally:
        machine.importing = kept
    if len(base.calls) != 1 and base.kind is not Operation:
        return f"the __init__ of {owner.defined.name} calls that of its base {len(base.calls)} times"
    return ""


def _read(owner: Instance, kind: type[Operation], call: Call) -> ReadOperation:
    """The base as an operation, from the arguments that it got."""
    name = owner.defined.name
    if kind is Operation:
        return ReadOperation(name, call.site.span, Nothing(), guards=call.site.guards, node=call.site.node)
    handed = _base(owner).calls[0]
    read = read_operation(kind, handed.args, handed.kwargs, handed, name)
    return read._replace(span=call.site.span, guards=call.site.guards, node=call.site.node)


def _base(owner: Instance) -> _Base:
    found = owner.attributes[_MARK]
    assert isinstance(found, HostObject)
    assert isinstance(found.payload, _Base)
    return found.payload


def _begin(owner: Instance, call: Call) -> None:
    """`super().__init__(…)`: from here on the base's arguments are attributes, as Django keeps them."""
    base = _base(owner)
    base.calls.append(call)
    try:
        given = call_of(base.kind).bind_partial(*call.args, **call.kwargs)
    except TypeError:
        return  # said where the operation is built
    given.apply_defaults()
    for name, value in given.arguments.items():
        if name not in ("args", "kwargs"):
            call.machine.bind(owner.attributes, name, value)
            if name in ("name", "model_name") and isinstance(value, str):
                call.machine.bind(owner.attributes, f"{name}_lower", value.lower())


def inherited(owner: object, name: str) -> object | None:
    """What `super().name` is when the known base has it."""
    if not isinstance(owner, Instance) or _MARK not in owner.attributes:
        return None
    if name == "__init__":
        return HostFunction("Operation.__init__", functools.partial(_begin, owner))
    if name in _FOLLOWED:
        return HostFunction(f"Operation.{name}", functools.partial(_runs, name))
    return class_attribute(name)


def _runs(method: str, call: Call) -> None:
    """The base's method runs: of its arguments only the states matter."""
    given = dict(zip(("app_label", "schema_editor", "from_state", "to_state"), call.args, strict=False))
    given.update(call.kwargs)
    call.record(BaseRuns(method, given.get("from_state"), given.get("to_state")))


def class_attribute(name: str) -> object | None:
    """What every operation has. Routers are not known: a migration is judged for the database that it is run on."""
    if name in ("allow_migrate_model", "allow_migrate"):
        return HostFunction(name, lambda _: True)
    return None
