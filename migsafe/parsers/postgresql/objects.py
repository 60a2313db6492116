"""Schemas, extensions, roles, privileges, comments, and the many kinds that have no rows and no relation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from migsafe.model.migration import Clause
from migsafe.model.names import Name
from migsafe.model.operations import (
    AlterObject,
    CommentOn,
    CreateExtension,
    CreateObject,
    CreateSchema,
    DropObject,
    Grant,
    Operation,
    ReassignOwned,
    SecurityLabel,
)
from migsafe.model.text import Span
from migsafe.parsers.postgresql.designators import Designator, object_of
from migsafe.parsers.postgresql.dispatch import Clauses, clauses_of, operation, statement
from migsafe.parsers.postgresql.kinds import RELATION_KINDS, keyword_of
from migsafe.parsers.postgresql.libpg import parse_tree
from migsafe.parsers.postgresql.roles import role_name
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    child,
    children,
    flag,
    kind_of,
    name_of,
    names,
    number,
    option,
    option_is_on,
    option_text,
    relation_names,
    strings,
    text,
)
from migsafe.parsers.postgresql.types import type_name


@statement("CreateSchemaStmt")
def create_schema(body: Node, source: Source) -> Clauses:
    """The elements are created inside of the new schema unless they name another one."""
    name = text(body, "schemaname") or role_name(child(body, "authrole"))
    own = source.clause(CreateSchema(schema=name, if_not_exists=flag(body, "if_not_exists")))
    if "schemaElts" not in body:
        return (own,)
    return (own, *(_within(clause, name) for clause in _elements(body, source)))


def _elements(body: Node, source: Source) -> Iterator[Clause]:
    """The elements, read from their own text when it can be told apart, so that each has its place."""
    wrapped = children(body, "schemaElts")
    places = _element_places(source)
    if len(places) != len(wrapped):
        yield from (clause for element in wrapped for clause in clauses_of(element, source))
        return
    for place in places:
        element = source.sql[place.start : place.end]
        for clause in clauses_of(child(parse_tree(element)[0], "stmt"), Source(element)):
            yield Clause(clause.operation, clause.span.shifted(place.start))


def _element_places(source: Source) -> list[Span]:
    """From each CREATE or GRANT to the next; those words are also privileges and part of WITH GRANT OPTION."""
    starts: list[int] = []
    ends: list[int] = []
    before, last, depth = "", 0, 0
    for piece, token in source.words(0):
        if depth == 0 and piece in ("create", "grant") and before not in ("grant", ",", "with"):
            starts.append(token.start)
            ends.append(last)
        depth += (piece == "(") - (piece == ")")
        before, last = piece, token.end
    return [Span(start, end) for start, end in zip(starts[1:], [*ends[2:], last], strict=True)]


_PLACED = ("table", "view", "sequence")


def _within(clause: Clause, schema: str) -> Clause:
    """The element with its own unqualified name, and those of tables it refers to, left for the path to resolve:
    CREATE SCHEMA puts the new schema in front of the search path for its elements."""
    created = clause.operation
    for field in _PLACED:
        name = getattr(created, field, None)
        if isinstance(name, Name) and name.schema is None:
            return Clause(created.replace(**{field: Name(schema, name.name)}), clause.span)
    return clause


@operation("CreateExtensionStmt")
def create_extension(body: Node, _: Source) -> Operation:
    schema = option(body, "options", "schema")
    return CreateExtension(
        extension=text(body, "extname"),
        if_not_exists=flag(body, "if_not_exists"),
        schema=option_text(schema) if schema else None,
        cascade=option_is_on(body, "options", "cascade"),
    )


@operation("AlterExtensionStmt")
def alter_extension(body: Node, _: Source) -> Operation:
    return AlterObject(kind="extension", name=Name(None, text(body, "extname")), action="update")


@operation("AlterExtensionContentsStmt")
def alter_extension_contents(body: Node, _: Source) -> Operation:
    kind = keyword_of(text(body, "objtype"))
    return AlterObject(
        kind="extension",
        name=Name(None, text(body, "extname")),
        action="add" if number(body, "action") > 0 else "drop",
        table=object_of(body).name if kind in RELATION_KINDS else None,
    )


class _Named(NamedTuple):
    """A kind of object and the field that names it."""

    kind: str
    field: str


_CREATED = {
    "CreateAmStmt": _Named("access method", "amname"),
    "CreateConversionStmt": _Named("conversion", "conversion_name"),
    "CreateEventTrigStmt": _Named("event trigger", "trigname"),
    "CreateFdwStmt": _Named("foreign data wrapper", "fdwname"),
    "CreateForeignServerStmt": _Named("server", "servername"),
    "CreateOpClassStmt": _Named("operator class", "opclassname"),
    "CreateOpFamilyStmt": _Named("operator family", "opfamilyname"),
    "CreatePLangStmt": _Named("language", "plname"),
    "CreateRoleStmt": _Named("role", "role"),
    "CreateUserMappingStmt": _Named("user mapping", "servername"),
}
_ALTERED = {
    "AlterCollationStmt": _Named("collation", "collname"),
    "AlterDefaultPrivilegesStmt": _Named("default privileges", ""),
    "AlterEventTrigStmt": _Named("event trigger", "trigname"),
    "AlterFdwStmt": _Named("foreign data wrapper", "fdwname"),
    "AlterForeignServerStmt": _Named("server", "servername"),
    "AlterOpFamilyStmt": _Named("operator family", "opfamilyname"),
    "AlterRoleSetStmt": _Named("role", "role"),
    "AlterRoleStmt": _Named("role", "role"),
    "AlterTSConfigurationStmt": _Named("text search configuration", "cfgname"),
    "AlterTSDictionaryStmt": _Named("text search dictionary", "dictname"),
    "AlterTableSpaceOptionsStmt": _Named("tablespace", "tablespacename"),
    "AlterUserMappingStmt": _Named("user mapping", "servername"),
}


def _name(body: Node, field: str) -> Name:
    value = body.get(field)
    if isinstance(value, list):
        return name_of(names(body, field))
    if isinstance(value, dict):
        return Name(None, role_name(value))
    return Name(None, text(body, field))


def _creates(named: _Named) -> Callable[[Node, Source], Operation]:
    def build(body: Node, _: Source) -> Operation:
        return CreateObject(
            kind=named.kind,
            name=_name(body, named.field),
            or_replace=flag(body, "replace"),
            if_not_exists=flag(body, "if_not_exists"),
        )

    return build


def _alters(named: _Named) -> Callable[[Node, Source], Operation]:
    def build(body: Node, _: Source) -> Operation:
        return AlterObject(kind=named.kind, name=_name(body, named.field), action="options")

    return build


for _kind, _one in _CREATED.items():
    operation(_kind)(_creates(_one))
for _kind, _one in _ALTERED.items():
    operation(_kind)(_alters(_one))


@operation("CreateCastStmt")
def create_cast(body: Node, _: Source) -> Operation:
    types = (type_name(child(body, "sourcetype")), type_name(child(body, "targettype")))
    function = child(body, "func")
    return CreateObject(
        kind="cast",
        name=Name(None, f"{types[0]} as {types[1]}"),
        types=types,
        function=name_of(names(function, "objname")) if function else None,
        context=text(body, "context").removeprefix("COERCION_").lower(),
        method="function" if function else "input-output" if flag(body, "inout") else "relabel",
    )


@operation("ReassignOwnedStmt")
def reassign_owned(body: Node, _: Source) -> Operation:
    owners = tuple(role_name(role) for role in bodies(body, "roles"))
    return ReassignOwned(owners=owners, new_owner=role_name(child(body, "newrole")))


@operation("CreateTransformStmt")
def create_transform(body: Node, _: Source) -> Operation:
    shown = f"{type_name(child(body, 'type_name'))} as {text(body, 'lang')}"
    return CreateObject(kind="transform", name=Name(None, shown), or_replace=flag(body, "replace"))


@operation("AlterFunctionStmt")
def alter_function(body: Node, _: Source) -> Operation:
    kind = keyword_of(text(body, "objtype")) or "function"
    named = name_of(names(child(body, "func"), "objname"))
    return AlterObject(kind=kind, name=named, action="options")


@operation("AlterOperatorStmt")
def alter_operator(body: Node, _: Source) -> Operation:
    return AlterObject(kind="operator", name=name_of(names(child(body, "opername"), "objname")), action="options")


@statement("DropRoleStmt")
def drop_roles(body: Node, source: Source) -> Clauses:
    missing_ok = flag(body, "missing_ok")
    return tuple(
        source.clause(DropObject(kind="role", name=Name(None, role_name(role)), if_exists=missing_ok))
        for role in bodies(body, "roles")
    )


@operation("DropUserMappingStmt")
def drop_user_mapping(body: Node, _: Source) -> Operation:
    named = Name(None, text(body, "servername"))
    return DropObject(kind="user mapping", name=named, if_exists=flag(body, "missing_ok"))


_INSIDE_RELATIONS = frozenset({"column", "constraint", "trigger", "rule", "policy"})


@operation("CommentStmt")
def comment(body: Node, _: Source) -> Operation:
    kind = keyword_of(text(body, "objtype"))
    table, inside = _place(kind, object_of(body))
    return CommentOn(kind=kind, table=table, object=inside)


@operation("SecLabelStmt")
def security_label(body: Node, _: Source) -> Operation:
    kind = keyword_of(text(body, "objtype"))
    return SecurityLabel(kind=kind, table=_place(kind, object_of(body))[0])


def _place(kind: str, found: Designator) -> tuple[Name | None, str | None]:
    """The relation, and the name of what lies inside of it; a name without relation for everything else."""
    if kind in RELATION_KINDS:
        return found.name, None
    if kind in _INSIDE_RELATIONS:
        return found.table, found.parts[-1]
    return None, str(found.name)


@operation("GrantStmt")
def grant(body: Node, _: Source) -> Operation:
    kind = keyword_of(text(body, "objtype"))
    objects = children(body, "objects")
    in_schemas = text(body, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA"
    are_relations = bool(objects) and kind_of(objects[0]) == "RangeVar"
    return Grant(
        kind=kind,
        tables=relation_names(body, "objects") if are_relations else (),
        schemas=strings(objects) if in_schemas else (),
        revokes=not flag(body, "is_grant"),
    )


@operation("GrantRoleStmt")
def grant_role(body: Node, _: Source) -> Operation:
    return Grant(kind="role", revokes=not flag(body, "is_grant"))
