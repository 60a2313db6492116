"""The schema as plain data that JSON can hold, and back: for checkpoints of long histories.

A record is `{"Class": {field: value}}` with only the fields that differ from their defaults, a named tuple or an
enum member is `{"Class": value}`, a tuple is a list. Nothing is executed on loading, and only the classes listed
here can come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from types import ModuleType
from typing import Final, TypeVar, cast

from migsafe.model import definitions, expressions, locks, names
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord, Record
from migsafe.schema import objects, origin, settings
from migsafe.schema.layers import LayeredMap
from migsafe.schema.objects import Function, Index, OtherObject, Publication, Relation, StatisticsObject, UserType
from migsafe.schema.origin import Origin
from migsafe.schema.schema import Presence, Schema, other_key
from migsafe.schema.settings import Settings

FORMAT: Final = 2  # changes whenever a record's fields change their meaning

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]
T = TypeVar("T")
_RECORDS: Final = (Record, KeywordRecord)


class DamagedSnapshotError(ValueError):
    """The data is not what `dump` makes; the caller replays the history instead."""


def dump(schema: Schema) -> dict[str, Plain]:
    """The whole schema, layers flattened. An open transaction of the text is not part of it."""
    return {
        "format": FORMAT,
        "relations": _dump_all(schema.relations.values()),
        "indexes": _dump_all(schema.indexes.values()),
        "types": _dump_all(schema.types.values()),
        "functions": [_dump_all(overloads) for overloads in schema.functions.values()],
        "statistics": _dump_all(schema.statistics.values()),
        "publications": _dump_all(schema.publications.values()),
        "others": _dump_all(schema.others.values()),
        "presence": _dump_names(schema.presence, lambda presence: presence.name),
        "fresh": _dump_names(schema.fresh, lambda created: created),
        "fresh_context": _dump_names(schema.fresh_context, lambda created: created),
        "loaded": _dump_names(schema.loaded, lambda rows: rows),
        "settings": encode(schema.settings()),
        "closed": schema.closed,
        "origin": encode(schema.origin),
    }


def load(data: dict[str, Plain]) -> Schema:
    """The schema that `dump` wrote. Raises DamagedSnapshotError for anything else."""
    try:
        return _load(data)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DamagedSnapshotError(f"not a snapshot of format {FORMAT}: {error}") from error


def _load(data: dict[str, Plain]) -> Schema:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']!r}")
    schema = Schema()
    for relation in _each(data["relations"], Relation):
        schema.relations[relation.name] = relation
    for index in _each(data["indexes"], Index):
        schema.indexes[index.name] = index
    for user_type in _each(data["types"], UserType):
        schema.types[user_type.name] = user_type
    for overloads in _list(data["functions"]):
        functions = tuple(_each(overloads, Function))
        schema.functions[functions[0].name] = functions
    for statistics in _each(data["statistics"], StatisticsObject):
        schema.statistics[statistics.name] = statistics
    for publication in _each(data["publications"], Publication):
        schema.publications[publication.name] = publication
    for other in _each(data["others"], OtherObject):
        schema.others[other_key(other.kind, other.name)] = other
    _load_names(schema.presence, data["presence"], lambda value: Presence[_of(value, str)])
    _load_names(schema.fresh, data["fresh"], lambda value: _of(value, bool))
    _load_names(schema.fresh_context, data["fresh_context"], lambda value: _of(value, bool))
    _load_names(schema.loaded, data["loaded"], lambda value: _of(value, int))
    schema.restore(_of(decode(data["settings"]), Settings))
    schema.closed = _of(data["closed"], bool)
    schema.origin = None if data["origin"] is None else _of(decode(data["origin"]), Origin)
    return schema


def _dump_all(records: Iterable[object]) -> list[Plain]:
    return [encode(record) for record in records]


def _dump_names(values: LayeredMap[Name, T], plain: Callable[[T], Plain]) -> list[Plain]:
    return [[name.schema, name.name, plain(value)] for name, value in values.items()]


def _load_names(into: LayeredMap[Name, T], data: Plain, value_of: Callable[[Plain], T]) -> None:
    for item in _list(data):
        schema, name, value = _list(item)
        into[Name(None if schema is None else _of(schema, str), _of(name, str))] = value_of(value)


def _each(data: Plain, kind: type[T]) -> Iterable[T]:
    return (_of(decode(item), kind) for item in _list(data))


def _list(data: Plain) -> list[Plain]:
    if isinstance(data, list):
        return data
    raise TypeError("a list was expected")


def _of(value: object, kind: type[T]) -> T:
    if isinstance(value, kind):
        return value
    raise TypeError(f"{kind.__name__} was expected")


def _classes_of(*modules: ModuleType) -> dict[str, type]:
    found = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    wanted = (cls for cls in found if issubclass(cls, (*_RECORDS, Enum, tuple)) and cls not in _RECORDS)
    return {cls.__name__: cls for cls in wanted if cls.__module__.startswith("migsafe.")}


_CLASSES: Final = _classes_of(names, expressions, definitions, locks, objects, origin, settings)


def encode(value: object) -> Plain:
    """A value of the records' fields as plain data. Raises TypeError for a class that is not listed."""
    if value is None or type(value) in {bool, int, str}:
        return value  # type: ignore[return-value]  # the set above is the type's definition
    if type(value) is tuple:
        return [encode(item) for item in value]
    if isinstance(value, frozenset):
        return {"frozenset": sorted(encode(item) for item in value)}  # type: ignore[type-var]  # of strings
    return {_listed(type(value)): _encode_fields(value)}


def _listed(cls: type) -> str:
    if _CLASSES.get(cls.__name__) is not cls:
        raise TypeError(f"{cls.__name__} is not part of a snapshot")
    return cls.__name__


def _encode_fields(value: object) -> Plain:
    if isinstance(value, Enum):
        return encode(value.value)
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    assert isinstance(value, _RECORDS)
    cls = type(value)
    fields = ((name, getattr(value, name)) for name in cls.fields)
    return {
        name: encode(field) for name, field in fields if not (hasattr(cls, name) and _same(getattr(cls, name), field))
    }


def _same(default: object, field: object) -> bool:
    return default is field or (type(default) is type(field) and default == field)


def decode(data: Plain) -> object:
    """The value that `encode` was given. Raises KeyError or TypeError for data of another form."""
    if isinstance(data, list):
        return tuple(decode(item) for item in data)
    if not isinstance(data, dict):
        return data
    ((kind, content),) = data.items()
    if kind == "frozenset":
        return frozenset(map(decode, _list(content)))
    return _build(_CLASSES[kind], content)


def _build(cls: type[T], content: Plain) -> T:
    if issubclass(cls, _RECORDS):
        return cls(**{name: decode(field) for name, field in _of(content, dict).items()})
    if issubclass(cls, tuple):
        named_tuple = cast("Callable[..., T]", cls)
        return named_tuple(*map(decode, _list(content)))
    return cls(content)  # type: ignore[call-arg]  # an enum, by value
