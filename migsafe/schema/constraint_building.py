"""Adding constraints: names, validity, and how they spread to partitions and children.

Source: src/backend/commands/tablecmds.c (ATExecAddConstraint and what it calls).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from migsafe.model.definitions import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    IndexElement,
    NotNull,
    PrimaryKey,
    Unique,
)
from migsafe.model.names import Name
from migsafe.schema.columns import generated_not_null_name
from migsafe.schema.editing import append_constraint, edit, edit_column, family, learnt
from migsafe.schema.generated_names import choose_name, joined_columns
from migsafe.schema.index_building import place_index, plan_of_key
from migsafe.schema.objects import Index, Relation, TableConstraint
from migsafe.schema.renaming import rename_index
from migsafe.schema.schema import Schema

C = TypeVar("C", bound=Constraint)
Adder = Callable[[Schema, Relation, C, bool], None]


def add_constraint(schema: Schema, table: Name, constraint: Constraint, *, only: bool = False) -> None:
    """Add a constraint to the table as ALTER TABLE does; a name that the table already uses changes nothing."""
    relation = learnt(schema, table)
    if constraint.name is not None and relation.constraint(constraint.name) is not None:
        return
    _ADDERS[type(constraint)](schema, relation, constraint, only)


def _add_not_null(schema: Schema, relation: Relation, constraint: NotNull, only: bool) -> None:
    column = relation.column(constraint.column)
    name = (column and column.not_null_name) or constraint.name
    name = name or generated_not_null_name(schema, relation.name, constraint.column)
    for member in family(schema, relation, only=only or constraint.no_inherit):
        held = member.column(constraint.column)
        was_valid = held is not None and held.not_null and held.not_null_valid
        edit_column(
            schema,
            member.name,
            constraint.column,
            not_null=True,
            not_null_valid=was_valid or not constraint.not_valid,
            not_null_name=name,
            not_null_inherits=not constraint.no_inherit,
        )


def _add_check(schema: Schema, relation: Relation, constraint: Check, only: bool) -> None:
    columns = tuple(dict.fromkeys(constraint.expression.columns))
    name = constraint.name or _choose(schema, relation.name, columns[0] if len(columns) == 1 else None, "check")
    added = _table_constraint(name, constraint)
    for member in family(schema, relation, only=only or constraint.no_inherit):
        own = member.name == relation.name
        if member.constraint(name) is None:
            append_constraint(schema, member.name, added if own else added.replace(parent=name, local=False))


def _add_foreign_key(schema: Schema, relation: Relation, constraint: ForeignKey, only: bool) -> None:
    name = constraint.name or _choose(schema, relation.name, joined_columns(constraint.columns), "fkey")
    added = _table_constraint(name, resolved_foreign_key(schema, constraint))
    append_constraint(schema, relation.name, added)
    if not only:
        _copy_to_partitions(schema, relation.name, added.replace(parent=name, local=False))


def _copy_to_partitions(schema: Schema, table: Name, constraint: TableConstraint) -> None:
    for partition in schema.partitions_of(table):
        if partition.constraint(constraint.name) is None:
            append_constraint(schema, partition.name, constraint)
        _copy_to_partitions(schema, partition.name, constraint)


def resolved_foreign_key(schema: Schema, constraint: ForeignKey) -> ForeignKey:
    """The key with the referenced table's full name, and its primary key's columns where none are written."""
    referenced = schema.relation(constraint.referenced)
    columns = constraint.referenced_columns or primary_key_columns(referenced)
    return constraint.replace(referenced=referenced.name, referenced_columns=columns)


def primary_key_columns(relation: Relation) -> tuple[str, ...]:
    keys = (c.definition for c in relation.constraints if isinstance(c.definition, PrimaryKey))
    return next((key.columns for key in keys), ())


def _add_key(schema: Schema, relation: Relation, constraint: Unique | PrimaryKey, only: bool) -> None:
    if constraint.using_index is not None:
        constraint = _take_over_index(schema, relation, constraint, constraint.using_index)
    else:
        place_index(schema, relation, plan_of_key(constraint), name=constraint.name, only=only)
    if isinstance(constraint, PrimaryKey):
        for column in constraint.columns:
            _add_not_null(schema, schema.relation(relation.name), NotNull(column=column), only)


def _take_over_index(
    schema: Schema, relation: Relation, key: Unique | PrimaryKey, index_name: str
) -> Unique | PrimaryKey:
    """USING INDEX: the index takes the constraint's name, the constraint the index's columns."""
    full = Name(relation.name.schema, index_name)
    if full in schema.relations:
        return key
    index = schema.indexes.find(full) or Index(name=full, table=relation.name, unique=True, known=False)
    name = key.name or index_name
    schema.indexes[full] = index.replace(constraint=name)
    renamed = rename_index(schema, full, Name(full.schema, name))
    columns = tuple(e.column for e in index.elements if e.column is not None)
    taken = key.replace(name=name, columns=columns, include=index.include, using_index=None)
    append_constraint(schema, relation.name, TableConstraint(name=name, definition=taken, index=renamed))
    return taken


def _add_exclusion(schema: Schema, relation: Relation, constraint: Exclusion, only: bool) -> None:
    place_index(schema, relation, plan_of_key(constraint), name=constraint.name, only=only)


def _table_constraint(name: str, definition: Constraint) -> TableConstraint:
    return TableConstraint(
        name=name,
        definition=definition.replace(name=name),
        valid=definition.enforced and not definition.not_valid,
        enforced=definition.enforced,
    )


def _choose(schema: Schema, table: Name, middle: str | None, label: str) -> str:
    return choose_name(table.name, middle, label, lambda name: schema.constraint_name_taken(Name(table.schema, name)))


def _ignore(schema: Schema, relation: Relation, constraint: Constraint, only: bool) -> None:
    """A bare `Constraint` says nothing about rows."""


_ADDERS: dict[type[Constraint], Adder[Constraint]] = {
    NotNull: cast("Adder[Constraint]", _add_not_null),
    Check: cast("Adder[Constraint]", _add_check),
    ForeignKey: cast("Adder[Constraint]", _add_foreign_key),
    Unique: cast("Adder[Constraint]", _add_key),
    PrimaryKey: cast("Adder[Constraint]", _add_key),
    Exclusion: cast("Adder[Constraint]", _add_exclusion),
    Constraint: _ignore,
}


def of_column(constraint: Constraint, column: str) -> Constraint:
    """A constraint written inline, with the column that it is about filled in."""
    if isinstance(constraint, Unique | PrimaryKey | ForeignKey) and not constraint.columns:
        return constraint.replace(columns=(column,))
    if isinstance(constraint, NotNull) and not constraint.column:
        return constraint.replace(column=column)
    if isinstance(constraint, Exclusion) and not constraint.elements:
        return constraint.replace(elements=(IndexElement(column=column),))
    return constraint


def mark_valid(schema: Schema, table: Name) -> None:
    """CREATE TABLE takes its constraints as validated, whatever they say: there are no rows."""
    relation = learnt(schema, table)
    if all(c.valid or not c.enforced for c in relation.constraints):
        return
    constraints = tuple(c.replace(valid=c.enforced) for c in relation.constraints)
    edit(schema, table, constraints=constraints)
