"""The methods of lists, dicts, sets and tuples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from migsafe.sources.interpreter.host import HostObject
from migsafe.sources.interpreter.invocation import Invocation
from migsafe.sources.interpreter.journal import either
from migsafe.sources.interpreter.likeness import many, stands_for_all
from migsafe.sources.interpreter.limits import BudgetExceededError
from migsafe.sources.interpreter.truth import contains, fits, is_certain, is_hashable, may_be_any_key
from migsafe.sources.interpreter.values import SCALARS, Cause, Either, Maybe, Rest, Unknown
from migsafe.sources.interpreter.values_defined import MISSING

if TYPE_CHECKING:
    from migsafe.sources.interpreter.machine import Machine

ListMethod = Callable[[Invocation, list[object]], object]
DictMethod = Callable[[Invocation, dict[object, object]], object]
SetMethod = Callable[[Invocation, set[object]], object]


def room(machine: Machine, count: int) -> None:
    """Raises BudgetExceededError when a list would have too many items."""
    machine.steps -= count >> 8
    if count > machine.limits.items:
        raise BudgetExceededError(f"a list of more than {machine.limits.items} items")


def items(invocation: Invocation, source: object) -> list[object]:
    """What iterating over a value gives, with Maybe and Rest for what is not known."""
    from migsafe.sources.interpreter.loops import collect

    return collect(invocation.machine, invocation.frame, invocation.node, source)


def _one(invocation: Invocation) -> object:
    if len(invocation.args) != 1 and not invocation.more:
        raise TypeError(f"takes exactly one argument ({len(invocation.args)} given)")
    return invocation.args[0] if invocation.args else invocation.more


# Lists


def _append(invocation: Invocation, owner: list[object]) -> object:
    invocation.machine.touch(owner)
    owner.append(_one(invocation))
    room(invocation.machine, len(owner))
    return None


def _extend(invocation: Invocation, owner: list[object]) -> object:
    added = items(invocation, _one(invocation))
    room(invocation.machine, len(owner) + len(added))
    invocation.machine.touch(owner)
    owner.extend(added)
    return None


def _insert(invocation: Invocation, owner: list[object]) -> object:
    place, value = invocation.args
    invocation.machine.touch(owner)
    if not isinstance(place, int) or is_loose(owner):
        owner.append(Rest(invocation.unknown(Cause.UNSUPPORTED)))
    else:
        owner.insert(place, value)
    return None


def is_loose(values: Iterable[object]) -> bool:
    """Whether the number of items is not known."""
    return any(isinstance(item, (Maybe, Rest)) for item in values)


def _pop_item(invocation: Invocation, owner: list[object]) -> object:
    place = invocation.argument(0, "index", -1)
    invocation.machine.touch(owner)
    if not isinstance(place, int) or is_loose(owner):
        alike = stands_for_all(owner)
        owner[:] = [Rest(invocation.unknown(Cause.UNSUPPORTED)) if alike is None else many(alike)]
        return alike or invocation.unknown(Cause.UNSUPPORTED)
    return owner.pop(place)


def _position(invocation: Invocation, owner: list[object] | tuple[object, ...]) -> int | None:
    """The place of the argument; None when that is not known. Raises ValueError when it is not there."""
    from migsafe.sources.interpreter.truth import equal

    for number, item in enumerate(owner):
        answer = equal(invocation.machine, item, invocation.args[0])
        if answer is None:
            return None
        if answer:
            return number
    raise ValueError("the value is not in the list")


def _remove(invocation: Invocation, owner: list[object]) -> object:
    place = _position(invocation, owner)
    invocation.machine.touch(owner)
    if place is None:
        owner[:] = [Rest(invocation.unknown(Cause.UNSUPPORTED))]
    else:
        del owner[place]
    return None


def _index(invocation: Invocation, owner: list[object] | tuple[object, ...]) -> object:
    place = _position(invocation, owner) if len(invocation.args) == 1 else None
    return invocation.unknown(Cause.UNSUPPORTED) if place is None else place


def _count(invocation: Invocation, owner: list[object] | tuple[object, ...]) -> object:
    from migsafe.sources.interpreter.truth import equal

    answers = [equal(invocation.machine, item, invocation.args[0]) for item in owner]
    return invocation.unknown(Cause.UNSUPPORTED) if None in answers else sum(map(bool, answers))


def _reverse(invocation: Invocation, owner: list[object]) -> object:
    invocation.machine.touch(owner)
    owner.reverse()
    return None


def _sort(invocation: Invocation, owner: list[object]) -> object:
    ordered = sort(invocation, list(owner))
    invocation.machine.touch(owner)
    owner[:] = ordered
    return None


def sort(invocation: Invocation, values: list[object]) -> list[object]:
    """The values in order, by the `key` of the call; as they are when the order is not known."""
    key, reverse = invocation.kwargs.get("key"), invocation.kwargs.get("reverse", False)
    machine = invocation.machine
    keys = values if key is None else [machine.invoke(key, (value,), {}, invocation.node) for value in values]
    if (
        not all(is_certain(k) and fits(machine, k) for k in keys)
        or is_loose(values)
        or not isinstance(reverse, (bool, int))
    ):
        return values
    places = sorted(range(len(values)), key=keys.__getitem__, reverse=bool(reverse))  # type: ignore[arg-type]  # Python raises TypeError, as it would for the program
    return [values[place] for place in places]


def _clear_list(invocation: Invocation, owner: list[object]) -> object:
    invocation.machine.touch(owner)
    owner.clear()
    return None


# Dicts


def _get(invocation: Invocation, owner: dict[object, object]) -> object:
    from migsafe.sources.interpreter.subscripts import is_open, item_of

    key, default = invocation.args[0], invocation.argument(1, "default")
    machine = invocation.machine
    if may_be_any_key(key):
        return item_of(machine, invocation.frame, invocation.node, owner, key)
    if not is_hashable(machine, key):
        raise TypeError("unhashable key")
    found = owner.get(key, MISSING)
    if isinstance(found, Maybe):
        return either([(found.guards, found.value), ((f"not ({found.guards[-1]})",), default)], machine.limits.options)
    if found is MISSING and is_open(owner):
        return stands_for_all(owner.values()) or invocation.unknown(Cause.BRANCH)
    return default if found is MISSING else found


def _pairs(owner: dict[object, object]) -> list[object]:
    return [_entry(key, value, (key, value)) for key, value in owner.items()]


def _entry(key: object, value: object, shown: object) -> object:
    if isinstance(key, Rest):
        return _any_entry(key, value, shown)
    if isinstance(value, Maybe):
        inner = (key, value.value) if isinstance(shown, tuple) else value.value if shown is value else shown
        return Maybe(value.guards, inner)
    return shown


def _any_entry(key: Rest, value: object, shown: object) -> object:
    """What stands for any number of entries of a dict: its keys, its values, or pairs of them."""
    held = value.value if isinstance(value, Maybe) else value
    if isinstance(held, (Unknown, Either)) or type(held) in SCALARS:
        return key
    if isinstance(shown, tuple):
        return many((key.unknown, held))
    return many(held) if shown is value else key


def keys_of(owner: dict[object, object]) -> list[object]:
    """The keys, those that are not certain as Maybe and Rest."""
    return [_entry(key, value, key) for key, value in owner.items()]


def _values(owner: dict[object, object]) -> list[object]:
    return [_entry(key, value, value) for key, value in owner.items()]


def _pop_key(invocation: Invocation, owner: dict[object, object]) -> object:
    from migsafe.sources.interpreter.subscripts import delete_item

    found = _get(invocation.with_arguments((invocation.args[0], MISSING), {}), owner)
    if found is MISSING:
        if len(invocation.args) < 2:
            raise KeyError("no such key")
        return invocation.args[1]
    delete_item(invocation.machine, invocation.frame, invocation.node, owner, invocation.args[0])
    return found


def _set_default(invocation: Invocation, owner: dict[object, object]) -> object:
    from migsafe.sources.interpreter.subscripts import set_item

    key, default = invocation.args[0], invocation.argument(1, "default")
    found = _get(invocation.with_arguments((key, MISSING), {}), owner)
    if found is not MISSING:
        return found
    set_item(invocation.machine, invocation.frame, invocation.node, owner, key, default)
    return default


def update(invocation: Invocation, owner: dict[object, object]) -> object:
    """`dict.update`."""
    from migsafe.sources.interpreter.subscripts import set_item

    machine, frame, node = invocation.machine, invocation.frame, invocation.node
    for source in invocation.args:
        if isinstance(source, dict):
            for key, value in source.items():
                machine.put(owner, key, value)
            continue
        for pair in items(invocation, source):
            if isinstance(pair, (tuple, list)) and len(pair) == 2:
                set_item(machine, frame, node, owner, pair[0], pair[1])
            else:
                unknown = pair.reason if isinstance(pair, Rest) else invocation.unknown(Cause.UNSUPPORTED)
                held: object = pair.unknown if isinstance(pair, Rest) else None
                known = isinstance(held, tuple) and len(held) == 2
                machine.put(owner, Rest(unknown), held[1] if known else unknown)  # type: ignore[index]  # `known` says so
    for name, value in invocation.kwargs.items():
        machine.put(owner, name, value)
    return None


def _clear_dict(invocation: Invocation, owner: dict[object, object]) -> object:
    for key in list(owner):
        if invocation.machine.journal is not None:
            invocation.machine.journal.note(owner, key)
        del owner[key]
    return None


# Sets


def set_of(invocation: Invocation, values: Iterable[object]) -> set[object]:
    """A set of the values. Raises TypeError for what cannot be in one."""
    found: set[object] = set()
    for value in values:
        if may_be_any_key(value) and not isinstance(value, (str, Rest)):
            found.add(many(value) if isinstance(value, HostObject) else Rest(invocation.unknown(Cause.BRANCH)))
            continue
        if not is_hashable(invocation.machine, value):
            raise TypeError("unhashable value")
        found.add(value)
        if len(found) > invocation.machine.limits.keys:
            raise BudgetExceededError(f"a set of more than {invocation.machine.limits.keys} values")
    return found


def ordered(values: Iterable[object]) -> list[object]:
    """The items of a set in an order that does not depend on hashes."""
    return sorted(values, key=lambda value: (type(value).__name__, repr(value) if type(value) in SCALARS else ""))


def _changing(name: str) -> SetMethod:
    operation: Callable[..., object] = getattr(set, name)

    def run(invocation: Invocation, owner: set[object]) -> object:
        others = [set_of(invocation, items(invocation, source)) for source in invocation.args]
        invocation.machine.touch(owner)
        operation(owner, *others)
        return None

    return run


def _combining(name: str) -> SetMethod:
    operation: Callable[..., object] = getattr(set, name)

    def run(invocation: Invocation, owner: set[object]) -> object:
        others = [set_of(invocation, items(invocation, source)) for source in invocation.args]
        if any(isinstance(value, Rest) for values in (owner, *others) for value in values):
            return invocation.unknown(Cause.BRANCH)
        return operation(set(owner), *others)

    return run


def _add(invocation: Invocation, owner: set[object]) -> object:
    invocation.machine.touch(owner)
    owner.update(set_of(invocation, [_one(invocation)]))
    return None


def _discard(invocation: Invocation, owner: set[object]) -> object:
    found = contains(invocation.machine, owner, _one(invocation))
    invocation.machine.touch(owner)
    if found is None:
        owner.clear()
        owner.add(Rest(invocation.unknown(Cause.BRANCH)))
    elif found:
        owner.discard(invocation.args[0])
    return None


def _remove_from_set(invocation: Invocation, owner: set[object]) -> object:
    if contains(invocation.machine, owner, _one(invocation)) is False:
        raise KeyError("no such value")
    return _discard(invocation, owner)


def _clear_set(invocation: Invocation, owner: set[object]) -> object:
    invocation.machine.touch(owner)
    owner.clear()
    return None


_LIST: dict[str, ListMethod] = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop_item,
    "remove": _remove,
    "index": _index,
    "count": _count,
    "reverse": _reverse,
    "sort": _sort,
    "clear": _clear_list,
    "copy": lambda _, owner: list(owner),
}
_DICT: dict[str, DictMethod] = {
    "get": _get,
    "items": lambda _, owner: _pairs(owner),
    "keys": lambda _, owner: keys_of(owner),
    "values": lambda _, owner: _values(owner),
    "pop": _pop_key,
    "setdefault": _set_default,
    "move_to_end": lambda invocation, owner: None,  # noqa: ARG005  # of an OrderedDict: the order is not looked at
    "update": update,
    "clear": _clear_dict,
    "copy": lambda _, owner: dict(owner),
}
_COMBINING = ("union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint")
_SET: dict[str, SetMethod] = {
    "add": _add,
    "discard": _discard,
    "remove": _remove_from_set,
    "clear": _clear_set,
    **{name: _changing(name) for name in ("update", "intersection_update", "difference_update")},
    **{name: _combining(name) for name in _COMBINING},
    "copy": lambda _, owner: set(owner),
}

Method = Callable[[Invocation, object], object]


def _untyped(methods: dict[str, Callable[[Invocation, object], object]]) -> dict[str, Method]:
    return methods


METHODS: dict[type, dict[str, Method]] = {
    list: _untyped(_LIST),  # type: ignore[arg-type]  # each is only called with a value of its own type
    dict: _untyped(_DICT),  # type: ignore[arg-type]  # likewise
    set: _untyped(_SET),  # type: ignore[arg-type]  # likewise
    tuple: {"index": _index, "count": _count},  # type: ignore[dict-item]  # likewise
    frozenset: _untyped({name: _combining(name) for name in _COMBINING}),  # type: ignore[misc]  # likewise
}
