"""The table whose rows a statement changes: locked, found behind a view, refused where its rows cannot be changed."""

from __future__ import annotations

from migsafe.effects.postgresql.dispatch import Context
from migsafe.effects.postgresql.existence import known_kind, relation_there
from migsafe.model.locks import LockMode, RelationKind
from migsafe.model.names import Name
from migsafe.schema.objects import Relation

WRITES = "The statement changes rows of it."
SOURCE = "parse_relation.c, setTargetTable"


def changed(name: Name, mode: LockMode, context: Context) -> Relation:
    """Lock the target; a view stands for the table that it shows (rewriteHandler.c, `rewriteTargetView`)."""
    full = relation_there(name, context)
    context.builder.lock(full, mode, WRITES, SOURCE)
    relation = context.schema.relation(full)
    _refuse_unchangeable(relation, context)
    if _has_instead_trigger(relation):
        return relation
    while relation.kind is RelationKind.VIEW and relation.query is not None and len(relation.query.reads) == 1:
        base = context.schema.resolve(relation.query.reads[0])
        context.builder.lock(base, mode, f"The view {relation.name} shows its rows.", "rewriteTargetView")
        relation = context.schema.relation(base)
    return relation


def _has_instead_trigger(relation: Relation) -> bool:
    """An INSTEAD OF trigger takes the rows of a view: what the view shows is only read."""
    return relation.kind is RelationKind.VIEW and any(t.timing == "instead of" for t in relation.triggers)


def refuse_missing_columns(columns: tuple[str, ...], relation: Relation, context: Context) -> None:
    if not relation.known or not relation.complete or not relation.columns:
        return
    for column in columns:
        if relation.column(column) is None:
            message = f'column "{column}" of relation "{relation.name.name}" does not exist'
            context.builder.refuse(message, "42703", "parse_target.c")


def _refuse_unchangeable(relation: Relation, context: Context) -> None:
    kind = known_kind(relation.name, context)
    name = relation.name.name
    if kind is RelationKind.MATERIALIZED_VIEW:
        context.builder.refuse(f'cannot change materialized view "{name}"', "42809", "execMain.c")
    if kind is RelationKind.SEQUENCE:
        context.builder.refuse(f'cannot change sequence "{name}"', "42809", "execMain.c")
    if kind is RelationKind.INDEX:
        context.builder.refuse(f'cannot open relation "{name}"', "42809", "table.c")
