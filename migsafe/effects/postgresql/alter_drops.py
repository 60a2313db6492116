"""DROP COLUMN and DROP CONSTRAINT: what goes with them, and the locks that this asks for elsewhere."""

from __future__ import annotations

from migsafe.effects.postgresql.alteration import Alteration, action_of
from migsafe.effects.postgresql.column_dependents import Dependents, dependents_of, keys_resting_on
from migsafe.effects.postgresql.foreign_keys import lock_to_drop
from migsafe.effects.postgresql.targets import column_of, constraint_of, not_null_named, refuse_system_column
from migsafe.model import operations as ops
from migsafe.model.definitions import Check, ForeignKey, NotNull, PrimaryKey
from migsafe.model.locks import LockMode, RelationKind
from migsafe.schema.objects import Relation, TableConstraint

_COLUMN = "tablecmds.c, ATExecDropColumn"
_CONSTRAINT = "tablecmds.c, dropconstraint_internal"
_DEFINITION = "42P16"  # invalid_table_definition
_DEPENDENT = "2BP01"  # dependent_objects_still_exist


@action_of(ops.DropColumn)
def drop_column(action: ops.DropColumn, alteration: Alteration) -> None:
    relation = alteration.relation()
    children = alteration.schema.children_of(relation.name)
    targets = alteration.targets(action)
    for child in children:
        alteration.lock_child(child.name)  # also with ONLY, to cut the inheritance
    if relation.of_type is not None:
        alteration.builder.refuse("cannot drop column from typed table", "42809", _COLUMN)
    if action.column_if_exists and relation.known and relation.complete and relation.column(action.column) is None:
        return
    refuse_system_column(action.column, "drop", alteration.builder)
    column = column_of(relation, action.column, alteration.builder)
    if column is None:
        alteration.builder.assume(f"nothing but what is known depends on {relation.name}.{action.column}")
    _refuse_column(action, relation, alteration)
    for target in targets:
        if target.column(action.column) is not None or not target.complete:
            _drop_with_dependents(action, target, alteration)


def _refuse_column(action: ops.DropColumn, relation: Relation, alteration: Alteration) -> None:
    name, builder = action.column, alteration.builder
    column = relation.column(name)
    if column is not None and column.inherited:
        builder.refuse(f'cannot drop inherited column "{name}"', _DEFINITION, _COLUMN)
    key = relation.partition_by
    named = set() if key is None else {element.column for element in key.elements}
    if name in named:
        message = (
            f'cannot drop column "{name}" because it is part of the partition key of relation "{relation.name.name}"'
        )
        builder.refuse(message, _DEFINITION, _COLUMN)
    partitioned = relation.kind is RelationKind.PARTITIONED_TABLE
    if action.only and partitioned and alteration.schema.children_of(relation.name):
        message = "cannot drop column from only the partitioned table when partitions exist"
        builder.refuse(message, _DEFINITION, _COLUMN)


def _drop_with_dependents(action: ops.DropColumn, table: Relation, alteration: Alteration) -> None:
    dependents = dependents_of(alteration.schema, table, action.column)
    # Until 15 a generated column was dropped silently with the column that it is computed from.
    generated = dependents.generated if alteration.version >= 15 else ()
    in_the_way = (*dependents.hindrances, *(f"column {c.name}" for c in generated))
    if in_the_way and not action.cascade:
        message = f"cannot drop column {action.column} of table {table.name.name} because other objects depend on it"
        alteration.builder.refuse(message, _DEPENDENT, "dependency.c, reportDependentObjects")
    for view in dependents.possible_views:
        _weigh_possible_view(view, action, table, alteration)
    _lock_dependents(dependents, table, alteration)


def _weigh_possible_view(view: Relation, action: ops.DropColumn, table: Relation, alteration: Alteration) -> None:
    uses = "uses" if action.cascade else "does not use"
    alteration.builder.assume(f"the view {view.name} {uses} {table.name}.{action.column}")
    if action.cascade:
        lock_view_and_dependents(view, alteration)


def _lock_dependents(dependents: Dependents, table: Relation, alteration: Alteration) -> None:
    builder, mode = alteration.builder, LockMode.ACCESS_EXCLUSIVE
    for index in dependents.indexes:
        builder.lock(index.name, mode, f"The index {index.name} is dropped with the column.", "index.c, index_drop")
    for constraint in dependents.constraints:
        _lock_for_constraint(constraint, table, alteration)
    for other, _, _ in dependents.referencing:
        lock_to_drop(alteration.schema, other.name, table.name, alteration)
    for sequence in dependents.sequences:
        builder.lock(sequence.name, mode, "The sequence belongs to the column and is dropped with it.")
    for column in dependents.generated:
        _lock_dependents(dependents_of(alteration.schema, table, column.name), table, alteration)
    for view in dependents.views:
        lock_view_and_dependents(view, alteration)


def lock_view_and_dependents(view: Relation, alteration: Alteration) -> None:
    """CASCADE drops a view, the views on it, and the indexes of a materialized view."""
    for each in (view, *alteration.schema.dependent_views(view.name)):
        reason = f"CASCADE drops {each.name}."
        alteration.builder.lock(each.name, LockMode.ACCESS_EXCLUSIVE, reason, "dependency.c")
        for index in alteration.schema.indexes_of(each.name):
            alteration.builder.lock(index.name, LockMode.ACCESS_EXCLUSIVE, reason, "index.c, index_drop")


def _lock_for_constraint(constraint: TableConstraint, table: Relation, alteration: Alteration) -> None:
    definition, builder = constraint.definition, alteration.builder
    if isinstance(definition, ForeignKey):
        referenced = alteration.schema.resolve(definition.referenced)
        lock_to_drop(alteration.schema, table.name, referenced, alteration)
    if constraint.index is not None:
        reason = f"The index {constraint.index} is dropped with its constraint."
        builder.lock(constraint.index, LockMode.ACCESS_EXCLUSIVE, reason, "index.c, index_drop")


@action_of(ops.DropConstraint)
def drop_constraint(action: ops.DropConstraint, alteration: Alteration) -> None:
    relation = alteration.relation()
    if action.constraint_if_exists and relation.known and _absent(action, relation, alteration):
        return
    constraint = constraint_of(relation, action.name, alteration.version, alteration.builder)
    if constraint is None:
        alteration.builder.assume(f"{action.name} is no foreign key, and no foreign key rests on it")
        return
    if constraint.parent is not None:
        message = f'cannot drop inherited constraint "{action.name}" of relation "{relation.name.name}"'
        alteration.builder.refuse(message, _DEFINITION, _CONSTRAINT)
    _refuse_needed_not_null(constraint, relation, alteration)
    _drop_resting_keys(action, constraint, relation, alteration)
    if isinstance(constraint.definition, ForeignKey):
        referenced = alteration.schema.resolve(constraint.definition.referenced)
        reason = "The referenced table is locked to drop the key's triggers there."
        alteration.builder.lock(referenced, LockMode.ACCESS_EXCLUSIVE, reason, _CONSTRAINT)
    _lock_for_constraint(constraint, relation, alteration)
    for child in _children_with(action, constraint, alteration):
        own = child.constraint(constraint.name)
        alteration.lock_child(child.name)
        if own is not None:
            _lock_for_constraint(own, child, alteration)
    _lock_child_indexes(constraint, alteration)


def _absent(action: ops.DropConstraint, relation: Relation, alteration: Alteration) -> bool:
    if relation.constraint(action.name) is not None:
        return False
    return alteration.version < 18 or not_null_named(relation, action.name) is None


def _refuse_needed_not_null(constraint: TableConstraint, relation: Relation, alteration: Alteration) -> None:
    definition = constraint.definition
    if not isinstance(definition, NotNull):
        return
    keys = (c.definition for c in relation.constraints)
    if any(isinstance(key, PrimaryKey) and definition.column in key.columns for key in keys):
        message = f'column "{definition.column}" is in a primary key'
        alteration.builder.refuse(message, _DEFINITION, _CONSTRAINT)
    column = relation.column(definition.column)
    if column is not None and column.identity is not None:
        message = f'column "{column.name}" of relation "{relation.name.name}" is an identity column'
        alteration.builder.refuse(message, "55000", _CONSTRAINT)


def _drop_resting_keys(
    action: ops.DropConstraint, constraint: TableConstraint, relation: Relation, alteration: Alteration
) -> None:
    for other, _, _ in keys_resting_on(alteration.schema, relation, constraint):
        if not action.cascade:
            table = relation.name.name
            message = f"cannot drop constraint {constraint.name} on table {table} because other objects depend on it"
            alteration.builder.refuse(message, _DEPENDENT, "dependency.c, reportDependentObjects")
        lock_to_drop(alteration.schema, other.name, relation.name, alteration)


def _children_with(
    action: ops.DropConstraint, constraint: TableConstraint, alteration: Alteration
) -> tuple[Relation, ...]:
    """The children that lose the constraint, too: those of a CHECK or NOT NULL, and all partitions."""
    relation = alteration.relation()
    partitioned = relation.kind is RelationKind.PARTITIONED_TABLE
    inherited = isinstance(constraint.definition, Check | NotNull) and not constraint.definition.no_inherit
    if not partitioned and not inherited:
        return ()
    below = tuple(alteration.descendants())
    if action.only and partitioned and below and inherited and alteration.version < 18:
        message = "cannot remove constraint from only the partitioned table when partitions exist"
        alteration.builder.refuse(message, _DEFINITION, _CONSTRAINT)
    return below


def _lock_child_indexes(constraint: TableConstraint, alteration: Alteration) -> None:
    """The indexes of partitions that are attached to the constraint's partitioned index go with it."""
    waiting = [] if constraint.index is None else [constraint.index]
    while waiting:
        for child in alteration.schema.index_children(waiting.pop()):
            reason = f"The index {child.name} is attached to the constraint's index and dropped with it."
            alteration.builder.lock(child.name, LockMode.ACCESS_EXCLUSIVE, reason, "index.c, index_drop")
            waiting.append(child.name)
