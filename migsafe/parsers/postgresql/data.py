"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE and COPY; data-modifying WITH queries are clauses of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migsafe.model.expressions import Query
from migsafe.model.migration import Clause
from migsafe.model.operations import Copy, Delete, Insert, Merge, Operation, Truncate, Update
from migsafe.model.text import Span
from migsafe.parsers.postgresql.dispatch import Clauses, clauses_of, statement
from migsafe.parsers.postgresql.expressions import optional_expression, query, query_of
from migsafe.parsers.postgresql.predicates import constant_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    cascades,
    child,
    children,
    flag,
    is_only,
    items,
    kind_of,
    number,
    optional_text,
    relation_name,
    text,
    unwrapped,
)
from migsafe.parsers.postgresql.walk import Walk

MAX_VALUES = 1000
"""Rows of a VALUES list that are kept with their values; longer lists are bulk loads."""

_OVERRIDING = {"OVERRIDING_SYSTEM_VALUE": "system", "OVERRIDING_USER_VALUE": "user"}
_CONFLICT = {"ONCONFLICT_NOTHING": "nothing", "ONCONFLICT_UPDATE": "update"}


@statement("InsertStmt")
def insert(body: Node, source: Source) -> Clauses:
    walk = _walked(body)
    select = unwrapped(body, "selectStmt")
    rows = children(select, "valuesLists")
    conflict = child(body, "onConflictClause")
    operation = Insert(
        table=relation_name(child(body, "relation")),
        columns=tuple(text(column, "name") for column in bodies(body, "cols")),
        rows=len(rows) if rows else None if select else 1,
        query=_inserted(walk, select, source) if select else None,
        on_conflict=_CONFLICT.get(text(conflict, "action")),
        values=tuple(_row(row) for row in rows) if len(rows) <= MAX_VALUES else (),
        conflict_target="infer" in conflict,
        overriding=_OVERRIDING.get(text(body, "override")),
        twice=_twice(bodies(body, "cols")),
    )
    return with_changes(walk, operation, source)


def _row(row: Node) -> tuple[str | None, ...]:
    return tuple("DEFAULT" if kind_of(value) == "SetToDefault" else constant_of(value) for value in items(row))


def _inserted(walk: Walk, select: Node, source: Source) -> Query | None:
    """The query of INSERT … SELECT, or what a VALUES list reads and calls."""
    if "valuesLists" in select and not walk.reads and not walk.calls and not walk.unnamed_source:
        return None
    return query_of(walk, select, source, "" if "valuesLists" in select else _query_text(source))


_QUERY_STARTS = frozenset({"select", "with", "table", "values"})


def _query_text(source: Source) -> str:
    """From the query's first word to ON CONFLICT or RETURNING."""
    depth, start, end = 0, -1, 0
    behind_into, before, before_end = False, "", 0
    for piece, token in source.words(0):
        behind_into = behind_into or piece == "into"
        if depth == 0 and behind_into and start < 0 and piece in _QUERY_STARTS:
            start = token.start
        if depth == 0 and start >= 0 and (piece == "returning" or (before, piece) == ("on", "conflict")):
            end = before_end if piece == "conflict" else end
            break
        depth += (piece == "(") - (piece == ")")
        before, before_end, end = piece, end, token.end
    return source.sql[start:end] if start >= 0 else ""


@statement("UpdateStmt")
def update(body: Node, source: Source) -> Clauses:
    walk = _walked(body)
    relation = child(body, "relation")
    operation = Update(
        table=relation_name(relation),
        columns=tuple(text(target, "name") for target in bodies(body, "targetList")),
        values=tuple(constant_of(child(target, "val")) for target in bodies(body, "targetList")),
        where=optional_expression(body, "whereClause", source),
        query=_surroundings(walk),
        only=is_only(relation),
        twice=_twice(bodies(body, "targetList")),
    )
    return with_changes(walk, operation, source)


def _twice(targets: Iterable[Node]) -> str | None:
    """The first column that is named again. Elements and fields of one column may be set one by one, but not beside
    the whole."""
    whole: dict[str, bool] = {}
    for target in targets:
        name, is_whole = text(target, "name"), "indirection" not in target
        if name in whole and (is_whole or whole[name]):
            return name
        whole[name] = is_whole
    return None


@statement("DeleteStmt")
def delete(body: Node, source: Source) -> Clauses:
    walk = _walked(body)
    relation = child(body, "relation")
    operation = Delete(
        table=relation_name(relation),
        where=optional_expression(body, "whereClause", source),
        query=_surroundings(walk),
        only=is_only(relation),
    )
    return with_changes(walk, operation, source)


@statement("MergeStmt")
def merge(body: Node, source: Source) -> Clauses:
    walk = _walked(body)
    kinds = [text(when, "commandType").removeprefix("CMD_").lower() for when in bodies(body, "mergeWhenClauses")]
    operation = Merge(
        table=relation_name(child(body, "relation")),
        actions=tuple(dict.fromkeys(kinds)),
        columns=tuple(dict.fromkeys(_merged_columns(body))),
        query=_surroundings(walk),
        by_source=any(text(when, "matchKind").endswith("BY_SOURCE") for when in bodies(body, "mergeWhenClauses")),
        returning="returningClause" in body or "returningList" in body,
    )
    return with_changes(walk, operation, source)


def _merged_columns(body: Node) -> Iterator[str]:
    for when in bodies(body, "mergeWhenClauses"):
        for target in bodies(when, "targetList"):
            if written := optional_text(target, "name"):
                yield written


def _walked(body: Node) -> Walk:
    walk = Walk()
    walk.statement(body)
    return walk


def _surroundings(walk: Walk) -> Query | None:
    """What a changing statement reads and calls besides its table; None when that is nothing."""
    if not walk.reads and not walk.calls and not walk.unnamed_source:
        return None
    return Query(
        reads=walk.unique_reads,
        row_locked=tuple(dict.fromkeys(walk.row_locked)),
        calls=tuple(walk.calls),
        has_limit=walk.has_limit,
        unnamed_source=walk.unnamed_source,
        only=tuple(dict.fromkeys(walk.only)),
    )


def with_changes(walk: Walk, operation: Operation, source: Source) -> Clauses:
    """The statement's own clause behind those of its data-modifying WITH queries."""
    main = source.clause(operation)
    if not walk.changes:
        return (main,)
    inner = [clause for change in walk.changes for clause in _change_clauses(change, source)]
    return (*inner, main)


def _change_clauses(change: Node, source: Source) -> Clauses:
    """A WITH query's changes; those that it holds itself were collected by the same walk."""
    found = clauses_of(change, source)
    location = number(child(body_of(change), "relation"), "location")
    return (Clause(found[-1].operation, _bracket_around(source, source.offset(location))),)


def _bracket_around(source: Source, offset: int) -> Span:
    """The text inside of the innermost parentheses around an offset."""
    opened: list[int] = []
    inside: int | None = None
    for piece, token in source.words(0):
        if token.start >= offset and inside is None:
            inside = len(opened)
        if piece == "(":
            opened.append(token.end)
        elif piece == ")" and opened:
            start = opened.pop()
            if inside is not None and len(opened) < inside:
                return Span(start, token.start)
    return source.whole


@statement("TruncateStmt")
def truncate(body: Node, source: Source) -> Clauses:
    return tuple(
        Clause(_truncate(relation, body), relation_span(relation, len(children(body, "relations")), source))
        for relation in bodies(body, "relations")
    )


def _truncate(relation: Node, body: Node) -> Operation:
    return Truncate(
        table=relation_name(relation),
        only=is_only(relation),
        cascade=cascades(body),
        restart_identity=flag(body, "restart_seqs"),
    )


def relation_span(relation: Node, count: int, source: Source) -> Span:
    """The relation's name when the statement has several, else the whole statement."""
    if count == 1:
        return source.whole
    return source.name_span(number(relation, "location"))


@statement("CopyStmt")
def copy(body: Node, source: Source) -> Clauses:
    relation = child(body, "relation")
    table = relation_name(relation) if relation else None
    wrapped = child(body, "query")
    inner = body_of(wrapped)
    if wrapped and "SelectStmt" not in wrapped:  # COPY (INSERT … RETURNING …) TO
        return (*clauses_of(wrapped, source), source.clause(Copy(table=None, loads=False)))
    copied = query(inner, source, "") if wrapped else None
    return (source.clause(Copy(table=table, loads=flag(body, "is_from"), query=copied)),)
