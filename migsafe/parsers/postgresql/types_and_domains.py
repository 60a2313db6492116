"""CREATE and ALTER of types and domains."""

from __future__ import annotations

from migsafe.model.definitions import Constraint
from migsafe.model.names import Name
from migsafe.model.operations import (
    AddEnumValue,
    AlterDomain,
    AlterObject,
    CreateCompositeType,
    CreateDomain,
    CreateEnum,
    CreateObject,
    CreateType,
    Operation,
    RenameEnumValue,
)
from migsafe.parsers.postgresql.constraints import followed_by, inline_constraint, table_constraint
from migsafe.parsers.postgresql.dispatch import operation
from migsafe.parsers.postgresql.expressions import optional_expression
from migsafe.parsers.postgresql.kinds import keyword_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    child,
    flag,
    name_of,
    names,
    option,
    optional_text,
    relation_name,
    text,
    unwrapped,
)
from migsafe.parsers.postgresql.types import type_name


@operation("CreateEnumStmt")
def create_enum(body: Node, _: Source) -> Operation:
    return CreateEnum(type=_named(body, "typeName"), values=names(body, "vals"))


def _named(body: Node, field: str) -> Name:
    return name_of(names(body, field))


@operation("AlterEnumStmt")
def alter_enum(body: Node, _: Source) -> Operation:
    type_ = _named(body, "typeName")
    old = optional_text(body, "oldVal")
    new = text(body, "newVal")
    if old is not None:
        return RenameEnumValue(type=type_, value=old, new_value=new)
    skips, neighbour = flag(body, "skipIfNewValExists"), optional_text(body, "newValNeighbor")
    return AddEnumValue(type=type_, value=new, if_not_exists=skips, neighbour=neighbour)


@operation("CompositeTypeStmt")
def create_composite(body: Node, _: Source) -> Operation:
    attributes = bodies(body, "coldeflist")
    return CreateCompositeType(
        type=relation_name(child(body, "typevar")),
        attributes=tuple((text(a, "colname"), type_name(child(a, "typeName"))) for a in attributes),
    )


@operation("CreateRangeStmt")
def create_range(body: Node, _: Source) -> Operation:
    return CreateType(type=_named(body, "typeName"), form="range")


@operation("DefineStmt")
def define(body: Node, _: Source) -> Operation:
    """CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and text search objects."""
    kind = keyword_of(text(body, "kind"))
    name = _named(body, "defnames")
    if kind == "type":
        return CreateType(type=name, form="base" if "definition" in body else "shell")
    return CreateObject(
        kind=kind,
        name=name,
        function=_function_of(body) if kind == "operator" else None,
        or_replace=flag(body, "replace"),
        if_not_exists=flag(body, "if_not_exists"),
    )


def _function_of(body: Node) -> Name | None:
    """FUNCTION, which was called PROCEDURE, of an operator."""
    written = option(body, "definition", "function") or option(body, "definition", "procedure") or {}
    parts = names(unwrapped(written, "arg"), "names")
    return name_of(parts) if parts else None


@operation("AlterTypeStmt")
def alter_type(body: Node, _: Source) -> Operation:
    return AlterObject(kind="type", name=_named(body, "typeName"), action="options")


@operation("CreateDomainStmt")
def create_domain(body: Node, source: Source) -> Operation:
    written = bodies(body, "constraints")
    default = next((c for c in written if text(c, "contype") == "CONSTR_DEFAULT"), {})
    return CreateDomain(
        domain=_named(body, "domainname"),
        base=type_name(child(body, "typeName")),
        default=optional_expression(default, "raw_expr", source),
        constraints=_constraints(written, source),
    )


def _constraints(written: list[Node], source: Source) -> tuple[Constraint, ...]:
    built = (inline_constraint(one, source, (), attributes) for one, attributes in followed_by(written))
    return tuple(constraint for constraint in built if constraint is not None)


_DOMAIN_ACTIONS = {
    "T": "set-default",
    "N": "drop-not-null",
    "O": "set-not-null",
    "C": "add-constraint",
    "X": "drop-constraint",
    "V": "validate-constraint",
}


@operation("AlterDomainStmt")
def alter_domain(body: Node, source: Source) -> Operation:
    action = _DOMAIN_ACTIONS.get(text(body, "subtype"), "set-default")
    definition = unwrapped(body, "def")
    if action == "set-default" and not definition:
        action = "drop-default"
    adds = action == "add-constraint"
    return AlterDomain(
        domain=_named(body, "typeName"),
        action=action,
        constraint=table_constraint(definition, source) if adds else None,
        name=optional_text(definition if adds else body, "conname" if adds else "name"),
        if_exists=flag(body, "missing_ok"),
    )
