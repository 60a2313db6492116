"""Records as plain data that JSON can hold, and back, by the types that their fields declare.

A record is an object with the fields that differ from their defaults; a relation's name is its SQL (`public."Order"`).
Fields that a later version of the format added are passed over. Reading checks every type: the file is not trusted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache
from inspect import get_annotations
from typing import Final, TypeVar, cast

from migsafe.model import statistics
from migsafe.model.names import Name
from migsafe.model.record import KeywordRecord
from migsafe.statistics import catalog

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
_PLAIN: Final = frozenset({type(None), bool, int, float, str})
Reader = Callable[[Plain], object]
R = TypeVar("R", bound=KeywordRecord)


class DamagedError(ValueError):
    """The data is not what its format says; the text says where and what was expected."""


def encode(record: KeywordRecord) -> dict[str, Plain]:
    """The fields that differ from their defaults, in the order of their declaration."""
    defaults = _defaults(_key(type(record)))
    return {
        name: plain(value)
        for name, value in zip(record.fields, map(record.__dict__.__getitem__, record.fields), strict=True)
        if name not in defaults or value != defaults[name]
    }


def plain(value: object) -> Plain:
    if type(value) in _PLAIN:
        return cast("Plain", value)
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, KeywordRecord):
        return encode(value)
    if isinstance(value, str):  # an enum's member
        return str(value)
    raise TypeError(f"{type(value).__name__} is not part of a snapshot")


def decode(cls: type[R], data: Plain) -> R:
    """The record. Raises DamagedError for data of another form."""
    if type(data) is not dict:
        raise DamagedError(f"{_word(cls)}: an object was expected")
    values = dict(_defaults(_key(cls)))
    readers = _readers(_key(cls))
    for key, value in data.items():
        reader = readers.get(key)
        if reader is None:
            continue
        try:
            values[key] = reader(value)
        except DamagedError as error:
            raise DamagedError(f"{_word(cls)}, {key}: {error}") from None
    if len(values) < len(readers):
        missing = next(name for name in readers if name not in values)
        raise DamagedError(f"{_word(cls)}: '{missing}' is missing")
    return _built(cls, values)


def _built(cls: type[R], values: dict[str, object]) -> R:
    """What the constructor would make; a file of a large database holds hundreds of thousands of records."""
    record = cls.__new__(cls)
    record.__dict__.update(values)
    return record


def _word(cls: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).lower()


def _key(cls: type[KeywordRecord]) -> Hashable:
    """The class as a key: mypy takes it for its instances."""
    key: object = cls
    return key


@cache
def _defaults(cls: Hashable) -> Mapping[str, object]:
    assert isinstance(cls, type)
    assert issubclass(cls, KeywordRecord)
    return {name: getattr(cls, name) for name in cls.fields if hasattr(cls, name)}


@cache
def _readers(cls: Hashable) -> Mapping[str, Reader]:
    assert isinstance(cls, type)
    assert issubclass(cls, KeywordRecord)
    declared: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        declared |= get_annotations(base)
    return {name: reader_of(declared[name]) for name in cls.fields}


@cache
def reader_of(declared: str) -> Reader:
    """What reads a value of the declared type, such as `tuple[Name, ...]`."""
    if declared in _SIMPLE:
        return _SIMPLE[declared]
    if declared.endswith(" | None"):
        return _optional(reader_of(declared.removesuffix(" | None")))
    if declared.startswith("tuple[") and declared.endswith(", ...]"):
        return _many(reader_of(declared[len("tuple[") : -len(", ...]")]))
    if declared == "tuple[str, str]":
        return _pair
    return _record(_CLASSES[declared])


def _optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _many(reader: Reader) -> Reader:
    def read(value: Plain) -> object:
        if type(value) is not list:
            raise DamagedError("a list was expected")
        return tuple([reader(item) for item in value])

    return read


def _record(cls: type[KeywordRecord]) -> Reader:
    return lambda value: decode(cls, value)


def _text(value: Plain) -> str:
    if type(value) is str:
        return value
    raise DamagedError("a text was expected")


def _flag(value: Plain) -> bool:
    if type(value) is bool:
        return value
    raise DamagedError("true or false was expected")


def _whole(value: Plain) -> int:
    if type(value) is int:
        return value
    raise DamagedError("a whole number was expected")


def _number(value: Plain) -> float:
    if type(value) in {int, float} and math.isfinite(cast("float", value)):
        return cast("float", value)
    raise DamagedError("a number was expected")


def _pair(value: Plain) -> object:
    if type(value) is list and len(value) == 2:
        return (_text(value[0]), _text(value[1]))
    raise DamagedError("a pair of texts was expected")


_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def name_of(value: Plain) -> Name:
    """A qualified name from its SQL."""
    written = _text(value)
    if '"' not in written and written.count(".") == 1:
        schema, _, name = written.partition(".")
        if schema and name:
            return Name(schema, name)
    return _quoted_name(written)


def _quoted_name(written: str) -> Name:
    first = _PART.match(written)
    if first is None:
        raise DamagedError("a name was expected")
    if first.end() == len(written):  # a cast, a subscription: in no schema
        return Name(None, _unquoted(first))
    second = _PART.fullmatch(written, first.end() + 1) if written[first.end()] == "." else None
    if second is None:
        raise DamagedError("a name was expected")
    return Name(_unquoted(first), _unquoted(second))


def _unquoted(part: re.Match[str]) -> str:
    return part[2] if part[1] is None else part[1].replace('""', '"')


def _origin(value: Plain) -> statistics.SizeOrigin:
    try:
        return statistics.SizeOrigin(_text(value))
    except ValueError:
        raise DamagedError("'snapshot' or 'configured' was expected") from None


_SIMPLE: Final[Mapping[str, Reader]] = {
    "str": _text,
    "bool": _flag,
    "int": _whole,
    "float": _number,
    "Name": name_of,
    "SizeOrigin": _origin,
}


def _classes(*modules: object) -> Iterable[type[KeywordRecord]]:
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, KeywordRecord) and value is not KeywordRecord:
                yield value


_CLASSES: Final[Mapping[str, type[KeywordRecord]]] = {cls.__name__: cls for cls in _classes(catalog, statistics)}
