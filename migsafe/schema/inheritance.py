"""Partitions and inheritance children: what they take from their parents and what they keep afterwards.

Source: src/backend/commands/tablecmds.c (MergeAttributes, ATExecAttachPartition, DetachPartitionFinalize,
CloneForeignKeyConstraints, CloneRowTriggersToPartition).
"""

from __future__ import annotations

from collections.abc import Iterable

from migsafe.model.definitions import Check, Constraint, IndexElement, PartitionBound, PartitionKey
from migsafe.model.expressions import Expression
from migsafe.model.names import Name
from migsafe.schema.editing import append_constraint, edit, edit_constraint, learnt
from migsafe.schema.index_building import extend_to_partitions, plan_like
from migsafe.schema.objects import Column, Relation, TableConstraint, Trigger
from migsafe.schema.schema import Schema


def merged_columns(parents: Iterable[Relation], own: Iterable[Column]) -> tuple[Column, ...]:
    """The parents' columns in order, then the table's own; a column of the same name is merged into one."""
    columns: dict[str, Column] = {}
    for parent in parents:
        for column in parent.columns:
            if column.name not in columns:
                columns[column.name] = column.replace(inherited=True, local=False)
    for column in own:
        taken = columns.get(column.name)
        columns[column.name] = column if taken is None else _merged(taken, column)
    return tuple(columns.values())


def _merged(inherited: Column, own: Column) -> Column:
    return inherited.replace(
        type=inherited.type or own.type,
        not_null=inherited.not_null or own.not_null,
        not_null_name=own.not_null_name or inherited.not_null_name,
        default=own.default or inherited.default,
        generated=own.generated or inherited.generated,
        identity=own.identity or inherited.identity,
        local=True,
    )


def inherit_checks(schema: Schema, child: Name, parent: Relation) -> None:
    """CHECK constraints of the parent hold for the child, under the same names."""
    for constraint in parent.checks:
        if constraint.definition.no_inherit:
            continue
        if schema.relation(child).constraint(constraint.name) is None:
            append_constraint(schema, child, constraint.replace(parent=constraint.name, local=False))
        else:
            edit_constraint(schema, child, constraint.name, parent=constraint.name)


def would_be_circular(schema: Schema, parent: Name, child: Name) -> bool:
    """The server refuses a table that would become its own ancestor."""
    return parent == child or any(d.name == parent for d in schema.descendants_of(child))


def attach_partition(schema: Schema, parent: Name, partition: Name, bound: PartitionBound | None) -> None:
    """Make a table a partition: columns and checks merge, indexes, keys and row triggers are matched or made."""
    if would_be_circular(schema, parent, partition):
        return
    member, whole = learnt(schema, partition), learnt(schema, parent)
    columns = _as_inherited(member, whole)
    edit(schema, member.name, partition_of=whole.name, bound=bound, inherits=(), columns=columns)
    inherit_checks(schema, member.name, whole)
    _disown(schema, member.name)
    _match_indexes(schema, whole, member.name)
    _clone_foreign_keys(schema, whole, member.name)
    clone_row_triggers(schema, whole.triggers, member.name)


def _as_inherited(member: Relation, whole: Relation) -> tuple[Column, ...]:
    return tuple(c.replace(inherited=True) if whole.column(c.name) else c for c in member.columns)


def _disown(schema: Schema, partition: Name) -> None:
    """What a partition has in common with its parent is no longer its own (MergeAttributesIntoExisting)."""
    member = schema.relation(partition)
    columns = tuple(c.replace(local=False) if c.inherited else c for c in member.columns)
    constraints = tuple(c.replace(local=False) if c.parent is not None else c for c in member.constraints)
    edit(schema, partition, columns=columns, constraints=constraints)


def _match_indexes(schema: Schema, whole: Relation, partition: Name) -> None:
    for index in schema.indexes_of(whole.name):
        extend_to_partitions(schema, index, plan_like(schema, index), (schema.relation(partition),))


def _clone_foreign_keys(schema: Schema, whole: Relation, partition: Name) -> None:
    for constraint in whole.foreign_keys:
        equal = _equal_key(schema.relation(partition), constraint)
        if equal is not None:
            edit_constraint(schema, partition, equal.name, parent=constraint.name, valid=constraint.valid, local=False)
            continue
        copy = constraint.replace(name=_free_name(schema.relation(partition), constraint.name))
        append_constraint(schema, partition, copy.replace(parent=constraint.name, local=False))
        for child in schema.partitions_of(partition):
            _clone_foreign_keys(schema, schema.relation(partition), child.name)


def _equal_key(member: Relation, wanted: TableConstraint) -> TableConstraint | None:
    """A foreign key of the partition's own that says the same (tryAttachPartitionForeignKey)."""
    definition = wanted.definition
    candidates = (c for c in member.foreign_keys if c.parent is None)
    return next((c for c in candidates if _unnamed(c.definition) == _unnamed(definition)), None)


def _unnamed(definition: Constraint) -> Constraint:
    """The definition without what the partition's key may differ in; PostgreSQL 18 validates it if need be."""
    return definition.replace(name=None, not_valid=False)


def _free_name(member: Relation, wanted: str) -> str:
    name, number = wanted, 0
    while member.constraint(name) is not None:
        number += 1
        name = f"{wanted}{number}"
    return name


def clone_row_triggers(schema: Schema, triggers: Iterable[Trigger], partition: Name) -> None:
    """Row triggers of a partitioned table exist on every partition."""
    for trigger in triggers:
        member = schema.relation(partition)
        if not trigger.row or any(t.name == trigger.name for t in member.triggers):
            continue
        edit(schema, partition, triggers=(*member.triggers, trigger.replace(inherited=True)))
        for child in schema.partitions_of(partition):
            clone_row_triggers(schema, (trigger,), child.name)


def detach_partition(schema: Schema, partition: Name) -> None:
    """The table stands alone again: it keeps columns, indexes, keys and checks, and loses cloned triggers."""
    member = learnt(schema, partition)
    edit(
        schema,
        member.name,
        partition_of=None,
        bound=None,
        columns=tuple(c.replace(inherited=False, local=True) for c in member.columns),
        constraints=tuple(c.replace(parent=None, local=True) for c in member.constraints),
        triggers=tuple(t for t in member.triggers if not t.inherited),
    )
    for index in schema.indexes_of(member.name):
        if index.parent is not None:
            schema.indexes[index.name] = index.replace(parent=None)


def bound_check(key: PartitionKey) -> Check:
    """The CHECK that DETACH CONCURRENTLY leaves in place of the bound (DetachAddConstraintIfNeeded)."""
    columns = tuple(dict.fromkeys(column for element in key.elements for column in columns_of_element(element)))
    proved = columns if key.strategy == "range" else ()
    return Check(expression=Expression("the former partition bound", columns=columns, proves_not_null=proved))


def columns_of_element(element: IndexElement) -> tuple[str, ...]:
    if element.column is not None:
        return (element.column,)
    return () if element.expression is None else element.expression.columns


def inherit(schema: Schema, child: Name, parent: Name) -> None:
    """ALTER TABLE child INHERIT parent."""
    member, whole = learnt(schema, child), learnt(schema, parent)
    if would_be_circular(schema, whole.name, member.name) or whole.name in member.inherits:
        return
    columns = _as_inherited(member, whole)
    edit(schema, member.name, inherits=(*member.inherits, whole.name), columns=columns)
    inherit_checks(schema, member.name, whole)


def stop_inheriting(schema: Schema, child: Name, parent: Name) -> None:
    """ALTER TABLE child NO INHERIT parent: columns and checks stay as the child's own."""
    member = learnt(schema, child)
    left = tuple(name for name in member.inherits if name != parent)
    still = {column.name for name in left for column in schema.relation(name).columns}
    columns = tuple(c if c.name in still else c.replace(inherited=False, local=True) for c in member.columns)
    constraints = tuple(
        c.replace(parent=None, local=True) if isinstance(c.definition, Check) else c for c in member.constraints
    )
    edit(schema, member.name, inherits=left, columns=columns, constraints=constraints)
