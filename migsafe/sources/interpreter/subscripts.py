"""`value[key]`: reading, setting and deleting items."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.branching import each
from migsafe.sources.interpreter.dispatch import evaluates
from migsafe.sources.interpreter.frame import Frame
from migsafe.sources.interpreter.holes import has_hole, split
from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.journal import either
from migsafe.sources.interpreter.likeness import many, stands_for_all
from migsafe.sources.interpreter.truth import is_hashable, may_be_any_key
from migsafe.sources.interpreter.values import PLAIN, Cause, Either, Maybe, Rest, Unknown
from migsafe.sources.interpreter.values_defined import MISSING, Builtin, Class, Instance

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine


@evaluates(ast.Subscript)
def subscript(machine: Machine, node: ast.Subscript, frame: Frame) -> object:
    owner = machine.evaluate(node.value, frame)
    return item_of(machine, frame, node, owner, machine.evaluate(node.slice, frame))


@evaluates(ast.Slice)
def slice_of(machine: Machine, node: ast.Slice, frame: Frame) -> object:
    parts = [None if part is None else machine.evaluate(part, frame) for part in (node.lower, node.upper, node.step)]
    if all(part is None or type(part) in (int, bool) for part in parts):
        return slice(*parts)
    return machine.unknown(Cause.UNSUPPORTED, frame, node)


def item_of(machine: Machine, frame: Frame, node: ast.AST, owner: object, key: object) -> object:
    """`owner[key]`."""
    if isinstance(owner, Either):
        return each(machine, owner, lambda v: item_of(machine, frame, node, v, key))
    if isinstance(key, Either):
        return each(machine, key, lambda k: item_of(machine, frame, node, owner, k))
    if isinstance(owner, Unknown):
        return machine.unknown(owner.cause, frame, node)
    if isinstance(owner, HostObject):
        found = owner.kind.item(owner, key) if owner.kind.item else None
        return machine.unknown(Cause.ATTRIBUTE, frame, node) if found is None else found
    if isinstance(owner, dict):
        return _entry(machine, frame, node, owner, key)
    if isinstance(owner, str):
        return _characters(machine, frame, node, owner, key)
    if isinstance(owner, (list, tuple, range, bytes)):
        return _element(machine, frame, node, owner, key)
    if isinstance(owner, Class) and owner.members is not None and isinstance(key, str):
        return owner.members.get(key) or machine.fail(frame, node, "KeyError", key)
    if isinstance(owner, (Builtin, Class)):
        return owner  # `list[str]`, `Mapped[int]`: annotations and generic bases
    if type(owner) in PLAIN:
        return machine.fail(frame, node, "TypeError", f"'{type(owner).__name__}' object is not subscriptable")
    return machine.unknown(Cause.UNSUPPORTED, frame, node)


def _entry(machine: Machine, frame: Frame, node: ast.AST, owner: dict[object, object], key: object) -> object:
    if may_be_any_key(key):
        return _candidates(machine, frame, node, owner, key)
    if not is_hashable(machine, key):
        return machine.fail(frame, node, "TypeError", "unhashable key")
    found = owner.get(key, owner)
    if found is not owner:
        return found.value if isinstance(found, Maybe) else found
    if is_open(owner):
        under_others = [value for other, value in owner.items() if may_be_any_key(other)]
        return the_only(under_others) or stands_for_all(owner.values()) or machine.unknown(Cause.BRANCH, frame, node)
    made = machine.missing(owner, node)
    if made is not MISSING:
        set_item(machine, frame, node, owner, key, made)
        return made
    return machine.fail(frame, node, "KeyError", "no such key")


def the_only(values: Iterable[object]) -> object | None:
    """The value under an unknown key, when there is one that it can be: what a loop puts there."""
    held = [_value(value) for value in values]
    known = bool(held) and all(value is held[0] for value in held)
    return held[0] if known and isinstance(held[0], (HostObject, Instance, list, dict, set)) else None


def is_open(owner: dict[object, object]) -> bool:
    """Whether a dict may hold keys that are not known."""
    return any(map(may_be_any_key, owner))


def _candidates(machine: Machine, frame: Frame, node: ast.AST, owner: dict[object, object], key: object) -> object:
    """The values under all keys that an unknown key may be."""
    if not isinstance(key, str) or is_open(owner):
        _note_open_lookup(machine, owner)
        found = the_only(owner.values()) or stands_for_all(owner.values())
        return found if found is not None else _first_under(machine, frame, node, owner, key)
    parts = split(str(key))
    words = frame.module.source.words(node)
    fitting = [name for name in owner if isinstance(name, str) and _may_be(parts, name)]
    options = [((f"{words} is {name}",), owner[name]) for name in fitting]
    if not options or len(options) > machine.limits.options:
        _note_open_lookup(machine, owner)
        return machine.unknown(Cause.UNSUPPORTED, frame, node)
    return either([((*g, *_guards(v)), _value(v)) for g, v in options], machine.limits.options)


def _first_under(machine: Machine, frame: Frame, node: ast.AST, owner: dict[object, object], key: object) -> object:
    """What a dict with a factory has under a key that is not known: one value for all such keys."""
    made = machine.missing(owner, node)
    if made is MISSING or any(isinstance(other, Rest) for other in owner):
        return machine.unknown(Cause.UNSUPPORTED, frame, node)
    set_item(machine, frame, node, owner, key, made)
    return made


def _guards(value: object) -> tuple[str, ...]:
    return value.guards if isinstance(value, Maybe) else ()


def _value(value: object) -> object:
    return value.value if isinstance(value, Maybe) else value


def _note_open_lookup(machine: Machine, owner: dict[object, object]) -> None:
    """`globals()[unknown]`: every function of the module may be meant."""
    for module in machine.modules.values():
        if module is not None and owner.keys() == module.scope.variables.keys():
            machine.trace.open_lookups.append(module)


def _may_be(parts: tuple[str | int, ...], name: str) -> bool:
    """Whether a text with holes may be this name."""
    place = 0
    for number, part in enumerate(parts):
        if isinstance(part, int):
            continue
        found = name.find(part, place)
        if found < 0 or (number == 0 and found > 0):
            return False
        place = found + len(part)
    return isinstance(parts[-1], int) or name.endswith(str(parts[-1]))


def _characters(machine: Machine, frame: Frame, node: ast.AST, owner: str, key: object) -> object:
    if not has_hole(owner):
        return _element(machine, frame, node, owner, key)
    if isinstance(key, slice) and key.step in (None, 1):
        first, last = split(owner)[0], split(owner)[-1]
        lead = len(first) if isinstance(first, str) else 0
        trail = len(last) if isinstance(last, str) else 0
        start, stop = key.start or 0, key.stop
        if 0 <= start <= lead and (stop is None or -trail <= stop < 0):
            return owner[key]
        if stop is not None and 0 <= start <= stop <= lead:
            return owner[key]
    return machine.unknown(Cause.UNSUPPORTED, frame, node)


def _element(
    machine: Machine,
    frame: Frame,
    node: ast.AST,
    owner: list[object] | tuple[object, ...] | range | bytes | str,
    key: object,
) -> object:
    if isinstance(key, Unknown) or not isinstance(key, (int, slice)):
        kind = "TypeError"
        known = isinstance(key, str)
        return (
            machine.fail(frame, node, kind, "indices must be integers")
            if known
            else machine.unknown(Cause.UNSUPPORTED, frame, node)
        )
    if isinstance(owner, (list, tuple)) and _is_loose(owner, key):
        alike = stands_for_all(owner)
        if alike is not None:
            return [many(alike)] if isinstance(key, slice) else alike
        return machine.unknown(Cause.BRANCH, frame, node)
    try:
        found: object = owner[key]
    except (IndexError, ValueError) as error:
        if isinstance(owner, list) and any(isinstance(item, str) and has_hole(item) for item in owner):
            return machine.unknown(Cause.UNSUPPORTED, frame, node)  # a text was split, and a hole may hold separators
        return machine.fail(frame, node, type(error).__name__, str(error))
    return found


def _is_loose(owner: list[object] | tuple[object, ...], key: int | slice) -> bool:
    """Whether it is not known which item stands at the place."""
    places = [n for n, item in enumerate(owner) if isinstance(item, (Maybe, Rest))]
    if not places:
        return False
    if isinstance(key, slice):
        return True
    return key >= places[0] if key >= 0 else len(owner) + key <= places[-1]


def set_item(machine: Machine, frame: Frame, node: ast.AST, owner: object, key: object, value: object) -> None:
    """`owner[key] = value`."""
    if isinstance(owner, dict):
        if (may_be_any_key(key) and not isinstance(key, str)) or not is_hashable(machine, key):
            unknown = key if isinstance(key, Unknown) else machine.unknown(Cause.BRANCH, frame, node)
            machine.put(owner, Rest(unknown), value)
        else:
            machine.put(owner, key, value)
    elif isinstance(owner, list):
        _set_in_list(machine, frame, node, owner, key, value)
    elif isinstance(owner, Instance):
        method = owner.defined.find("__setitem__")
        machine.invoke(method, (owner, key, value), {}, node)


def _set_in_list(
    machine: Machine, frame: Frame, node: ast.AST, owner: list[object], key: object, value: object
) -> None:
    machine.touch(owner)
    if not isinstance(key, (int, slice)) or _is_loose(owner, key):
        owner[:] = [Rest(machine.unknown(Cause.UNSUPPORTED, frame, node))]
        return
    try:
        if isinstance(key, slice):
            owner[key] = (
                list(value) if isinstance(value, (list, tuple)) else [Rest(Unknown(Cause.UNSUPPORTED, "slice"))]
            )
        else:
            owner[key] = value
    except (IndexError, ValueError) as error:
        machine.fail(frame, node, type(error).__name__, str(error))


def delete_item(machine: Machine, frame: Frame, node: ast.AST, owner: object, key: object) -> None:
    """`del owner[key]`."""
    if isinstance(owner, dict) and not may_be_any_key(key) and is_hashable(machine, key):
        if key not in owner and not is_open(owner):
            machine.fail(frame, node, "KeyError", "no such key")
        if machine.journal is not None:
            machine.journal.note(owner, key)
        owner.pop(key, None)
    elif isinstance(owner, dict):
        machine.put(owner, Rest(machine.unknown(Cause.BRANCH, frame, node)), None)
    elif isinstance(owner, list):
        machine.touch(owner)
        if not isinstance(key, (int, slice)) or _is_loose(owner, key):
            owner[:] = [Rest(machine.unknown(Cause.UNSUPPORTED, frame, node))]
            return
        try:
            del owner[key]
        except IndexError as error:
            machine.fail(frame, node, "IndexError", str(error))
