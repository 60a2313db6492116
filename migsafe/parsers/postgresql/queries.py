"""SELECT, and the statements that store or prepare one: views, CREATE TABLE AS, cursors, EXPLAIN."""

from __future__ import annotations

import re

from migsafe.model.expressions import Query
from migsafe.model.operations import (
    CreateMaterializedView,
    CreateTableAs,
    CreateView,
    Explain,
    Operation,
    RefreshMaterializedView,
    Select,
    ServerCommand,
)
from migsafe.model.scopes import Scope
from migsafe.parsers.postgresql.calls import called_operations
from migsafe.parsers.postgresql.data import with_changes
from migsafe.parsers.postgresql.dispatch import Clauses, clauses_of, operation, statement
from migsafe.parsers.postgresql.expressions import query, query_of
from migsafe.parsers.postgresql.scopes import scope_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tables import persistence
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    flag,
    kind_of,
    names,
    number,
    option_is_on,
    optional_text,
    relation_name,
    text,
)
from migsafe.parsers.postgresql.walk import Walk
from migsafe.text.patterns import late


@statement("SelectStmt")
def select(body: Node, source: Source) -> Clauses:
    walk = Walk()
    walk.select(body)
    known = called_operations(walk, body)
    if known:
        return tuple(source.clause(found) for found in known)
    summary = query_of(walk, body, source, source.sql.strip())
    target = child(_leftmost(body), "intoClause")
    found = _stored(target, summary, scope_of(body)) if target else Select(query=summary)
    return with_changes(walk, found, source)


def _leftmost(body: Node) -> Node:
    """The SELECT of a set operation that may hold INTO."""
    while "larg" in body:
        body = child(body, "larg")
    return body


def _stored(target: Node, summary: Query, scope: Scope) -> Operation:
    relation = child(target, "rel")
    kept = persistence(relation)
    return CreateTableAs(table=relation_name(relation), query=summary, scope=scope, persistence=kept)


@statement("CreateTableAsStmt")
def create_table_as(body: Node, source: Source) -> Clauses:
    """The changes of WITH queries are clauses of their own before it."""
    wrapped = child(body, "query")
    walk = Walk()
    if kind_of(wrapped) == "SelectStmt":
        walk.select(body_of(wrapped))
    return with_changes(walk, _created_from_query(body, source), source)


def _created_from_query(body: Node, source: Source) -> Operation:
    target = child(body, "into")
    relation = child(target, "rel")
    stored = _query_behind_as(relation, child(body, "query"), source)
    with_data, if_not_exists = not flag(target, "skipData"), flag(body, "if_not_exists")
    name = relation_name(relation)
    if body.get("objtype") == "OBJECT_MATVIEW":
        return CreateMaterializedView(
            view=name,
            query=stored,
            columns=names(target, "colNames"),
            scope=_scope(child(body, "query")),
            with_data=with_data,
            if_not_exists=if_not_exists,
        )
    return CreateTableAs(
        table=name,
        query=stored,
        columns=names(target, "colNames"),
        scope=_scope(child(body, "query")),
        with_data=with_data,
        persistence=persistence(relation),
        if_not_exists=if_not_exists,
    )


def _scope(wrapped: Node) -> Scope | None:
    return scope_of(body_of(wrapped)) if kind_of(wrapped) == "SelectStmt" else None


@operation("ViewStmt")
def create_view(body: Node, source: Source) -> Operation:
    relation = child(body, "view")
    return CreateView(
        view=relation_name(relation),
        query=_query_behind_as(relation, child(body, "query"), source),
        columns=names(body, "aliases"),
        scope=_scope(child(body, "query")),
        or_replace=flag(body, "replace"),
        persistence=persistence(relation),
        options=tuple(text(one, "defname").lower() for one in bodies(body, "options")),
    )


_TAIL = late(r"\s+with\s+(?:no\s+data|data|(?:(?:cascaded|local)\s+)?check\s+option)\s*$", re.IGNORECASE)


def _query_behind_as(relation: Node, wrapped: Node, source: Source) -> Query:
    """The summary of the query behind AS; EXECUTE of a prepared statement has only its text."""
    start = source.end_of_name(source.offset(number(relation, "location")))
    depth = 0
    for piece, token in source.words(start):
        if piece == "as" and depth == 0:
            start = token.end
            break
        depth += (piece == "(") - (piece == ")")
    written = _TAIL.sub("", source.sql[start:]).strip()
    if kind_of(wrapped) != "SelectStmt":
        return Query(sql=written, executes=optional_text(child(wrapped, "ExecuteStmt"), "name"))
    return query(body_of(wrapped), source, written)


@operation("RefreshMatViewStmt")
def refresh(body: Node, _: Source) -> Operation:
    return RefreshMaterializedView(
        view=relation_name(child(body, "relation")),
        concurrently=flag(body, "concurrent"),
        with_data=not flag(body, "skipData"),
    )


@statement("ExplainStmt")
def explain(body: Node, source: Source) -> Clauses:
    """With ANALYZE the explained statement runs and is the further clauses."""
    wrapped = child(body, "query")
    analyze = option_is_on(body, "options", "analyze")
    summary = query(body_of(wrapped), source, "") if kind_of(wrapped) == "SelectStmt" else None
    inner = clauses_of(wrapped, source)
    planned = () if analyze else tuple(clause.operation for clause in inner)
    own = source.clause(Explain(analyze=analyze, query=summary, planned=planned, options=source.written_options()))
    return (own, *inner) if analyze else (own,)


@statement("DeclareCursorStmt")
def declare_cursor(body: Node, source: Source) -> Clauses:
    """The query runs when rows are fetched, but its relations are locked from now on."""
    inner = clauses_of(child(body, "query"), source)
    reads = tuple(
        name for clause in inner if isinstance(clause.operation, Select) for name in clause.operation.query.reads
    )
    opened = ServerCommand(command="declare cursor", name=text(body, "portalname"), reads=reads)
    return (*inner, source.clause(opened))


@operation("PrepareStmt")
def prepare(body: Node, source: Source) -> Operation:
    prepared = tuple(clause.operation for clause in clauses_of(child(body, "query"), source))
    return ServerCommand(command="prepare", prepared=prepared, name=text(body, "name"))


@operation("ExecuteStmt")
def execute(body: Node, _: Source) -> Operation:
    return ServerCommand(command="execute", name=text(body, "name"))


@operation("FetchStmt")
def fetch(body: Node, _: Source) -> Operation:
    command = "move" if flag(body, "ismove") else "fetch"
    return ServerCommand(command=command, name=text(body, "portalname"))


@operation("ClosePortalStmt")
def close(body: Node, _: Source) -> Operation:
    return ServerCommand(command="close", name=optional_text(body, "portalname"))
