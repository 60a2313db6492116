"""What a branch changes, so that it can be undone and merged with the other branch."""

from __future__ import annotations

from migsafe.sources.interpreter.values import SCALARS, Cause, Either, Guards, Maybe, Rest, Unknown
from migsafe.sources.interpreter.values_defined import MISSING

Content = list[object] | set[object]
Slots = dict[object, object]


class Journal:
    """The first value of everything that is changed while it is open.

    Variables, attributes and items of dicts are kept by key, lists and sets as a whole. Host objects are not kept.
    """

    __slots__ = ("contents", "outer", "slots")

    def __init__(self, outer: Journal | None) -> None:
        self.outer = outer
        self.slots: dict[tuple[int, object], tuple[Slots, object, object]] = {}
        self.contents: dict[int, tuple[Content, list[object]]] = {}

    def note(self, slots: Slots, key: object) -> None:
        place = (id(slots), key)
        if place not in self.slots:
            self.slots[place] = (slots, key, slots.get(key, MISSING))

    def keep(self, content: Content) -> None:
        if id(content) not in self.contents:
            self.contents[id(content)] = (content, list(content))

    def undo(self) -> Changes:
        """Take everything back; returns what it was."""
        changes = Changes()
        for place, (slots, key, before) in self.slots.items():
            changes.slots[place] = slots.get(key, MISSING)
            put(slots, key, before)
        for place_of, (content, before_items) in self.contents.items():
            changes.contents[place_of] = list(content)
            refill(content, before_items)
        return changes

    def hand_over(self) -> None:
        """Let the outer journal know what was changed here."""
        if self.outer is None:
            return
        for place, entry in self.slots.items():
            self.outer.slots.setdefault(place, entry)
        for place_of, kept in self.contents.items():
            self.outer.contents.setdefault(place_of, kept)


class Changes:
    """The values that a branch left behind, by place."""

    __slots__ = ("contents", "slots")

    def __init__(self) -> None:
        self.slots: dict[tuple[int, object], object] = {}
        self.contents: dict[int, list[object]] = {}


def put(slots: Slots, key: object, value: object) -> None:
    """Bind, or unbind for MISSING."""
    if value is MISSING:
        slots.pop(key, None)
    else:
        slots[key] = value


def refill(content: Content, items: list[object]) -> None:
    content.clear()
    if isinstance(content, list):
        content.extend(items)
    else:
        content.update(items)


def merge_slot(first: tuple[Guards, object], second: tuple[Guards, object], most: int) -> object:
    """The value after two branches, of which one ran."""
    (guards, value), (other_guards, other) = first, second
    if same(value, other):
        return value
    if other is MISSING:
        return Maybe((*guards, *value.guards), value.value) if isinstance(value, Maybe) else Maybe(guards, value)
    if value is MISSING:
        return (
            Maybe((*other_guards, *other.guards), other.value)
            if isinstance(other, Maybe)
            else Maybe(other_guards, other)
        )
    return either([first, second], most)


def either(options: list[tuple[Guards, object]], most: int) -> object:
    """One value of several: flat, each value once, unknown when there are too many."""
    flat: list[tuple[Guards, object]] = []
    for guards, value in options:
        for inner, option in _options(value):
            _add(flat, (*guards, *(g for g in inner if g not in guards)), option)
    if len(flat) == 1:
        return flat[0][1]
    if len(flat) > most:
        return Unknown(Cause.BRANCH, " / ".join(g[-1] for g, _ in flat[:2] if g))
    return Either(tuple(flat))


def _options(value: object) -> tuple[tuple[Guards, object], ...]:
    if isinstance(value, Either):
        return value.options
    return ((value.guards, value.value),) if isinstance(value, Maybe) else (((), value),)


def _add(flat: list[tuple[Guards, object]], guards: Guards, value: object) -> None:
    for number, (known, option) in enumerate(flat):
        if same(option, value):
            flat[number] = (common(known, guards), option)
            return
    flat.append((guards, value))


def common(first: Guards, second: Guards) -> Guards:
    """The conditions that hold in both cases."""
    return tuple(guard for guard in first if guard in second)


def same(first: object, second: object) -> bool:
    """Whether two values are certainly one and the same: never compares deep."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    if type(first) in SCALARS:
        return first == second
    if isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second) < 8:
        return all(
            a is b or (type(a) in SCALARS and type(a) is type(b) and a == b) for a, b in zip(first, second, strict=True)
        )
    if isinstance(first, Unknown) and isinstance(second, Unknown):
        return first.cause is second.cause and first.text == second.text
    return False


def merge_items(
    before: list[object], first: tuple[Guards, list[object]], second: tuple[Guards, list[object]]
) -> list[object]:
    """The items after two branches: what was appended is there under the branch's conditions."""
    (guards, items), (other_guards, other) = first, second
    if _equal(items, other):
        return items
    if _begins(items, before) and _begins(other, before):
        added = [_under(guards, item) for item in items[len(before) :]]
        return [*before, *added, *(_under(other_guards, item) for item in other[len(before) :])]
    shared = next(
        (n for n, (a, b) in enumerate(zip(items, other, strict=False)) if a is not b), min(len(items), len(other))
    )
    return [*items[:shared], Rest(Unknown(Cause.BRANCH, (guards or other_guards or ("",))[-1]))]


def _under(guards: Guards, item: object) -> object:
    if isinstance(item, Rest):
        return item
    if isinstance(item, Maybe):
        return Maybe((*guards, *(g for g in item.guards if g not in guards)), item.value)
    return Maybe(guards, item)


def _equal(first: list[object], second: list[object]) -> bool:
    return len(first) == len(second) and all(a is b for a, b in zip(first, second, strict=True))


def _begins(items: list[object], before: list[object]) -> bool:
    return len(items) >= len(before) and all(a is b for a, b in zip(items, before, strict=False))
