"""RENAME, SET SCHEMA, OWNER TO and DEPENDS ON EXTENSION where they are statements of their own."""

from __future__ import annotations

from collections.abc import Callable

from migsafe.model.names import Name
from migsafe.model.operations import (
    AlterCompositeType,
    AlterDependsOnExtension,
    AlterDomain,
    AlterObject,
    AlterPolicy,
    DependOnExtension,
    Operation,
    RenameColumn,
    RenameConstraint,
    RenameRelation,
    RenameRule,
    RenameSchema,
    RenameTrigger,
    SetSchema,
)
from migsafe.parsers.postgresql.actions import Target
from migsafe.parsers.postgresql.designators import object_of
from migsafe.parsers.postgresql.dispatch import operation
from migsafe.parsers.postgresql.kinds import RELATION_KINDS, keyword_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import Node, cascades, child, flag, is_only, relation_name, text


def _target(body: Node, keyword: str) -> Target:
    relation = child(body, "relation")
    return {
        "table": relation_name(relation),
        "if_exists": flag(body, "missing_ok"),
        "only": is_only(relation),
        "keyword": keyword,
    }


@operation("RenameStmt")
def rename(body: Node, _: Source) -> Operation:
    keyword = keyword_of(text(body, "renameType"))
    if keyword in RELATION_KINDS:
        return RenameRelation(new_name=text(body, "newname"), **_target(body, keyword))
    return _RENAMES.get(keyword, _rename_object)(body)


def _rename_column(body: Node) -> Operation:
    shared = _target(body, keyword_of(text(body, "relationType")))
    return RenameColumn(column=text(body, "subname"), new_name=text(body, "newname"), **shared)


def _rename_attribute(body: Node) -> Operation:
    return AlterCompositeType(
        type=relation_name(child(body, "relation")),
        action="rename",
        attribute=text(body, "subname"),
        new_name=text(body, "newname"),
        cascade=cascades(body),
    )


def _rename_constraint(body: Node) -> Operation:
    return RenameConstraint(name=text(body, "subname"), new_name=text(body, "newname"), **_target(body, "table"))


def _rename_domain_constraint(body: Node) -> Operation:
    return AlterDomain(
        domain=object_of(body).name,
        action="rename-constraint",
        name=text(body, "subname"),
        new_name=text(body, "newname"),
    )


def _rename_trigger(body: Node) -> Operation:
    table = relation_name(child(body, "relation"))
    return RenameTrigger(table=table, name=text(body, "subname"), new_name=text(body, "newname"))


def _rename_rule(body: Node) -> Operation:
    table = relation_name(child(body, "relation"))
    return RenameRule(table=table, name=text(body, "subname"), new_name=text(body, "newname"))


def _rename_policy(body: Node) -> Operation:
    table = relation_name(child(body, "relation"))
    return AlterPolicy(table=table, name=text(body, "subname"), new_name=text(body, "newname"))


def _rename_schema(body: Node) -> Operation:
    return RenameSchema(schema=text(body, "subname"), new_name=text(body, "newname"))


def _rename_object(body: Node) -> Operation:
    """Roles and databases are named by `subname`, everything else by `object`."""
    named = text(body, "subname")
    return AlterObject(
        kind=keyword_of(text(body, "renameType")),
        name=Name(None, named) if named else object_of(body).name,
        action="rename",
        new_name=text(body, "newname"),
    )


_RENAMES: dict[str, Callable[[Node], Operation]] = {
    "column": _rename_column,
    "attribute": _rename_attribute,
    "constraint": _rename_constraint,
    "domain constraint": _rename_domain_constraint,
    "trigger": _rename_trigger,
    "rule": _rename_rule,
    "policy": _rename_policy,
    "schema": _rename_schema,
}


@operation("AlterObjectSchemaStmt")
def set_schema(body: Node, _: Source) -> Operation:
    keyword = keyword_of(text(body, "objectType"))
    new_schema = text(body, "newschema")
    if keyword in RELATION_KINDS:
        return SetSchema(new_schema=new_schema, **_target(body, keyword))
    return AlterObject(kind=keyword, name=object_of(body).name, action="schema", new_schema=new_schema)


@operation("AlterOwnerStmt")
def owner(body: Node, _: Source) -> Operation:
    return AlterObject(kind=keyword_of(text(body, "objectType")), name=object_of(body).name, action="owner")


@operation("AlterObjectDependsStmt")
def depends_on_extension(body: Node, _: Source) -> Operation:
    keyword = keyword_of(text(body, "objectType"))
    relation = child(body, "relation")
    if keyword in RELATION_KINDS:
        extension = text(child(body, "extname"), "sval")
        return DependOnExtension(extension=extension, **_target(body, keyword))
    table = relation_name(relation) if relation else None
    return AlterDependsOnExtension(kind=keyword, name=object_of(body).name, table=table)
