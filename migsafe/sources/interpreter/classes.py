"""Classes of the program: enumerations, plain classes, and subclasses of what the front end gave."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migsafe.sources.interpreter import choices, functions
from migsafe.sources.interpreter.dispatch import executes
from migsafe.sources.interpreter.errors import ErrorClass
from migsafe.sources.interpreter.frame import Frame, Signal
from migsafe.sources.interpreter.host import Call, HostFunction, HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.scope import Scope
from migsafe.sources.interpreter.truth import equal
from migsafe.sources.interpreter.values import SCALARS, Cause, Either, Unknown
from migsafe.sources.interpreter.values_defined import (
    MISSING,
    Builtin,
    Class,
    Function,
    Instance,
    Method,
    Wrapped,
)

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

_ENUMS = frozenset(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", *choices.KINDS))
_RECORDS = frozenset(("NamedTuple", "TypedDict"))


@executes(ast.ClassDef)
def define(machine: Machine, node: ast.ClassDef, frame: Frame) -> Signal | None:
    bases = tuple(machine.evaluate(base, frame) for base in node.bases if not isinstance(base, ast.Starred))
    scope = Scope(frame.scope, class_body=True)
    inner = frame.within(scope)
    machine.block(node.body, inner)
    defined = Class(node.name, bases, scope.variables, node, frame.module)
    defined.keywords = {k.arg: machine.evaluate(k.value, frame) for k in node.keywords if k.arg}
    _note_annotations(defined, frame)
    for member in scope.variables.values():
        _own(member, defined)
    if _is_enum(defined):
        defined.members = _members(defined)
    value: object = defined
    for decorator in reversed(node.decorator_list):
        value = _decorate(machine, machine.evaluate(decorator, frame), defined, decorator, frame)
    machine.bind(frame.scope.target(node.name).variables, node.name, value)
    return None


def _note_annotations(defined: Class, frame: Frame) -> None:
    for statement in defined.node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            defined.annotations[statement.target.id] = frame.module.source.words(statement.annotation)


def _own(value: object, defined: Class) -> None:
    function = value.function if isinstance(value, Wrapped) else value
    if isinstance(function, Function) and function.defined_in is None:
        function.defined_in = defined


def _decorate(machine: Machine, decorator: object, defined: Class, node: ast.expr, frame: Frame) -> object:
    """Known decorators are called; an unknown one leaves the class as it is."""
    if not isinstance(decorator, Builtin):
        return defined
    from migsafe.sources.interpreter.calls import call

    found = call(machine, decorator, Invocation(machine, (defined,), {}, None, node, frame))
    return defined if isinstance(found, Unknown) else found


def _is_enum(defined: Class) -> bool:
    return any(isinstance(base, Builtin) and base.name in _ENUMS for base in defined.lineage())


def _members(defined: Class) -> dict[str, Instance]:
    members: dict[str, Instance] = {}
    previous: object = 0
    labelled = choices.has_labels(defined)
    for name, value in list(defined.namespace.items()):
        if name.startswith("_") or isinstance(value, (Function, Wrapped, Class)):
            continue
        stated, label = choices.split(value, name) if labelled else (value, name)
        previous = _automatic(defined, name, previous) if _is_automatic(stated) else stated
        alias = next((m for m in members.values() if _is_same(m.attributes["value"], previous)), None)
        attributes: dict[str, object] = {"name": name, "value": previous}
        members[name] = alias or Instance(defined, attributes | ({"label": label} if labelled else {}))
    return members


def _is_same(first: object, second: object) -> bool:
    return first is second or (type(first) in SCALARS and type(first) is type(second) and first == second)


def _is_automatic(value: object) -> bool:
    return isinstance(value, Unknown) and value.text == "auto()"


def _automatic(defined: Class, name: str, previous: object) -> object:
    if any(isinstance(base, Builtin) and base.name == "StrEnum" for base in defined.lineage()):
        return name.lower()
    if any(base is choices.KINDS["TextChoices"] for base in defined.lineage()):
        return name
    if defined.find("_generate_next_value_") is not MISSING or not isinstance(previous, int):
        return Unknown(Cause.UNSUPPORTED, f"auto() of {name}")
    return previous + 1


def instantiate(machine: Machine, defined: Class, invocation: Invocation) -> object:
    """What calling the class gives."""
    if defined.members is not None:
        return _member(machine, defined, invocation)
    if _has_foreign_base(defined):
        call = Call(defined.name, invocation.args, invocation.kwargs, invocation.site, machine, invocation.more)
        found = machine.domain.instantiate(defined, call)
        if found is not None:
            return found
    made = Instance(defined, {})
    start = defined.find("__init__")
    if isinstance(start, Function):
        functions.call_function(machine, start, invocation.with_first(made))
    elif defined.keywords.get("record"):
        return _fill(machine, defined, made, invocation)
    elif _has_foreign_base(defined) or any(isinstance(base, Unknown) for base in defined.lineage()):
        made.attributes.update(
            {name: value for name, value in invocation.kwargs.items() if name in defined.annotations}
        )
    elif (invocation.args or invocation.kwargs) and not _is_error(defined):
        return _fill(machine, defined, made, invocation) if defined.annotations else made
    return made


def _is_error(defined: Class) -> bool:
    return any(isinstance(base, ErrorClass) for base in defined.lineage())


def _has_foreign_base(defined: Class) -> bool:
    return any(isinstance(base, (HostObject, HostFunction)) for base in defined.lineage())


def _fill(machine: Machine, defined: Class, made: Instance, invocation: Invocation) -> object:
    """A dataclass or named tuple: its fields from the arguments, then from the class."""
    fields = [name for base in reversed(defined.lineage()) if isinstance(base, Class) for name in base.annotations]
    given = {**dict(zip(fields, invocation.args, strict=False)), **invocation.kwargs}
    for name in fields:
        value = given.get(name, defined.find(name))
        made.attributes[name] = Unknown(Cause.PARAMETER, name) if value is MISSING else value
    after = defined.find("__post_init__")
    if isinstance(after, Function):
        machine.invoke(after, (made,), {}, invocation.node)
    return made


def _member(machine: Machine, defined: Class, invocation: Invocation) -> object:
    assert defined.members is not None
    wanted = invocation.argument(0, "value")
    if isinstance(wanted, (Unknown, Either)) or len(invocation.args) > 1:
        return invocation.unknown(Cause.UNSUPPORTED)
    for member in defined.members.values():
        if member is wanted or equal(machine, member.attributes["value"], wanted):
            return member
    return invocation.fail("ValueError", f"no member of {defined.name} has this value")


def members_of(defined: Class) -> list[object]:
    """The members of an enumeration in order, aliases left out."""
    found: list[object] = []
    for member in (defined.members or {}).values():
        if not any(member is known for known in found):
            found.append(member)
    return found


__all__ = ["Method", "define", "instantiate", "members_of"]
