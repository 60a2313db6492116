"""Fields of a project's own classes: what the class makes of its arguments and of its type, worked out statically.

`__init__` is evaluated until it reaches that of the known base, which gives the base's own arguments; `db_type` and
`get_internal_type` are evaluated for PostgreSQL. A class whose type cannot be worked out keeps its name as an opaque
type.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

from django.db import models

from migsafe.sources.django.discovery.configured import DATABASE
from migsafe.sources.django.editor.opaque import Encoded, opaque_type, unknown_default
from migsafe.sources.django.objects.fields import (
    FIELD,
    TYPE_METHODS,
    FieldMaker,
    build_field,
    described,
    opaque,
    positional,
    type_of,
)
from migsafe.sources.django.objects.stated_class import Options, as_stated, known_options
from migsafe.sources.django.objects.typed_fields import typed
from migsafe.sources.django.objects.values import UnbuildableError, real, words
from migsafe.sources.interpreter import Call, HostFunction, HostKind, HostObject, Instance
from migsafe.sources.interpreter.errors import AbandonedError, RaisedError
from migsafe.sources.interpreter.holes import has_hole
from migsafe.sources.interpreter.values import Maybe
from migsafe.sources.interpreter.values_defined import MISSING, Class, Function

_MARK: Final = "<the base's part>"  # no name of the program's can be spelled like this
_SET_LATER: Final = (
    *("max_length", "null", "blank", "db_index", "primary_key", "db_column", "max_digits", "decimal_places"),
)
# django/db/models/fields/__init__.py (Field): what a default goes through on its way into the SQL
_WRITING: Final = ("get_prep_value", "get_db_prep_value", "get_db_prep_save")


class _Base:
    """What a field's own code hands to the base that is known: the calls of its `__init__`, then the field."""

    def __init__(self, maker: FieldMaker, name: str) -> None:
        self.maker = maker
        self.name = name
        self.calls: list[Call] = []
        self.field: models.Field | None = None


_BASE: Final = HostKind(name="a field's base")
"""Payload: a _Base."""

_CONNECTION: Final = HostKind(
    name="connection",
    attributes={
        "vendor": lambda _: "postgresql",
        "display_name": lambda _: "PostgreSQL",
        "settings_dict": lambda _: HostObject(DATABASE),
    },
)


def custom_field(defined: Class, maker: FieldMaker, call: Call) -> HostObject:
    """The field that calling a project's class gives, whose nearest known base is `maker`."""
    machine = call.machine
    kept, machine.importing = machine.importing, machine.importing + 1  # what goes wrong here is no finding
    reported = len(machine.unresolved)
    try:
        field = _built(defined, maker, call)
        return HostObject(FIELD, as_stated(field, f"{defined.module.name}.{defined.name}", _own_options(defined, call)))
    except (UnbuildableError, RaisedError, AbandonedError, TypeError, ValueError, AssertionError):
        return HostObject(FIELD, opaque(defined.name, call.kwargs))
    finally:
        machine.importing = kept
        del machine.unresolved[reported:]


def _built(defined: Class, maker: FieldMaker, call: Call) -> models.Field:
    base = _Base(maker, defined.name)
    owner = Instance(defined, {_MARK: HostObject(_BASE, base)})
    start = _own(defined, "__init__")
    if isinstance(start, Function):
        call.machine.invoke(start, (owner, *call.args), {**call.kwargs, **_rest(call)}, call.site.node)
    elif start is MISSING:
        _begin(owner, call)
    else:
        raise UnbuildableError(f"{defined.name}.__init__")
    field = base.field = _with_own_form(_changed(_from_base(base), owner), defined)
    return _with_type(field, defined, owner, call)


def _own_options(defined: Class, call: Call) -> Options:
    """The options that only the class knows, when it has a `deconstruct` of its own: that is what wrote them here."""
    if _own(defined, "deconstruct") is MISSING:
        return ()
    return tuple((name, _shown(value)) for name, value in call.kwargs.items() if name not in known_options())


def _shown(value: object) -> str:
    try:
        return repr(real(value))
    except UnbuildableError:
        return words(value)


def _own(defined: Class, name: str) -> object:
    """An attribute of the class; what stands in a class under a condition is there when the class is."""
    found = defined.find(name)
    return found.value if isinstance(found, Maybe) else found


def _rest(call: Call) -> Mapping[str, object]:
    """Raises UnbuildableError when further arguments are not known."""
    if call.more is not None:
        raise UnbuildableError(call.more.text)
    return {}


def _from_base(base: _Base) -> models.Field:
    """The base's field. Under conditions it may have been begun in several ways, which have to come to the same."""
    made = [build_field(base.maker, call) for call in base.calls]
    if not made or any(described(field) != described(made[0]) for field in made[1:]):
        raise UnbuildableError(base.name)
    return made[0]


def _begin(owner: Instance, call: Call) -> None:
    """`super().__init__(…)`: from here on the base's options are attributes."""
    base = _base(owner)
    base.calls.append(call)
    given = {**dict(zip(positional(base.maker) or (), call.args, strict=False)), **call.kwargs}
    for name in _SET_LATER:
        if name in given:
            call.machine.bind(owner.attributes, name, given[name])


def _changed(field: models.Field, owner: Instance) -> models.Field:
    """The field with options that `__init__` sets as attributes behind its base's."""
    for name in _SET_LATER:
        value = owner.attributes.get(name, MISSING)
        if value is not MISSING and getattr(field, name, None) != (known := real(value)):
            setattr(field, name, known)
    return field


def _with_own_form(field: models.Field, defined: Class) -> models.Field:
    """The field; a default that its class writes into the database in a way of its own is not known."""
    if field.has_default() and field.default is not None and any(_own(defined, m) is not MISSING for m in _WRITING):
        field.default = unknown_default if callable(field.default) else Encoded(field.default)
    return field


def _base(owner: Instance) -> _Base:
    found = owner.attributes[_MARK]
    assert isinstance(found, HostObject)
    assert isinstance(found.payload, _Base)
    return found.payload


def inherited(owner: object, name: str) -> object | None:
    """What `super().name` is when the known base has it, and only that."""
    if not isinstance(owner, Instance) or _MARK not in owner.attributes:
        return None
    if name == "__init__":
        return HostFunction("Field.__init__", functools.partial(_begin_again, owner))
    if name in TYPE_METHODS:
        return HostFunction(f"Field.{name}", functools.partial(_asked, owner, name))
    return None


def _begin_at(call: Call) -> None:
    """`models.CharField.__init__(self, …)`, as code without `super` has it."""
    owner = call.args[0] if call.args else None
    if isinstance(owner, Instance) and _MARK in owner.attributes:
        _begin_again(owner, Call(call.name, call.args[1:], call.kwargs, call.site, call.machine, call.more))


def encrypted(call: Call) -> object:
    """`django_cryptography.fields.encrypt(field)` (a5cde9b): the field, kept as bytes."""
    given = call.args[0] if call.args else None
    if not isinstance(given, HostObject) or given.kind is not FIELD or not isinstance(given.payload, models.Field):
        return call.unknown()
    field = given.payload.clone()
    if field.has_default():
        field.default = unknown_default
    return HostObject(FIELD, _retyped(field, {"get_internal_type": "BinaryField"}))


BEGINNING: Final = HostFunction("Field.__init__", _begin_at)
"""`__init__` as an attribute of a known class."""


def _begin_again(owner: Instance, call: Call) -> None:
    _rest(call)
    _begin(owner, call)


def _asked(owner: Instance, name: str, call: Call) -> object:
    field = _base(owner).field
    found = type_of(field, name) if field is not None else None
    return call.unknown() if found is None else found


def _with_type(field: models.Field, defined: Class, owner: Instance, call: Call) -> models.Field:
    """The field with the types that the class states. Raises UnbuildableError when one cannot be worked out."""
    stated: dict[str, str | None] = {}
    for method in (*TYPE_METHODS, "db_parameters"):
        code = _own(defined, method)
        if code is MISSING:
            continue
        arguments = (owner,) if method == "get_internal_type" else (owner, HostObject(_CONNECTION))
        value = call.machine.invoke(code, arguments, {}, call.site.node)
        name = "db_type" if method == "db_parameters" else method
        stated[name] = _known_type(value.get("type") if isinstance(value, dict) else value, field, defined)
    return _retyped(field, stated)


def _known_type(value: object, field: models.Field, defined: Class) -> str | None:
    """Raises UnbuildableError when the type is not known, unless the column is a foreign key: all else about it is."""
    if value is None or (isinstance(value, str) and not has_hole(value)):
        return value
    if isinstance(field, models.ForeignKey):
        return opaque_type(defined.name)
    raise UnbuildableError(f"the type of {defined.name}")


def _retyped(field: models.Field, stated: Mapping[str, str | None]) -> models.Field:
    """The field as one of a class with these types; the field itself when its class has them already."""
    stated = {name: value for name, value in stated.items() if name == "db_type" or value != type_of(field, name)}
    if stated:
        field.__class__ = typed(type(field), tuple(sorted(stated.items())))
    return field
