"""Python's built-in functions and types, imitated on bounded plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migsafe.sources.interpreter import pyiteration, pytypes
from migsafe.sources.interpreter.containers import is_loose, keys_of
from migsafe.sources.interpreter.errors import HIERARCHY, ErrorClass, ErrorValue
from migsafe.sources.interpreter.formatting import formatted, represent
from migsafe.sources.interpreter.holes import has_hole, uses_reserved
from migsafe.sources.interpreter.host import HostFunction, HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.pybase import BUILTINS, builtin, guarded, known
from migsafe.sources.interpreter.values import PLAIN, SCALARS, Cause, Either, Maybe, Rest, Unknown
from migsafe.sources.interpreter.values_defined import (
    MISSING,
    Builtin,
    Class,
    Function,
    Generator,
    Instance,
    Method,
    Partial,
    Wrapped,
)


@builtin("print")
def _print(_: Invocation) -> object:
    return None


@builtin("len")
def _len(invocation: Invocation) -> object:
    value = invocation.args[0]
    if isinstance(value, Class) and value.members is not None:
        return len(value.members)
    if type(value) not in PLAIN or (isinstance(value, str) and has_hole(value)):
        return invocation.unknown(Cause.UNSUPPORTED)
    if isinstance(value, (list, tuple, set, frozenset)) and is_loose(value):
        return invocation.unknown(Cause.BRANCH)
    if isinstance(value, dict):
        return invocation.unknown(Cause.BRANCH) if is_loose(keys_of(value)) else len(value)
    if isinstance(value, (str, bytes, list, tuple, set, frozenset, range)):
        return len(value)
    raise TypeError("object has no len()")


@builtin("range")
def _range(invocation: Invocation) -> object:
    if not all(type(arg) in (int, bool) for arg in invocation.args) or invocation.more:
        uncertain = any(type(arg) not in PLAIN for arg in invocation.args) or invocation.more
        if uncertain:
            return invocation.unknown(Cause.UNSUPPORTED)
    numbers: Any = invocation.args
    made = range(*numbers)
    return made if max(abs(made.start), abs(made.stop), abs(made.step)) < 1 << 62 else invocation.unknown(Cause.LIMIT)


def _numeric(name: str, function: Callable[..., object]) -> None:
    @builtin(name)
    def run(invocation: Invocation) -> object:
        if not known(invocation, *invocation.args):
            return invocation.unknown(Cause.UNSUPPORTED)
        found = function(*invocation.args)
        return found if type(found) in PLAIN else invocation.unknown(Cause.UNSUPPORTED)


_NUMERIC: dict[str, Callable[..., object]] = {
    "abs": abs,
    "divmod": divmod,
    "hex": hex,
    "bin": bin,
    "oct": oct,
    "ord": ord,
}
for _name, _function in _NUMERIC.items():
    _numeric(_name, _function)


@builtin("round")
def _round(invocation: Invocation) -> object:
    from migsafe.sources.interpreter.formatting import is_huge

    digits: Any = invocation.argument(1, "ndigits")
    small = digits is None or (isinstance(digits, int) and abs(digits) < 400)
    value: Any = invocation.args[0]
    if type(value) not in SCALARS or not small or is_huge(value):
        return invocation.unknown(Cause.LIMIT)
    return round(value) if digits is None else round(value, digits)


@builtin("chr")
def _chr(invocation: Invocation) -> object:
    value = invocation.args[0]
    if not isinstance(value, int):
        return invocation.unknown(Cause.UNSUPPORTED)
    return invocation.unknown(Cause.UNSUPPORTED) if uses_reserved(chr(value)) else chr(value)


@builtin("repr")
def _repr(invocation: Invocation) -> object:
    return represent(invocation.machine, invocation.frame, invocation.node, invocation.args[0])


@builtin("format")
def _format(invocation: Invocation) -> object:
    spec = invocation.argument(1, "format_spec", "")
    if not isinstance(spec, str) or isinstance(invocation.args[0], Either):
        return invocation.unknown(Cause.UNSUPPORTED)
    return formatted(invocation.machine, invocation.frame, invocation.node, invocation.args[0], "", spec)


@builtin("isinstance")
def _isinstance(invocation: Invocation) -> object:
    found = is_instance(invocation.args[0], invocation.args[1])
    return invocation.unknown(Cause.UNSUPPORTED) if found is None else found


def is_instance(value: object, wanted: object) -> bool | None:
    """What `isinstance` says, if that is known."""
    if isinstance(wanted, tuple):
        answers = [is_instance(value, part) for part in wanted]
        return True if True in answers else None if None in answers else False
    if isinstance(value, Instance):
        vague = any(not isinstance(base, (Class, Builtin, ErrorClass)) for base in value.defined.lineage())
        inside = any(base is wanted for base in value.defined.lineage())
        return True if inside else None if vague else False
    if isinstance(value, ErrorValue) and isinstance(wanted, ErrorClass):
        return wanted.name in HIERARCHY.get(value.kind.name, frozenset())
    if type(value) in PLAIN:
        return _is_plain_instance(value, wanted)
    return None


def _is_plain_instance(value: object, wanted: object) -> bool | None:
    if isinstance(wanted, (Class, ErrorClass, HostFunction)):
        return False
    real = pytypes.REAL.get(wanted.name) if isinstance(wanted, Builtin) else None
    return None if real is None else isinstance(value, real)


@builtin("issubclass")
def _issubclass(invocation: Invocation) -> object:
    value, wanted = invocation.args
    if isinstance(value, Class) and isinstance(wanted, (Class, Builtin)):
        return any(base is wanted for base in value.lineage())
    return invocation.unknown(Cause.UNSUPPORTED)


@builtin("callable")
def _callable(invocation: Invocation) -> object:
    value = invocation.args[0]
    if type(value) in PLAIN:
        return False
    return (
        True
        if isinstance(value, (Function, Class, Builtin, HostFunction, Method, Partial))
        else invocation.unknown(Cause.UNSUPPORTED)
    )


@builtin("hasattr")
def _hasattr(invocation: Invocation) -> object:
    from migsafe.sources.interpreter.attributes import has_attribute

    value, name = invocation.args
    if not isinstance(name, str):
        return invocation.unknown(Cause.UNSUPPORTED)
    found = has_attribute(invocation.machine, invocation.node, value, name)
    return invocation.unknown(Cause.UNSUPPORTED) if found is None else found


@builtin("getattr")
def _getattr(invocation: Invocation) -> object:
    from migsafe.sources.interpreter.attributes import attribute_of
    from migsafe.sources.interpreter.subscripts import item_of

    value, name = invocation.args[0], invocation.args[1]
    machine, frame, node = invocation.machine, invocation.frame, invocation.node
    if isinstance(name, str) and not has_hole(name):
        found = attribute_of(machine, frame, node, value, name)
        missing = isinstance(found, Unknown) and found.cause is Cause.ATTRIBUTE and isinstance(value, Instance)
        return invocation.args[2] if missing and len(invocation.args) > 2 else found
    if isinstance(value, HostObject) and value.kind.sensitive:
        from migsafe.sources.interpreter.result import Reason

        machine.report(Reason.CUSTOM_OP, invocation.site, f"an attribute of {value.kind.name} whose name is not known")
    if isinstance(name, str) and getattr(value, "scope", None) is not None:
        from migsafe.sources.interpreter.values_defined import Module

        if isinstance(value, Module):
            variables: dict[object, object] = dict(value.scope.variables.items())
            return item_of(machine, frame, node, variables, name)
    return invocation.unknown(Cause.ATTRIBUTE)


@builtin("setattr")
def _setattr(invocation: Invocation) -> object:
    from migsafe.sources.interpreter.attributes import set_attribute

    owner, name, value = invocation.args
    if isinstance(name, str):
        set_attribute(invocation.machine, invocation.frame, invocation.node, owner, name, value)
    return None


@builtin("delattr")
def _delattr(invocation: Invocation) -> object:
    owner, name = invocation.args
    if isinstance(owner, Instance) and isinstance(name, str):
        invocation.machine.unbind(owner.attributes, name)
    return None


@builtin("globals")
def _globals(invocation: Invocation) -> object:
    return {**invocation.frame.module.scope.variables}


@builtin("locals")
def _locals(invocation: Invocation) -> object:
    return {**invocation.frame.scope.variables}


@builtin("vars")
def _vars(invocation: Invocation) -> object:
    if not invocation.args:
        return {**invocation.frame.scope.variables}
    value = invocation.args[0]
    return {**value.attributes} if isinstance(value, Instance) else invocation.unknown(Cause.UNSUPPORTED)


@builtin("iter")
def _iter(invocation: Invocation) -> object:
    value = invocation.args[0]
    return value if isinstance(value, (Generator, HostObject, Instance)) else invocation.unknown(Cause.UNSUPPORTED)


@builtin("next")
def _next(invocation: Invocation) -> object:
    """The first item of what was just made, as in `next(x for x in y if …)`; otherwise unknown."""
    value = invocation.args[0]
    if isinstance(value, HostObject) and value.kind.element is not None:
        return value.kind.element(value)
    if isinstance(value, list) and getattr(invocation.node, "args", [None])[0] is not None:
        if value and not isinstance(value[0], (Maybe, Rest)):
            return value[0]
        if not value and len(invocation.args) > 1:
            return invocation.args[1]
    return invocation.unknown(Cause.UNSUPPORTED)


@builtin("super")
def _super(invocation: Invocation) -> object:
    from migsafe.sources.interpreter.attributes import Super

    if len(invocation.args) == 2:
        of, self = invocation.args
        if isinstance(self, HostObject):
            return self  # what the class's base does to it, the front end knows
        return Super(of, self) if isinstance(of, Class) else invocation.unknown(Cause.UNSUPPORTED)
    function = invocation.frame.function
    if function is None or function.defined_in is None:
        return invocation.unknown(Cause.UNSUPPORTED)
    parameters = function.node.args.args
    owner = invocation.frame.scope.variables.get(parameters[0].arg, MISSING) if parameters else MISSING
    return invocation.unknown(Cause.UNSUPPORTED) if owner is MISSING else Super(function.defined_in, owner)


def _wrapping(name: str) -> None:
    @builtin(name)
    def run(invocation: Invocation) -> object:
        return Wrapped(how=name, function=invocation.args[0] if invocation.args else None)


for _name in ("staticmethod", "classmethod", "property"):
    _wrapping(_name)


def _opaque(name: str, cause: Cause) -> None:
    BUILTINS[name] = Unknown(cause, name)


for _name in ("open", "input"):
    _opaque(_name, Cause.ENVIRONMENT)
for _name in ("id", "hash"):
    _opaque(_name, Cause.VOLATILE)
for _name in (
    "exec",
    "eval",
    "compile",
    "__import__",
    "breakpoint",
    "dir",
    "memoryview",
    "bytearray",
    "aiter",
    "anext",
):
    _opaque(_name, Cause.UNSUPPORTED)

BUILTINS.update({name: ErrorClass(name) for name in HIERARCHY})
BUILTINS["NotImplemented"] = Unknown(Cause.UNSUPPORTED, "NotImplemented")
BUILTINS["Ellipsis"] = ...
BUILTINS["__debug__"] = True
BUILTINS.update(pytypes.TYPES)

__all__ = ["BUILTINS", "guarded", "is_instance", "pyiteration"]
