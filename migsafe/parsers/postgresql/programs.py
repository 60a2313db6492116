"""What hangs on tables: triggers, rules, policies, statistics, and publications of them."""

from __future__ import annotations

from collections.abc import Iterator

from migsafe.model.names import Name
from migsafe.model.operations import (
    AlterObject,
    AlterPolicy,
    AlterPublication,
    CreatePolicy,
    CreateRule,
    CreateStatistics,
    CreateTrigger,
    Operation,
)
from migsafe.parsers.postgresql.dispatch import operation
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    children,
    flag,
    is_only,
    kind_of,
    name_of,
    names,
    number,
    optional_text,
    relation_name,
    text,
)
from migsafe.parsers.postgresql.walk import Walk

# The bits of catalog/pg_trigger.h, TRIGGER_TYPE_…
_EVENTS = ((1 << 2, "insert"), (1 << 4, "update"), (1 << 3, "delete"), (1 << 5, "truncate"))
_TIMINGS = {1 << 1: "before", 1 << 6: "instead of"}


@operation("CreateTrigStmt")
def create_trigger(body: Node, _: Source) -> Operation:
    events = number(body, "events")
    referenced = child(body, "constrrel")
    return CreateTrigger(
        table=relation_name(child(body, "relation")),
        name=text(body, "trigname"),
        function=name_of(names(body, "funcname")),
        events=tuple(word for bit, word in _EVENTS if events & bit),
        update_columns=names(body, "columns"),
        when_columns=_columns(body, "whenClause"),
        timing=_TIMINGS.get(number(body, "timing"), "after"),
        row=flag(body, "row"),
        constraint=flag(body, "isconstraint"),
        referenced=relation_name(referenced) if referenced else None,
        or_replace=flag(body, "replace"),
    )


def _walked(body: Node, *fields: str) -> Walk:
    walk = Walk()
    for field in fields:
        walk.visit(body.get(field))
    return walk


def _columns(body: Node, *fields: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_walked(body, *fields).columns))


@operation("RuleStmt")
def create_rule(body: Node, _: Source) -> Operation:
    walk = _walked(body, "whereClause")
    changed: list[Name] = []
    for action in children(body, "actions"):
        target = child(body_of(action), "relation")
        if target and kind_of(action) != "SelectStmt":
            changed.append(relation_name(target))
        walk.visit(action)
    reads = (name for name in (*walk.reads, *changed) if name not in (Name(None, "old"), Name(None, "new")))
    return CreateRule(
        table=relation_name(child(body, "relation")),
        name=text(body, "rulename"),
        event=text(body, "event").removeprefix("CMD_").lower(),
        or_replace=flag(body, "replace"),
        reads=tuple(dict.fromkeys(reads)),
        writes=tuple(dict.fromkeys(changed)),
        columns=tuple(dict.fromkeys(_columns_of_rows(body))),
    )


def _columns_of_rows(value: object) -> Iterator[str]:
    """The columns that are named through NEW and OLD."""
    for inner in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from _columns_of_rows(inner)
    if isinstance(value, dict) and "fields" in value:
        parts = names(value, "fields")
        if len(parts) == 2 and parts[0] in ("new", "old"):
            yield parts[1]


@operation("CreatePolicyStmt")
def create_policy(body: Node, _: Source) -> Operation:
    walk = _walked(body, "qual", "with_check")
    return CreatePolicy(
        table=relation_name(child(body, "table")),
        name=text(body, "policy_name"),
        columns=tuple(dict.fromkeys(walk.columns)),
        reads=walk.unique_reads,
    )


@operation("AlterPolicyStmt")
def alter_policy(body: Node, _: Source) -> Operation:
    walk = _walked(body, "qual", "with_check")
    return AlterPolicy(
        table=relation_name(child(body, "table")),
        name=text(body, "policy_name"),
        columns=tuple(dict.fromkeys(walk.columns)),
        reads=walk.unique_reads,
    )


@operation("CreateStatsStmt")
def create_statistics(body: Node, _: Source) -> Operation:
    relations = bodies(body, "relations")
    parts = names(body, "defnames")
    elements = bodies(body, "exprs")
    plain = [name for element in elements if (name := optional_text(element, "name"))]
    used = [column for element in elements for column in _columns(element, "expr")]
    return CreateStatistics(
        table=relation_name(relations[0] if relations else {}),
        name=name_of(parts) if parts else None,
        columns=tuple(dict.fromkeys((*plain, *used))),
        expressions=any("expr" in element for element in elements),
        if_not_exists=flag(body, "if_not_exists"),
    )


@operation("AlterStatsStmt")
def alter_statistics(body: Node, _: Source) -> Operation:
    return AlterObject(kind="statistics", name=name_of(names(body, "defnames")), action="options")


@operation("CreatePublicationStmt")
def create_publication(body: Node, _: Source) -> Operation:
    return _publication(body, "add", creates=True)


_PUBLICATION_ACTIONS = {"AP_AddObjects": "add", "AP_DropObjects": "drop", "AP_SetObjects": "set"}


@operation("AlterPublicationStmt")
def alter_publication(body: Node, _: Source) -> Operation:
    action = "options" if "options" in body else _PUBLICATION_ACTIONS.get(text(body, "action"), "add")
    return _publication(body, action, creates=False)


def _publication(body: Node, action: str, *, creates: bool) -> Operation:
    objects = bodies(body, "pubobjects")
    tables = [child(one, "pubtable") for one in objects if "pubtable" in one]
    schemas = [one for one in objects if "pubtable" not in one]
    return AlterPublication(
        publication=text(body, "pubname"),
        creates=creates,
        action=action,
        tables=tuple(relation_name(child(table, "relation")) for table in tables),
        columns=tuple(pair for table in tables if (pair := _published_columns(table))[1]),
        only=tuple(relation_name(child(table, "relation")) for table in tables if is_only(child(table, "relation"))),
        filtered=any("whereClause" in table for table in tables),
        all_tables=flag(body, "for_all_tables"),
        schemas=tuple(text(one, "name") or "current_schema" for one in schemas),
    )


def _published_columns(table: Node) -> tuple[Name, tuple[str, ...]]:
    used = (*names(table, "columns"), *_columns(table, "whereClause"))
    return relation_name(child(table, "relation")), tuple(dict.fromkeys(used))
