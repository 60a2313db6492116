"""ALTER TABLE and its kin: one clause for each action."""

from __future__ import annotations

from migsafe.model.migration import Clause
from migsafe.model.names import Name
from migsafe.model.operations import AlterCompositeType, MoveAllInTablespace, Operation
from migsafe.model.text import Span
from migsafe.parsers.postgresql import column_actions, constraint_actions, relation_actions
from migsafe.parsers.postgresql.actions import Action, Target, operation_of
from migsafe.parsers.postgresql.dispatch import Clauses, operation, statement
from migsafe.parsers.postgresql.kinds import keyword_of
from migsafe.parsers.postgresql.roles import role_name
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    cascades,
    child,
    flag,
    is_only,
    number,
    relation_name,
    text,
    unwrapped,
)
from migsafe.parsers.postgresql.types import type_name

ACTIONS = (column_actions, constraint_actions, relation_actions)
"""Imported so that their handlers are registered."""


@statement("AlterTableStmt")
def alter_table(body: Node, source: Source) -> Clauses:
    relation = child(body, "relation")
    commands = bodies(body, "cmds")
    places = _places(relation, len(commands), source)
    if body.get("objtype") == "OBJECT_TYPE":
        name = relation_name(relation)
        built = [_attribute_action(command, name) for command in commands]
    else:
        target = _target(body, relation)
        built = [operation_of(Action(command, target, source)) for command in commands]
    return tuple(Clause(one, place) for one, place in zip(built, places, strict=True))


def _target(body: Node, relation: Node) -> Target:
    return {
        "table": relation_name(relation),
        "if_exists": flag(body, "missing_ok"),
        "only": is_only(relation),
        "keyword": keyword_of(text(body, "objtype")),
    }


def _places(relation: Node, count: int, source: Source) -> tuple[Span, ...]:
    """The actions' spans: the tree has no positions for most of them, but they are the comma parts behind the name."""
    if count > 1:
        return source.one_each(source.layout.actions(), count)
    start = source.end_of_name(source.offset(number(relation, "location")))
    pieces = (token.start for piece, token in source.words(start) if piece != ")")  # of ONLY (t)
    first = next(pieces, start)
    return (Span(first, max(first, source.whole.end)),)


_ATTRIBUTE_ACTIONS = {"AT_AddColumn": "add", "AT_DropColumn": "drop", "AT_AlterColumnType": "alter"}


def _attribute_action(command: Node, composite: Name) -> Operation:
    definition = unwrapped(command, "def")
    written = child(definition, "typeName")
    return AlterCompositeType(
        type=composite,
        action=_ATTRIBUTE_ACTIONS.get(text(command, "subtype"), "owner"),
        attribute=text(definition, "colname") or text(command, "name"),
        new_type=type_name(written) if written else None,
        cascade=cascades(command),
    )


@operation("AlterTableMoveAllStmt")
def move_all(body: Node, _: Source) -> Operation:
    return MoveAllInTablespace(
        owners=tuple(role_name(role) for role in bodies(body, "roles")),
        keyword=keyword_of(text(body, "objtype")),
        tablespace=text(body, "orig_tablespacename"),
        new_tablespace=text(body, "new_tablespacename"),
    )
