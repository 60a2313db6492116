"""Questions about values that may have no known answer: None says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migsafe.sources.interpreter.errors import ErrorClass, ErrorValue
from migsafe.sources.interpreter.holes import has_hole, split
from migsafe.sources.interpreter.host import HostFunction, HostObject
from migsafe.sources.interpreter.values import (
    CONTAINERS,
    PLAIN,
    SCALARS,
    Either,
    Maybe,
    Rest,
    Unknown,
    items_of,
)
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
)

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

_ALWAYS_TRUE = (Function, Class, Builtin, HostFunction, Method, Partial, ModuleRef, Module, ErrorClass, ErrorValue)


def truth(machine: Machine, value: object) -> bool | None:
    """What `bool(value)` is, if that is known."""
    kind = type(value)
    if kind is str:
        return _text_truth(str(value))
    if kind in CONTAINERS:
        return _container_truth(items_of(value))
    if kind in PLAIN:
        return bool(value)
    if isinstance(value, Either):
        answers = {truth(machine, option) for _, option in value.options}
        return answers.pop() if len(answers) == 1 else None
    if isinstance(value, HostObject):
        return value.kind.truth(value) if value.kind.truth else None
    if isinstance(value, Instance):
        return _instance_truth(value)
    return True if isinstance(value, _ALWAYS_TRUE) else None


def _text_truth(text: str) -> bool | None:
    if not has_hole(text):
        return bool(text)
    return True if any(isinstance(part, str) for part in split(text)) else None


def _container_truth(items: list[object]) -> bool | None:
    if any(not isinstance(item, (Maybe, Rest)) for item in items):
        return True
    return None if items else False


def _instance_truth(value: Instance) -> bool | None:
    custom = value.defined.find("__bool__") is not MISSING or value.defined.find("__len__") is not MISSING
    only_ours = all(isinstance(base, (Class, Builtin)) for base in value.defined.lineage())
    return True if only_ours and not custom and value.defined.members is None else None


def is_certain(value: object) -> bool:
    """Whether a plain value and everything in it is known, down to its texts."""
    kind = type(value)
    if kind is str:
        return not has_hole(str(value))
    if kind in SCALARS or kind is range or kind is slice:
        return True
    return kind in CONTAINERS and all(map(_is_certain_part, _parts(value)))


def _is_certain_part(part: object) -> bool:
    return type(part) in PLAIN and not (type(part) is str and has_hole(str(part)))


def _parts(value: object) -> list[object]:
    """All items at any depth, each object once."""
    found, waiting, seen = [], items_of(value), {id(value)}
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        found.append(part)
        if type(part) in CONTAINERS:
            waiting += items_of(part)
    return found


def fits(machine: Machine, value: object) -> bool:
    """Whether the value stays small when everything that it holds twice is counted twice.

    Comparing, hashing or printing a value takes that long: twenty lists that hold each other twice are a million.
    """
    if type(value) not in CONTAINERS:
        return True
    room, waiting = machine.limits.expanded, items_of(value)
    while waiting:
        room -= 1
        if room < 0:
            return False
        part = waiting.pop()
        if type(part) in CONTAINERS:
            waiting += items_of(part)
    return True


def is_hashable(machine: Machine, value: object) -> bool:
    """Whether it can be a key: scalars, tuples of them, and what is compared by identity."""
    kind = type(value)
    if kind in SCALARS:
        return True
    if kind is tuple:
        return fits(machine, value) and all(is_hashable(machine, item) for item in items_of(value))
    if kind is frozenset:
        return fits(machine, value)
    return kind not in PLAIN


def may_be_any_key(key: object) -> bool:
    """Whether a key is not known: what a dict holds under it is then not known either."""
    if isinstance(key, (Unknown, Either, Maybe, Rest)):
        return True
    if isinstance(key, HostObject):
        return key.kind.any_value
    if isinstance(key, str):
        return has_hole(key)
    return isinstance(key, tuple) and any(may_be_any_key(part) for part in _parts(key) if not isinstance(part, tuple))


def equal(machine: Machine, left: object, right: object) -> bool | None:
    """What `left == right` is, if that is known."""
    if isinstance(left, (Unknown, Either, Maybe, Rest)) or isinstance(right, (Unknown, Either, Maybe, Rest)):
        return None
    if left is right:
        return True if type(left) in PLAIN or not isinstance(left, HostObject) else None
    plain = (type(left) in PLAIN, type(right) in PLAIN)
    if all(plain):
        return _equal_plain(machine, left, right)
    if isinstance(left, Instance) or isinstance(right, Instance):
        return _equal_members(machine, left, right)
    if isinstance(left, HostObject) or isinstance(right, HostObject):
        return None
    if isinstance(left, ErrorClass) and isinstance(right, ErrorClass):
        return left == right
    return False


def _equal_plain(machine: Machine, left: object, right: object) -> bool | None:
    if type(left) in SCALARS and type(right) in SCALARS:
        holed = (type(left) is str and has_hole(str(left))) or (type(right) is str and has_hole(str(right)))
        if not holed:
            return bool(left == right)
        return False if type(left) is not type(right) else None
    if not (fits(machine, left) and fits(machine, right)):
        return None
    if is_certain(left) and is_certain(right):
        return bool(left == right)
    return False if _differ(left, right) else None


def _differ(left: object, right: object) -> bool:
    """Whether two containers cannot be equal although parts of them are not known."""
    if type(left) is not type(right):
        return True
    loose = any(isinstance(part, (Rest, Maybe)) for part in (*items_of(left), *items_of(right)))
    return not loose and len(items_of(left)) != len(items_of(right))


def _equal_members(machine: Machine, left: object, right: object) -> bool | None:
    """Members of enumerations, and objects without a comparison of their own."""
    if isinstance(left, Instance) and isinstance(right, Instance):
        own = left.defined.find("__eq__") is not MISSING or right.defined.find("__eq__") is not MISSING
        if own or (left.defined is not right.defined and _is_mixed(left)):
            return None
        return False
    member, other = (left, right) if isinstance(left, Instance) else (right, left)
    assert isinstance(member, Instance)
    if member.defined.members is None:
        return None if member.defined.find("__eq__") is not MISSING or type(other) not in PLAIN else False
    return equal(machine, member.attributes.get("value"), other) if _is_mixed(member) else False


def _is_mixed(member: Instance) -> bool:
    """Whether members of its class are also values of an ordinary type: `class Colour(str, Enum)`."""
    names = {base.name for base in member.defined.lineage() if isinstance(base, Builtin)}
    return bool(names & {"str", "int", "float", "StrEnum", "IntEnum", "TextChoices", "IntegerChoices", "bytes"})


def contains(machine: Machine, container: object, item: object) -> bool | None:
    """What `item in container` is, if that is known. Raises TypeError as Python does."""
    if isinstance(container, str):
        return _text_contains(container, item)
    if (may_be_any_key(item) and not isinstance(item, str)) or isinstance(container, (Unknown, Either, HostObject)):
        return None
    if isinstance(container, range) and type(item) in (int, bool):
        return item in container
    if isinstance(container, Class) and container.members is not None:
        return any(item is member for member in container.members.values())
    if type(container) not in CONTAINERS and not isinstance(container, range):
        raise TypeError("argument is not iterable")
    if isinstance(container, range):
        return False
    return _any_equal(machine, list(container) if isinstance(container, dict) else items_of(container), item)


def _text_contains(text: str, item: object) -> bool | None:
    if isinstance(item, (Unknown, Either)):
        return None
    if not isinstance(item, str):
        raise TypeError("'in <string>' requires string as left operand")
    if has_hole(item):
        return None
    if not has_hole(text):
        return item in text
    return True if any(isinstance(part, str) and item in part for part in split(text)) else None


def _any_equal(machine: Machine, items: list[object], item: object) -> bool | None:
    answer: bool | None = False
    for number, part in enumerate(items):
        machine.steps -= number % 16 == 0
        found = equal(machine, part, item)
        if found:
            return True
        answer = None if found is None else answer
    return answer
