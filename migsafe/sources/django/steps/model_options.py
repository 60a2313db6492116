"""Stand-ins for what `Model._meta` tells: names of tables, columns and fields, which only the state knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from migsafe.sources.django.steps.records import Rows
from migsafe.sources.interpreter import Call, Cause, HostKind, HostObject, Unknown


def rows_of(owner: HostObject) -> Rows:
    assert isinstance(owner.payload, Rows)
    return owner.payload


def read(owner: HostObject, call: Call) -> object:  # noqa: ARG001  # the table's signature
    return Unknown(Cause.DATABASE, call.site.words)


def anything(_: HostObject, name: str) -> object:
    return Unknown(Cause.DATABASE, name)


TABLE: Final = ("\ue0f0", "\ue0f1")
"""Around the label and the name of a model in SQL, where its table's name stands; behind a second point a column."""


def _table(owner: HostObject, *further: str) -> object:
    named = rows_of(owner).model
    if named is None:
        return Unknown(Cause.DATABASE, "the table of a model that is not known")
    return f"{TABLE[0]}{'.'.join((*named, *further))}{TABLE[1]}"


def _field(owner: HostObject, call: Call) -> object:
    name = call.args[0] if call.args else call.kwargs.get("field_name")
    return HostObject(FIELD, (owner, name)) if isinstance(name, str) else call.unknown(Cause.DATABASE)


def _column(owner: HostObject) -> object:
    assert isinstance(owner.payload, tuple)
    of, name = owner.payload
    return _table(of, name)


def _known(part: int) -> Callable[[HostObject], object]:
    def attribute(owner: HostObject) -> object:
        named = rows_of(owner).model
        return Unknown(Cause.DATABASE, "a model that is not known") if named is None else named[part]

    return attribute


def _name_of(owner: HostObject) -> object:
    assert isinstance(owner.payload, tuple)
    return owner.payload[1]


FIELD: Final = HostKind(
    name="a field",
    attributes={"column": _column, "attname": _column, "name": _name_of},
    attribute=anything,
    assign=lambda owner, name, value: True,  # noqa: ARG005  # as `auto_now = False`: of this state only
    any_value=True,
)


META: HostKind = HostKind(
    name="the options of a model",
    methods={"get_field": _field, "get_fields": read},
    attributes={
        "db_table": _table,
        "app_label": _known(0),
        "model_name": _known(1),
        "pk": lambda owner: HostObject(FIELD, (owner, "pk")),
    },
    attribute=anything,
    assign=lambda _owner, _name, _value: True,
)
