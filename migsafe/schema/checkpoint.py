"""A schema as text that loads fast, for going on where an earlier run stopped.

A long history makes tens of thousands of records, of which the next migration touches a few. Each record is therefore
a line of its own, which is decoded when somebody first asks for it. The first line holds the names of all records
and everything that is no record. The caller makes sure that the text is unchanged: `load` trusts it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final, TypeVar, cast

from migsafe.model.names import Name
from migsafe.schema.layers import LayeredMap
from migsafe.schema.links import KINDS
from migsafe.schema.schema import Presence, Schema
from migsafe.schema.snapshot import Plain, decode, encode

V = TypeVar("V")
Decoder = Callable[[Plain], object]

# Attributes of a schema that are no part of it between two migrations, or that are set together with others.
_PASSING: Final = frozenset({"links", "_transaction", "_search_path", "_lookup_path"})


def dump(schema: Schema) -> str:
    """The whole schema, layers flattened. An open transaction of the text is not part of it."""
    keys: dict[str, Plain] = {}
    lines: list[str] = []
    for name, objects in _maps(schema):
        keys[name] = [_key(key) for key in objects]
        lines.extend(_line(objects, key) for key in objects)
    head: dict[str, Plain] = {"keys": keys, "state": {name: _plain(value) for name, value in _state(schema)}}
    return "\n".join((json.dumps(head), *lines))


def load(text: str) -> Schema:
    """The schema that `dump` wrote."""
    first, *lines = text.split("\n")
    head = json.loads(first)
    schema = Schema()
    at = 0
    for name, objects in _maps(schema):
        names = [Name(*key) if isinstance(key, list) else key for key in head["keys"][name]]
        values = lines[at : at + len(names)]
        objects.own = _Undecoded(_DECODERS.get(name, decode), zip(names, values, strict=True))
        at += len(names)
    for name, value in _state(schema):
        written = decode(head["state"][name])
        setattr(schema, name, set(cast("tuple[object, ...]", written)) if isinstance(value, set) else written)
    return schema


class _Undecoded(dict[object, object]):
    """The contents of a map whose values are still text. A `LayeredMap` reads its own ones by `get` only."""

    def __init__(self, decoder: Decoder, lines: Iterator[tuple[object, str]]) -> None:
        super().__init__(lines)
        self._decoder = decoder

    def get(self, key: object, default: object = None) -> object:
        value = super().get(key, default)
        if type(value) is str:
            value = self[key] = self._decoder(json.loads(value))
        return value


def _maps(schema: Schema) -> Iterator[tuple[str, LayeredMap[object, object]]]:
    """All maps of a schema by their names, in an order that does not change."""
    for name, value in sorted(vars(schema).items()):
        if isinstance(value, LayeredMap):
            yield name, value
    for kind in KINDS:
        yield f"links: {kind}", cast("LayeredMap[object, object]", schema.links.maps[kind])


def _state(schema: Schema) -> list[tuple[str, object]]:
    """What is no map: small values that are written whole."""
    found = [(name, value) for name, value in vars(schema).items() if not isinstance(value, LayeredMap)]
    return [*((name, value) for name, value in found if name not in _PASSING), ("search_path", schema.search_path)]


def _plain(value: object) -> Plain:
    return encode(tuple(sorted(value))) if isinstance(value, set) else encode(value)


def _key(key: object) -> Plain:
    return list(key) if isinstance(key, tuple) else cast("str", key)


def _line(objects: LayeredMap[object, object], key: object) -> str:
    """A value as one line; as it was read when nobody has touched it."""
    written = dict.get(objects.own, key)
    if type(written) is str:
        return written
    value = objects[key]
    return json.dumps(value.name if isinstance(value, Presence) else encode(value))


def _presence(data: Plain) -> object:
    return Presence[cast("str", data)]


_DECODERS: Final[dict[str, Decoder]] = {"presence": _presence}
