"""Objects that have a name of their own and are no tables: what creates them, and what drops them."""

from __future__ import annotations

from migsafe.model.names import Name
from migsafe.model.operations import (
    AlterObject,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateExtension,
    CreateFunction,
    CreateMaterializedView,
    CreateObject,
    CreateSchema,
    CreateSequence,
    CreateType,
    CreateView,
    DropObject,
    DropSchema,
    DropSequence,
    DropView,
    Operation,
    RenameRelation,
)
from migsafe.model.record import Record

_ROUTINES = ("function", "procedure", "routine", "aggregate")


class NamedObject(Record):
    """`kind` is one word for what can stand in for each other: a domain is a "type", a procedure a "function"."""

    kind: str
    name: Name


def created(operation: Operation) -> NamedObject | None:  # noqa: PLR0911  # one line for each kind
    """The object that an operation creates; None when it creates no such object."""
    match operation:
        case CreateView() | CreateMaterializedView():
            return NamedObject("view", operation.view)
        case CreateSequence():
            return NamedObject("sequence", operation.sequence)
        case CreateFunction():
            return NamedObject("function", operation.function)
        case CreateEnum() | CreateCompositeType() | CreateType():
            return NamedObject("type", operation.type)
        case CreateDomain():
            return NamedObject("type", operation.domain)
        case CreateExtension():
            return NamedObject("extension", Name(None, operation.extension))
        case CreateSchema():
            return NamedObject("schema", Name(None, operation.schema))
        case CreateObject():
            return NamedObject(_plain(operation.kind), operation.name)
    return None


def dropped(operation: Operation) -> NamedObject | None:
    """The object that an operation drops; None when it drops no such object."""
    match operation:
        case DropView():
            return NamedObject("view", operation.view)
        case DropSequence():
            return NamedObject("sequence", operation.sequence)
        case DropSchema():
            return NamedObject("schema", Name(None, operation.schema))
        case DropObject():
            return NamedObject(_plain(operation.kind), operation.name)
    return None


def renamed_to(operation: Operation) -> NamedObject | None:
    """The object under the name that an operation gives to it; None when it renames no such object."""
    match operation:
        case AlterObject() if operation.action == "rename" and operation.new_name is not None:
            return NamedObject(_plain(operation.kind), operation.name._replace(name=operation.new_name))
        case RenameRelation() if operation.keyword in {"view", "materialized view", "sequence"}:
            kind = "sequence" if operation.keyword == "sequence" else "view"
            return NamedObject(kind, operation.table._replace(name=operation.new_name))
    return None


def _plain(kind: str) -> str:
    if kind in _ROUTINES:
        return "function"
    return "type" if kind == "domain" else kind


def same(one: NamedObject, other: NamedObject) -> bool:
    """Whether both speak of one object, as far as the text tells: a schema that is not written fits every one."""
    if (one.kind, one.name.name) != (other.kind, other.name.name):
        return False
    return one.name.schema == other.name.schema or None in {one.name.schema, other.name.schema}
