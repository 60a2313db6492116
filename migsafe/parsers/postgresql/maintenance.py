"""VACUUM, ANALYZE, CLUSTER and commands about the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from migsafe.model.migration import Clause
from migsafe.model.operations import Analyze, Cluster, Operation, ServerCommand, Vacuum
from migsafe.parsers.postgresql.data import relation_span
from migsafe.parsers.postgresql.dispatch import Clauses, operation, statement
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    child,
    is_only,
    option,
    option_is_on,
    option_text,
    optional_text,
    relation_name,
    text,
)


@statement("VacuumStmt")
def vacuum(body: Node, source: Source) -> Clauses:
    """VACUUM and ANALYZE share a node: one clause for each table, or one for the whole database."""
    relations = [child(item, "relation") for item in bodies(body, "rels")]
    build = _vacuum if body.get("is_vacuumcmd") else _analyze
    if not relations:
        return (source.clause(build(body, None, source)),)
    return tuple(Clause(build(body, one, source), relation_span(one, len(relations), source)) for one in relations)


def _vacuum(body: Node, relation: Node | None, source: Source) -> Operation:
    return Vacuum(
        table=relation_name(relation) if relation else None,
        full=option_is_on(body, "options", "full"),
        analyze=option_is_on(body, "options", "analyze"),
        only=relation is not None and is_only(relation),
        options=source.written_options(),
    )


def _analyze(_: Node, relation: Node | None, source: Source) -> Operation:
    return Analyze(
        table=relation_name(relation) if relation else None,
        only=relation is not None and is_only(relation),
        options=source.written_options(),
    )


@operation("ClusterStmt")
def cluster(body: Node, _: Source) -> Operation:
    relation = child(body, "relation")
    return Cluster(table=relation_name(relation) if relation else None, index=optional_text(body, "indexname"))


class _Command(NamedTuple):
    words: str
    transactional: bool = True


# Those that are refused in a transaction block call PreventInTransactionBlock in tcop/utility.c or their own file.
_COMMANDS = {
    "AlterDatabaseRefreshCollStmt": _Command("alter database"),
    "AlterDatabaseSetStmt": _Command("alter database"),
    "AlterSystemStmt": _Command("alter system", transactional=False),
    "CheckPointStmt": _Command("checkpoint"),
    "CreateTableSpaceStmt": _Command("create tablespace", transactional=False),
    "CreatedbStmt": _Command("create database", transactional=False),
    "ImportForeignSchemaStmt": _Command("import foreign schema"),
    "ListenStmt": _Command("listen"),
    "LoadStmt": _Command("load"),
    "NotifyStmt": _Command("notify"),
    "UnlistenStmt": _Command("unlisten"),
    "VariableShowStmt": _Command("show"),
}


def _always(command: _Command) -> Callable[[Node, Source], Operation]:
    def build(_: Node, __: Source) -> Operation:
        return ServerCommand(command=command.words, transactional=command.transactional)

    return build


for _kind, _command in _COMMANDS.items():
    operation(_kind)(_always(_command))


@operation("AlterDatabaseStmt")
def alter_database(body: Node, _: Source) -> Operation:
    """A move to another tablespace is refused in a transaction block."""
    moves = option(body, "options", "tablespace") is not None
    return ServerCommand(command="alter database", transactional=not moves)


@operation("DeallocateStmt")
def deallocate(body: Node, _: Source) -> Operation:
    return ServerCommand(command="deallocate", name=optional_text(body, "name"))


@operation("DiscardStmt")
def discard(body: Node, _: Source) -> Operation:
    return ServerCommand(command="discard", transactional=text(body, "target") != "DISCARD_ALL")


@operation("CreateSubscriptionStmt")
def create_subscription(body: Node, _: Source) -> Operation:
    """Refused in a transaction block when it creates a replication slot, which is the default."""
    slotless = any(_is_off(body, name) for name in ("create_slot", "connect"))
    return ServerCommand(command="create subscription", transactional=slotless, name=text(body, "subname"))


_REFRESHES = frozenset({"ALTER_SUBSCRIPTION_REFRESH", "ALTER_SUBSCRIPTION_REFRESH_PUBLICATION"})
_CHANGES_PUBLICATIONS = frozenset(
    {
        "ALTER_SUBSCRIPTION_SET_PUBLICATION",
        "ALTER_SUBSCRIPTION_ADD_PUBLICATION",
        "ALTER_SUBSCRIPTION_DROP_PUBLICATION",
    }
)


@operation("AlterSubscriptionStmt")
def alter_subscription(body: Node, _: Source) -> Operation:
    """What refreshes the tables is refused in a transaction block (commands/subscriptioncmds.c)."""
    kind = text(body, "kind")
    refreshes = kind in _REFRESHES or (kind in _CHANGES_PUBLICATIONS and not _is_off(body, "refresh"))
    return ServerCommand(command="alter subscription", transactional=not refreshes)


def _is_off(body: Node, name: str) -> bool:
    written = option(body, "options", name)
    return written is not None and bool(option_text(written)) and not option_is_on(body, "options", name)
