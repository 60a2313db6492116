"""Frozen records: the base of every value that the stages hand to each other.

A record is declared like a frozen dataclass and type checkers treat it as one (PEP 681). The difference is when
its code is made: `dataclasses` compiles five methods for each class when the module is imported, which for the
150 classes of the vocabulary costs 80 ms on every start; a record compiles one `__init__` when it has been built a few
times. Most classes of a short run never are, and compiling costs 0.1 ms each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, Self, TypeVar, dataclass_transform

T = TypeVar("T")
_WORTH_COMPILING: Final = 12
"""Building a record without its own `__init__` takes 3 to 10 µs more; compiling one takes about 100."""


class derived(Generic[T]):  # noqa: N801  # used as a decorator, like `property`
    """A property of a record that is worked out when first asked for and kept.

    It is no field: equality, hash, text and copies do not know it. `functools.cached_property` does the same with a
    lock around it, which costs more than most of what is derived.
    """

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, record: Any, owner: type) -> T:
        if record is None:  # asked of the class: documentation tools do
            return self  # type: ignore[return-value]  # as `property` does
        value = self._work_out(record)
        record.__dict__[self._name] = value
        return value


class _Frozen:
    """What all records can do: compare by type and fields, hash, print, copy with changes."""

    __slots__ = ("__dict__",)
    fields: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        own = tuple(name for name in cls.__annotations__ if not _is_class_level(cls, name))
        cls.fields = (*cls.fields, *(name for name in own if name not in cls.fields))
        cls.__init__ = _build_when_used()  # type: ignore[method-assign]  # the purpose of this class

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be assigned")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return False
        return self is other or _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash((type(self), *_values(self).values()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in _values(self).items())
        return f"{type(self).__name__}({shown})"

    def replace(self, **changes: object) -> Self:
        """A copy with some fields changed. Raises TypeError for a name that is no field."""
        cls = type(self)
        values = {**_values(self), **changes}
        if len(values) != len(cls.fields):
            return cls(**values)  # which says what is wrong
        copy = cls.__new__(cls)
        copy.__dict__.update(values)
        return copy


def _values(record: _Frozen) -> dict[str, object]:
    """The fields with their values, without what is derived from them. Not to be changed."""
    own = record.__dict__
    return own if len(own) == len(record.fields) else {name: own[name] for name in record.fields}


def _is_class_level(cls: type[_Frozen], name: str) -> bool:
    return name == "fields" or str(cls.__annotations__[name]).startswith("ClassVar")


def _build_when_used() -> Callable[..., None]:
    left = _WORTH_COMPILING

    def first(self: _Frozen, *args: object, **kwargs: object) -> None:
        nonlocal left
        left -= 1
        if left and _filled(self, args, kwargs):
            return
        built = _compile_init(type(self))
        type(self).__init__ = built  # type: ignore[method-assign]  # likewise
        built(self, *args, **kwargs)

    return first


def _filled(record: _Frozen, args: tuple[object, ...], kwargs: dict[str, object]) -> bool:
    """Fill a record without an `__init__` of its own; False, and nothing done, for arguments that do not fit: the
    compiled one says why in Python's words."""
    cls = type(record)
    names = cls.fields
    if args and (len(args) > len(names) or issubclass(cls, KeywordRecord)):
        return False
    values = dict(zip(names, args, strict=False))
    count = len(values) + len(kwargs)
    values.update(kwargs)
    if len(values) != count or not all(name in values or hasattr(cls, name) for name in names):
        return False
    if not values.keys() <= set(names):
        return False
    record.__dict__.update({name: values[name] if name in values else getattr(cls, name) for name in names})
    return True


def _compile_init(cls: type[_Frozen]) -> Callable[..., None]:
    """The `__init__` that dataclasses would write, with all fields put into `__dict__` in one go."""
    defaults = {name: getattr(cls, name) for name in cls.fields if hasattr(cls, name)}
    head = ", ".join(f"{n}=_defaults['{n}']" if n in defaults else n for n in cls.fields)
    head = f"*, {head}" if head and issubclass(cls, KeywordRecord) else head
    body = ", ".join(f"'{name}': {name}" for name in cls.fields)
    source = f"def __init__(self, {head}):\n    self.__dict__.update({{{body}}})"
    scope: dict[str, object] = {"_defaults": defaults}
    exec(source, scope)  # noqa: S102  # names come from our own class bodies, never from input
    init = scope["__init__"]
    assert callable(init)
    return init


@dataclass_transform(frozen_default=True)
class Record(_Frozen):
    """An immutable value, built by position or keyword: `Span(1, 2)`."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
class KeywordRecord(_Frozen):
    """An immutable value with many fields, built by keyword only, so that a base class may hold the common ones."""
