"""Mappings in layers: a branch of the schema sees its base and keeps its own changes to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Final, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")


class _Absent:
    """Marks a key that a layer removed from the ones below, and "no value" in a journal."""


ABSENT: Final = _Absent()

Watcher = Callable[[V | None, V | None], None]
Undo = Callable[[], None]
Journal = list[Undo]


class LayeredMap(MutableMapping[K, V]):
    """A dictionary, perhaps over another one that it leaves untouched.

    Reading falls through to the base; writing and deleting stay in this layer. The base must not change while a
    layer over it is in use. `watch` hears of every change as (old value, new value); `journal`, when set, receives
    for each change what takes it back.
    """

    __slots__ = ("below", "journal", "own", "watch")

    def __init__(self, below: LayeredMap[K, V] | None = None) -> None:
        self.own: dict[K, V | _Absent] = {}
        self.below = below
        self.watch: Watcher[V] | None = None
        self.journal: Journal | None = None

    def find(self, key: K) -> V | None:
        """The value, or None: `get` without the detour through an exception."""
        value = self.own.get(key)
        if value is None:
            return None if self.below is None else self.below.find(key)
        return None if value is ABSENT else cast("V", value)

    def __getitem__(self, key: K) -> V:
        value = self.find(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self.find(cast("K", key)) is not None

    def __setitem__(self, key: K, value: V) -> None:
        old = self.find(key)
        self._remember(key, old)
        self.own[key] = value
        if self.watch is not None:
            self.watch(old, value)

    def __delitem__(self, key: K) -> None:
        old = self[key]
        self._remember(key, old)
        self._forget(key)
        if self.watch is not None:
            self.watch(old, None)

    def discard(self, key: K) -> None:
        """Delete the key if it is there."""
        if self.find(key) is not None:
            del self[key]

    def __iter__(self) -> Iterator[K]:
        if self.below is not None:
            yield from (key for key in self.below if key not in self.own)
        yield from (key for key, value in self.own.items() if not isinstance(value, _Absent))

    def __len__(self) -> int:
        return sum(1 for _ in self) if self.below is not None else len(self.own)

    def changed(self) -> tuple[K, ...]:
        """The keys that this layer has set or removed, in the order of the first change."""
        return tuple(self.own)

    def _forget(self, key: K) -> None:
        if self.below is not None and key in self.below:
            self.own[key] = ABSENT
        else:
            self.own.pop(key, None)

    def _remember(self, key: K, old: V | None) -> None:
        if self.journal is not None:
            self.journal.append(lambda: self._restore(key, old))

    def _restore(self, key: K, old: V | None) -> None:
        if old is None:
            self.discard(key)
        else:
            self[key] = old
