"""DROP of everything: one clause for each object."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from migsafe.model.migration import Clause
from migsafe.model.names import Name
from migsafe.model.operations import (
    DropIndex,
    DropObject,
    DropPolicy,
    DropRule,
    DropSchema,
    DropSequence,
    DropTable,
    DropTrigger,
    DropView,
    Operation,
    ServerCommand,
)
from migsafe.parsers.postgresql.designators import Designator, designator
from migsafe.parsers.postgresql.dispatch import Clauses, operation, statement
from migsafe.parsers.postgresql.kinds import keyword_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import Node, cascades, children, flag, name_of, text


class _Drop(NamedTuple):
    """One object of a DROP and what is said of all of them."""

    object: Designator
    keyword: str
    if_exists: bool
    cascade: bool
    concurrently: bool


@statement("DropStmt")
def drop(body: Node, source: Source) -> Clauses:
    keyword = keyword_of(text(body, "removeType"))
    build = _BUILDERS.get(keyword, _drop_object)
    objects = [designator(wrapped) for wrapped in children(body, "objects")]
    shared = (keyword, flag(body, "missing_ok"), cascades(body), flag(body, "concurrent"))
    places = source.one_each(source.layout.names(), len(objects)) if len(objects) > 1 else (source.whole,)
    return tuple(Clause(build(_Drop(one, *shared)), place) for one, place in zip(objects, places, strict=True))


def _drop_table(found: _Drop) -> Operation:
    foreign = found.keyword == "foreign table"
    return DropTable(table=found.object.name, if_exists=found.if_exists, cascade=found.cascade, foreign=foreign)


def _drop_view(found: _Drop) -> Operation:
    materialized = found.keyword == "materialized view"
    name = found.object.name
    return DropView(view=name, materialized=materialized, if_exists=found.if_exists, cascade=found.cascade)


def _drop_index(found: _Drop) -> Operation:
    return DropIndex(
        index=found.object.name,
        concurrently=found.concurrently,
        if_exists=found.if_exists,
        cascade=found.cascade,
    )


def _drop_sequence(found: _Drop) -> Operation:
    return DropSequence(sequence=found.object.name, if_exists=found.if_exists, cascade=found.cascade)


def _drop_schema(found: _Drop) -> Operation:
    return DropSchema(schema=found.object.name.name, if_exists=found.if_exists, cascade=found.cascade)


_OfTable: TypeAlias = type[DropTrigger] | type[DropRule] | type[DropPolicy]


def _drop_of_table(kind: _OfTable) -> Callable[[_Drop], Operation]:
    def build(found: _Drop) -> Operation:
        table, name = found.object.table, found.object.parts[-1]
        return kind(table=table, name=name, if_exists=found.if_exists, cascade=found.cascade)

    return build


def _drop_object(found: _Drop) -> Operation:
    return DropObject(
        kind=found.keyword,
        name=_name(found),
        if_exists=found.if_exists,
        cascade=found.cascade,
        arguments=found.object.arguments,
    )


def _name(found: _Drop) -> Name:
    """Operator classes and families carry their access method in front of the name."""
    if found.keyword in ("operator class", "operator family"):
        return name_of(found.object.parts[1:])
    return found.object.name


_BUILDERS: dict[str, Callable[[_Drop], Operation]] = {
    "table": _drop_table,
    "foreign table": _drop_table,
    "view": _drop_view,
    "materialized view": _drop_view,
    "index": _drop_index,
    "sequence": _drop_sequence,
    "schema": _drop_schema,
    "trigger": _drop_of_table(DropTrigger),
    "rule": _drop_of_table(DropRule),
    "policy": _drop_of_table(DropPolicy),
}


@operation("DropdbStmt")
def drop_database(_: Node, __: Source) -> Operation:
    return ServerCommand(command="drop database", transactional=False)


@operation("DropTableSpaceStmt")
def drop_tablespace(_: Node, __: Source) -> Operation:
    return ServerCommand(command="drop tablespace", transactional=False)


@operation("DropSubscriptionStmt")
def drop_subscription(body: Node, _: Source) -> Operation:
    """Refused in a transaction block when it has a replication slot, which is the default."""
    kept = text(body, "subname") if flag(body, "missing_ok") else None
    return ServerCommand(command="drop subscription", transactional=False, name=kept)


@operation("DropOwnedStmt")
def drop_owned(_: Node, __: Source) -> Operation:
    return ServerCommand(command="drop owned")
