"""`value.name`: each kind of value has its own table; nothing is looked up on real objects by a name of the text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from migsafe.model.record import Record
from migsafe.sources.interpreter import choices, imports, stdlib
from migsafe.sources.interpreter.branching import each
from migsafe.sources.interpreter.containers import METHODS as CONTAINER_METHODS
from migsafe.sources.interpreter.errors import ErrorClass, ErrorValue
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.host import HostFunction, HostObject
from migsafe.sources.interpreter.texts import METHODS as TEXT_METHODS
from migsafe.sources.interpreter.values import PLAIN, Cause, Either, Maybe, Unknown
from migsafe.sources.interpreter.values_defined import (
    MISSING,
    Builtin,
    Class,
    Function,
    Instance,
    Method,
    Module,
    ModuleRef,
    Partial,
    Wrapped,
)

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


class PlainMethod(Record):
    """A method of a plain value, named in a table of ours: `"x".join` before it is called."""

    owner: object
    name: str


class HostMethod(Record):
    """A method of a host object, before it is called."""

    owner: HostObject
    name: str


class Super(Record):
    """`super()`: attributes are looked up behind `after` in the lineage of `owner`'s class."""

    after: Class
    owner: object


def attribute_of(machine: Machine, frame: Frame, node: ast.AST, value: object, name: str) -> object:
    """The attribute's value; unknown when the value's table does not have it."""
    if isinstance(value, Unknown):
        told = machine.domain.attribute_of_unknown(value, name)
        return Unknown(value.cause, f"{value.text}.{name}") if told is None else told
    if isinstance(value, Either):
        return each(machine, value, lambda v: attribute_of(machine, frame, node, v, name))
    found = _find(machine, node, value, name)
    if isinstance(found, Maybe):
        return found.value
    if found is not MISSING:
        return found
    if type(value) in PLAIN and not name.startswith("_") and not hasattr(type(value), name):
        return machine.fail(frame, node, "AttributeError", f"'{type(value).__name__}' object has no attribute '{name}'")
    return machine.unknown(Cause.ATTRIBUTE, frame, node)


def has_attribute(machine: Machine, node: ast.AST, value: object, name: str) -> bool | None:
    """What `hasattr(value, name)` is, if that is known."""
    if type(value) in PLAIN:
        return None if name.startswith("_") else has_plain_method(value, name) or None
    if isinstance(value, (Instance, Class)):
        return True if _find(machine, node, value, name) is not MISSING else None
    return None


def has_plain_method(value: object, name: str) -> bool:
    table = TEXT_METHODS if isinstance(value, str) else CONTAINER_METHODS.get(type(value), {})
    return name in table or name in stdlib.METHODS.get(type(value), {})


def _find(machine: Machine, node: ast.AST, value: object, name: str) -> object:
    if type(value) in PLAIN:
        if has_plain_method(value, name):
            return PlainMethod(value, name)
        return stdlib.plain_attribute(value, name)
    if isinstance(value, HostObject):
        return _of_host(value, name)
    if isinstance(value, ModuleRef):
        return imports.module_attribute(machine, value, name)
    if isinstance(value, Module):
        return _of_module(machine, value, name)
    if isinstance(value, Instance):
        return _of_instance(machine, node, value, name)
    if isinstance(value, Class):
        return of_class(machine, value, name)
    if isinstance(value, Super):
        return _of_super(machine, value, name)
    if isinstance(value, Builtin):
        return stdlib.member(value, name)
    if isinstance(value, (ErrorValue, ErrorClass)):
        return _of_error(value, name)
    if isinstance(value, Function):
        told = machine.domain.attribute_of_function(value, name)
        return told if told is not None else value.name if name == "__name__" else MISSING
    return value.name if name == "__name__" and isinstance(value, HostFunction) else MISSING


def _of_module(machine: Machine, value: Module, name: str) -> object:
    """What the module binds, or what the front end knows of a name whose origin was not read."""
    found = imports.of_module(machine, value, name)
    if found is not MISSING and not _has_unknown_origin(found):
        return found
    told = machine.domain.resolve(value.name, name)
    return found if told is None else told


def _has_unknown_origin(value: object) -> bool:
    bases = value.lineage() if isinstance(value, Class) else (value,)
    return any(isinstance(base, Unknown) for base in bases)


def _of_host(value: HostObject, name: str) -> object:
    kind = value.kind
    own = kind.own(value, name) if kind.own is not None else None
    if own is not None:
        return own
    if name in kind.methods:
        return HostMethod(value, name)
    if name in kind.attributes:
        return kind.attributes[name](value)
    if kind.attribute is not None and not name.startswith("_"):
        found = kind.attribute(value, name)
        return MISSING if found is None else found
    return MISSING


def _of_instance(machine: Machine, node: ast.AST, value: Instance, name: str) -> object:
    if name in value.attributes:
        return value.attributes[name]
    if name == "__class__":
        return MISSING
    found = value.defined.find(name)
    if found is MISSING:
        inherited = machine.domain.class_attribute(value.defined, name)
        return MISSING if inherited is None else inherited
    return bound(machine, node, found, value, value.defined)


def bound(machine: Machine, node: ast.AST, found: object, owner: object, defined: Class) -> object:
    """What a class's attribute is when it is asked of an object."""
    if isinstance(found, Function):
        return Method(function=found, owner=owner)
    if _is_decorated(found):
        return Partial(function=found, args=(owner,), kwargs={})
    if not isinstance(found, Wrapped):
        return found
    if found.how == "property":
        return machine.invoke(found.function, (owner,), {}, node)
    if found.how == "classmethod" and isinstance(found.function, Function):
        return Method(function=found.function, owner=defined)
    if found.how == "classmethod" and _is_decorated(found.function):
        return Partial(function=found.function, args=(defined,), kwargs={})
    return found.function


def _is_decorated(value: object) -> bool:
    """What a decorator of the front end made of a method: it gets the object as well."""
    return isinstance(value, HostObject) and isinstance(value.payload, Function)


def of_class(machine: Machine, value: Class, name: str) -> object:
    """`Class.name`."""
    if value.members is not None and name in value.members:
        return value.members[name]
    if name == "__members__" and value.members is not None:
        return dict(value.members)
    if name in ("__name__", "__qualname__"):
        return value.name
    found = value.find(name)
    if found is MISSING and value.members is not None:
        found = choices.listed(value, list(value.members.values()), name)
    if found is MISSING:
        inherited = machine.domain.class_attribute(value, name)
        return MISSING if inherited is None else inherited
    if isinstance(found, Wrapped):
        if found.how == "classmethod" and isinstance(found.function, Function):
            return Method(function=found.function, owner=value)
        if found.how == "classmethod" and _is_decorated(found.function):
            return Partial(function=found.function, args=(value,), kwargs={})
        return found.function if found.how == "staticmethod" else MISSING
    return found


def _of_super(machine: Machine, value: Super, name: str) -> object:
    start = value.owner.defined if isinstance(value.owner, Instance) else value.owner
    lineage = start.lineage() if isinstance(start, Class) else ()
    place = next((n for n, base in enumerate(lineage) if base is value.after), len(lineage))
    for base in lineage[place + 1 :]:
        if isinstance(base, Class) and name in base.namespace:
            return bound(machine, value.after.node, base.namespace[name], value.owner, value.after)
    told = machine.domain.inherited(value.owner, name)
    if told is not None:
        return told
    return stdlib.NOTHING if name in ("__init__", "__init_subclass__", "__post_init__") else MISSING


def _of_error(value: ErrorValue | ErrorClass, name: str) -> object:
    if isinstance(value, ErrorValue) and name == "args":
        return value.args
    if isinstance(value, ErrorClass) and name == "__init__":
        return stdlib.NOTHING
    return value.name if isinstance(value, ErrorClass) and name == "__name__" else MISSING


def set_attribute(machine: Machine, frame: Frame, node: ast.AST, owner: object, name: str, value: object) -> None:
    """`owner.name = value`."""
    if isinstance(owner, Instance):
        machine.bind(owner.attributes, name, value)
    elif isinstance(owner, Class):
        machine.bind(owner.namespace, name, value)
    elif isinstance(owner, HostObject):
        taken = owner.kind.assign is not None and owner.kind.assign(owner, name, value)
        if not taken and owner.kind.sensitive:
            from migsafe.sources.interpreter.result import Reason

            machine.report(Reason.CUSTOM_OP, machine.site(frame, node), f"the attribute {name} is replaced")
    elif isinstance(owner, Either):
        for guards, option in owner.options:
            del guards  # the objects differ: each is set in the branch that made it
            set_attribute(machine, frame, node, option, name, value)
