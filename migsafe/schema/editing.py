"""Changing one relation's record: the steps that all replays share."""

from __future__ import annotations

from typing import Final

from migsafe.model.locks import RelationKind
from migsafe.model.names import Name
from migsafe.model.operations import TableAction
from migsafe.schema.objects import Column, Relation, TableConstraint
from migsafe.schema.schema import Schema

_KIND_OF: Final = {
    "view": RelationKind.VIEW,
    "materialized view": RelationKind.MATERIALIZED_VIEW,
    "sequence": RelationKind.SEQUENCE,
    "foreign table": RelationKind.FOREIGN_TABLE,
    "index": RelationKind.INDEX,
}


def altered(schema: Schema, action: TableAction) -> Relation | None:
    """The relation that an ALTER changes; None when IF EXISTS makes it do nothing, as far as is known.

    Without IF EXISTS an unknown one becomes a record of what is learnt about it: it exists, or the statement fails.
    """
    if action.if_exists and not recorded(schema, action.table):
        return None
    return learnt(schema, action.table, _KIND_OF.get(action.keyword, RelationKind.TABLE))


def recorded(schema: Schema, name: Name) -> bool:
    """Whether there is a record of that name, even of something that is not certain to exist."""
    full = schema.resolve(name)
    return full in schema.relations or full in schema.indexes


def learnt(schema: Schema, name: Name, kind: RelationKind = RelationKind.TABLE) -> Relation:
    """The relation's record; a placeholder is put into the schema first when there is none."""
    known = schema.relations.find(name)  # most callers have the full name already
    if known is not None:
        return known
    full = schema.resolve(name)
    known = schema.relations.find(full)
    if known is not None:
        return known
    placeholder = Relation(name=full, kind=kind, known=False, complete=False)
    if schema.indexes.find(full) is None:
        schema.relations[full] = placeholder
    return placeholder


def edit(schema: Schema, name: Name, /, **changes: object) -> Relation:
    """Replace fields of a relation's current record, which must be in the schema or becomes a placeholder."""
    changed = learnt(schema, name).replace(**changes)
    if schema.indexes.find(name) is None:
        schema.relations[name] = changed
    return changed


def family(schema: Schema, relation: Relation, *, only: bool = False) -> tuple[Relation, ...]:
    """The relation and, unless ONLY, its partitions and inheritance children of all levels."""
    return (relation,) if only else (relation, *schema.descendants_of(relation.name))


def members(schema: Schema, action: TableAction) -> tuple[Relation, ...]:
    """Every relation that an ALTER changes: those of `altered` and `family`; none when it does nothing."""
    relation = altered(schema, action)
    return family(schema, relation, only=action.only) if relation is not None else ()


def edit_column(schema: Schema, table: Name, column: str, /, **changes: object) -> None:
    """Replace fields of a column. On a table that is not fully known, a column not seen before is learnt."""
    relation = learnt(schema, table)
    if relation.column(column) is None:
        if not (relation.known and relation.complete):
            learn_column(schema, relation, Column(name=column).replace(**changes))
        return
    columns = tuple(c.replace(**changes) if c.name == column else c for c in relation.columns)
    edit(schema, relation.name, columns=columns)


def learn_column(schema: Schema, relation: Relation, column: Column) -> None:
    edit(schema, relation.name, columns=(*relation.columns, column))


def edit_constraint(schema: Schema, table: Name, constraint: str, /, **changes: object) -> None:
    """Replace fields of a constraint, if the table is known to have it."""
    relation = learnt(schema, table)
    if relation.constraint(constraint) is None:
        return
    constraints = tuple(c.replace(**changes) if c.name == constraint else c for c in relation.constraints)
    edit(schema, relation.name, constraints=constraints)


def append_constraint(schema: Schema, table: Name, constraint: TableConstraint) -> None:
    relation = learnt(schema, table)
    edit(schema, relation.name, constraints=(*relation.constraints, constraint))
